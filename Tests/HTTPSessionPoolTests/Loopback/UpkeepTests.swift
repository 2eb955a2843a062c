@testable import HTTPSessionPool
import TestSupport
import Testing

/// Connections that end in time, sessions that start afresh, requests that wait.
@Suite(.timeLimit(.minutes(1)))
struct UpkeepTests {
    @Test func `an idle connection is closed while another of the session streams on`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.idleTimeout = .seconds(1)
            $0.timeouts.idle = nil
        } handler: { request in
            request.target == "/stream"
                ? LoopbackReply.chunked(["a", "b"], gates: [Gate.opened(), gate]) : .text("ok")
        } _: { fixture in
            let stream = try await fixture.session.stream(Request(.get, "/stream"))
            _ = try await fixture.session.get("/")
            try await fixture.server.waitForOpenConnections(2)
            // The one that is idle goes, twice: each of these takes as long as the idle timeout.
            try await fixture.server.waitForOpenConnections(1)
            _ = try await fixture.session.get("/")
            try await fixture.server.waitForOpenConnections(2)
            try await fixture.server.waitForOpenConnections(1)
            // The stream has lasted longer than that, and never was idle.
            gate.open()
            var text = ""
            for try await piece in stream.body { text += String(decoding: piece, as: UTF8.self) }
            #expect(text == "ab")
        }
    }

    @Test func `a connection that is too old is closed`() async throws {
        try await SessionFixture.run {
            $0.maxAge = .seconds(1)
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            try await fixture.server.waitForOpenConnections(0)
            _ = try await fixture.session.get("/")
            #expect(fixture.server.acceptedConnections == 2)
        }
    }

    @Test(arguments: [false, true])
    func `a connection that the server has closed meanwhile is not used again`(reset: Bool) async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            for _ in 1...5 {
                #expect(try await fixture.session.post("/", body: [1]).status == 200)
                try await fixture.server.waitUntil("idle") { $0.idleConnections == 1 }
                #expect(fixture.server.closeIdleConnections(reset: reset) == 1)
                try await fixture.server.waitForOpenConnections(0)
                // libcurl sees an end by itself; a reset is seen by the loop, which must have slept in between.
                if reset { try await eventually { fixture.session.statistics.totalConnections == 0 } }
            }
            #expect(try await fixture.session.post("/", body: [1]).status == 200)
            #expect(fixture.server.requests.count == 6, "each was sent once")
            #expect(fixture.session.statistics.failures == 0)
        }
    }

    @Test func `prune closes what is idle, and nothing else`() async throws {
        let gate = Gate()
        try await SessionFixture.run { request in
            request.target == "/slow" ? .text("slow").after(.wait(gate)) : .text("ok")
        } _: { fixture in
            async let slow = fixture.session.get("/slow")
            try await fixture.server.waitForRequests(1)
            _ = try await fixture.session.get("/")
            try await fixture.server.waitForOpenConnections(2)
            #expect(await fixture.pool.prune() == 0, "nothing is idle for 300 s")
            #expect(await fixture.pool.prune(idleFor: .zero) == 1)
            try await fixture.server.waitForOpenConnections(1)
            gate.open()
            #expect(try await slow.text == "slow")
            #expect(await fixture.pool.prune(idleFor: .zero) == 1)
            try await fixture.server.waitForOpenConnections(0)
        }
    }

    @Test func `what prune has ended is neither idle nor open, although libcurl has yet to close it`() async throws {
        let (gate, others) = (Gate(), Gate())
        try await SessionFixture.run { request in
            .text("ok").after(.wait(request.target == "/slow" ? gate : others))
        } _: { fixture in
            async let slow = fixture.session.get("/slow")
            async let one = fixture.session.get("/1")
            async let two = fixture.session.get("/2")
            try await fixture.server.waitForRequests(3)
            others.open()
            _ = try await [one, two]
            #expect(fixture.session.statistics.idleConnections == 2)
            #expect(await fixture.pool.prune(idleFor: .zero) == 2)
            #expect(fixture.session.statistics.idleConnections == 0)
            #expect(fixture.session.statistics.totalConnections == 1)
            #expect(await fixture.pool.prune(idleFor: .zero) == 0)
            gate.open()
            #expect(try await slow.text == "ok")
            #expect(fixture.session.statistics.totalConnections == 1)
        }
    }

    @Test func `eviction: new requests go to a fresh session, those inside end undisturbed`() async throws {
        let gate = Gate()
        try await SessionFixture.run { request in
            request.target == "/slow" ? .text("slow").after(.wait(gate)) : .text("ok")
        } _: { fixture in
            let first = fixture.session.id
            async let slow = fixture.session.get("/slow")
            try await fixture.server.waitForRequests(1)
            #expect(try fixture.pool.evict(fixture.server.url))
            #expect(try !fixture.pool.evict(fixture.server.url), "it is gone already")
            #expect(try await fixture.session.get("/").text == "ok")
            #expect(fixture.session.id != first)
            #expect(fixture.pool.evictAll() == 1)
            #expect(try await fixture.session.get("/").text == "ok")
            #expect(fixture.server.acceptedConnections == 3, "no connection is handed on")
            gate.open()
            #expect(try await slow.text == "slow")
            try await fixture.server.waitForOpenConnections(1)
            #expect(fixture.pool.statistics.total.requests == 3)
            #expect(fixture.pool.statistics.total.failures == 0)
        }
    }

    // MARK: Suspension

    @Test func `a suspended session lets requests wait until it is resumed, in their order`() async throws {
        try await SessionFixture.run {
            $0.timeouts.acquire = nil
            $0.limits.maxConcurrentRequests = 1
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            try fixture.pool.suspend(fixture.server.url)
            #expect(fixture.session.suspension == .indefinite)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<5 {
                    group.addTask { _ = try await fixture.session.get("/\(index)") }
                    try await fixture.session.waitForWaiters(index + 1)
                }
                #expect(fixture.server.requests.isEmpty)
                try fixture.pool.resume(fixture.server.url)
                try await group.waitForAll()
            }
            #expect(fixture.server.requests.map(\.target) == (0..<5).map { "/\($0)" })
            #expect(fixture.session.suspension == nil)
        }
    }

    @Test func `a request that cannot wait that long fails at once, and is told how long`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            fixture.session.suspend(until: .now + .seconds(600))
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .sessionSuspended)
            #expect(error?.delivery == .notSent)
            #expect(error?.isRetryable == true)
            let wait = try #require(error?.retryAfter)
            #expect(wait > .seconds(500) && wait <= .seconds(600))
            // A session that is made in its place is suspended too.
            #expect(try fixture.pool.evict(fixture.server.url))
            #expect(await failure { try await fixture.session.get("/") }?.code == .sessionSuspended)
            fixture.session.resume()
            #expect(try await fixture.session.get("/").text == "ok")
        }
    }

    @Test func `a suspension ends by itself`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            fixture.session.suspend(until: .now + .milliseconds(50))
            let response = try await fixture.session.get("/")
            #expect(response.status == 200)
            #expect(fixture.session.suspension == nil)
        }
    }

    @Test func `what runs when a session is suspended goes on; what waits gives up in time`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.timeouts.acquire = .milliseconds(50)
        } handler: { _ in
            .text("ok").after(.wait(gate))
        } _: { fixture in
            async let running = fixture.session.get("/")
            try await fixture.server.waitForRequests(1)
            fixture.session.suspend()
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .sessionSuspended)
            #expect(error?.retryAfter == nil)
            gate.open()
            #expect(try await running.status == 200)
            fixture.session.resume()
        }
    }

    @Test func `a total of connections and a suspension go together`() async throws {
        var configuration = PoolConfiguration()
        configuration.maxTotalConnections = 2
        try await SessionFixture.run(pool: configuration) {
            $0.minConnections = 2
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            try await fixture.server.waitForOpenConnections(2)
            fixture.session.suspend(until: .now + .milliseconds(30))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await fixture.session.get("/") } }
                try await group.waitForAll()
            }
            #expect(fixture.server.counts.peakRequestsInFlight <= 2)
        }
    }

    @Test func `a pool that is switched off suspends and closes the sessions of a key, and no others`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.maxSessions = 0
            let pool = SessionPool(configuration: configuration)
            var other = SessionConfiguration()
            other.limits.maxConcurrentRequests = 3
            let (first, second) = (try await pool.session(for: server.url), try await pool.session(for: server.url))
            let apart = try await pool.session(for: server.url, configuration: other)
            try pool.suspend(server.url, until: .now + .seconds(600))
            let late = try await pool.session(for: server.url)
            for session in [first, second, late] {
                #expect(await failure { try await session.get("/") }?.code == .sessionSuspended)
            }
            #expect(try await apart.get("/").text == "ok", "another configuration is another key")
            try pool.resume(server.url)
            for session in [first, second, late] { #expect(try await session.get("/").text == "ok") }
            #expect(try await pool.closeSession(for: server.url) == 0)
            for session in [first, second, late] { #expect(session.isClosed) }
            #expect(!apart.isClosed)
            #expect(try await apart.get("/").text == "ok")
            #expect(try pool.evict(server.url, configuration: other))
            #expect(apart.isClosed)
            await pool.shutdown()
        }
    }

    private static let senseless: [(String, @Sendable (inout SessionConfiguration) -> Void)] = [
        ("minConnections", { $0.minConnections = 11 }), ("maxAgeJitter", { $0.maxAgeJitter = 1 }),
        ("maxAgeJitter", { $0.maxAgeJitter = .nan }), ("health.interval", { $0.health.interval = .zero }),
        ("warmUp.startJitter", { $0.warmUp.startJitter = .seconds(-1) }),
        ("warmUp.parallel", { $0.warmUp.parallel = 0 }), ("health.unhealthyAfter", { $0.health.unhealthyAfter = 0 }),
        ("warmUp.probe", { $0.warmUp.probe = ProbeRequest("BAD METHOD") }),
        ("health.probe", { $0.health.probe = ProbeRequest("CONNECT") }),
    ]

    @Test(arguments: senseless.indices)
    func `settings that make no sense are refused by name`(index: Int) throws {
        let (name, change) = Self.senseless[index]
        var configuration = SessionConfiguration()
        change(&configuration)
        do throws(SessionError) {
            _ = try Session("http://127.0.0.1:1", configuration: configuration)
            Issue.record("\(name) was accepted")
        } catch {
            #expect(error.code == .invalidConfiguration)
            #expect(error.message.contains(name))
        }
        // The shared pool is refused at once, not when somebody first asks it for a session.
        for isOverride in [false, true] {
            var pool = PoolConfiguration()
            let url = try BaseURL("https://api.example.com")
            if isOverride { pool.overrides[url] = configuration } else { pool.session = configuration }
            let error = #expect(throws: SessionError.self) { try SessionPool.bootstrap(pool) }
            #expect(error?.code == .invalidConfiguration && error?.message.contains(name) == true)
            #expect(error?.origin == (isOverride ? "https://api.example.com" : ""))
        }
    }

    private static let senselessPools: [(String, @Sendable (inout PoolConfiguration) -> Void)] = [
        ("maxSessions", { $0.maxSessions = -1 }), ("eventLoops", { $0.eventLoops = 0 }),
        ("maxTotalConnections", { $0.maxTotalConnections = 0 }),
    ]

    @Test(arguments: senselessPools.indices)
    func `a shared pool that makes no sense is refused at once, by name`(index: Int) {
        let (name, change) = Self.senselessPools[index]
        var configuration = PoolConfiguration()
        change(&configuration)
        let error = #expect(throws: SessionError.self) { try SessionPool.bootstrap(configuration) }
        #expect(error?.code == .invalidConfiguration && error?.message.contains(name) == true)
    }
}
