@testable import HTTPSessionPool
import TestSupport
import Testing

/// How pools and sessions end: drained, aborted, by many at once, or by being dropped.
@Suite(.timeLimit(.minutes(1)))
struct ShutdownTests {
    private static let echo: LoopbackServer.Handler = { .text($0.target) }

    @Test func `after the shutdown every handle and every question gets poolClosed`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            _ = try await session.get("/")
            #expect(await pool.shutdown() == 0)
            let errors = [
                await failure { try await session.get("/") },
                await failure { try await session.stream(Request(.get, "/")) },
                await failure { try await pool.session(for: server.url) },
                await failure { try await pool.session(for: "http://other.test") },
                await failure { try await pool.acquire(server.url) { _ in } },
            ]
            for error in errors {
                #expect(error?.code == .poolClosed)
                #expect(error?.delivery == .notSent)
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a shutdown with grace lets requests end, those in line too`() async throws {
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("done").after(.wait(gate))
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.session.limits.maxConcurrentRequests = 2
            configuration.session.timeouts.acquire = nil
            let pool = SessionPool(configuration: configuration)
            let session = try await pool.session(for: server.url)
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<6 { group.addTask { try await session.get("/").text } }
                try await server.waitForRequests(2)
                try await session.waitForWaiters(4)
                async let aborted = pool.shutdown(grace: .seconds(30))
                try await eventually { session.isClosed }
                gate.open()
                #expect(await aborted == 0)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: "done", count: 6))
            try await server.waitForOpenConnections(0)
        }
    }

    @Test func `what was aborted before the shutdown is not counted again`() async throws {
        try await LoopbackServer.serving { _ in
            .silence
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.maxSessions = 40
            let pool = SessionPool(configuration: configuration)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    var session = SessionConfiguration()
                    session.credentialsScope = "account \(number)"
                    let held = try await pool.session(for: server.url, configuration: session)
                    group.addTask { _ = await failure { try await held.get("/") } }
                }
                try await server.waitForRequests(20)
                #expect(await pool.closeAll(grace: .zero) == 20)
                #expect(await pool.shutdown(grace: .zero) == 0)
                try await group.waitForAll()
            }
        }
    }

    @Test func `when the grace is over the rest is aborted, and counted`() async throws {
        try await LoopbackServer.serving { _ in
            .silence
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.session.limits.maxConcurrentRequests = 3
            configuration.session.timeouts.acquire = nil
            let pool = SessionPool(configuration: configuration)
            let session = try await pool.session(for: server.url)
            await withTaskGroup(of: SessionError?.self) { group in
                for _ in 0..<5 { group.addTask { await failure { try await session.get("/") } } }
                _ = try? await server.waitForRequests(3)
                _ = try? await session.waitForWaiters(2)
                // Three run and two wait in line.
                #expect(await pool.shutdown(grace: .milliseconds(50)) == 5)
                var delivered: [SessionError.Delivery] = []
                for await error in group {
                    #expect(error?.code == .poolClosed)
                    if let error { delivered.append(error.delivery) }
                }
                #expect(delivered.count { $0 == .maybeProcessed } == 3)
                #expect(delivered.count { $0 == .notSent } == 2)
            }
            try await server.waitForOpenConnections(0)
        }
    }

    @Test func `a stream that is being read is aborted, and its reader told`() async throws {
        try await LoopbackServer.serving { _ in
            .endlessBody()
        } _: { server in
            let pool = SessionPool()
            let response = try await pool.session(for: server.url).stream(Request(.get, "/"))
            #expect(await pool.shutdown(grace: .zero) == 1)
            let error = await failure {
                for try await _ in response.body {}
            }
            #expect(error?.code == .poolClosed)
            #expect(error?.delivery == .maybeProcessed)
            try await server.waitForOpenConnections(0)
        }
    }

    /// A grace that was 30 s for one end and none for another surprised people.
    @Test func `who names no grace gives the same one everywhere, and what runs ends within it`() async throws {
        #expect(Grace.byDefault == .seconds(30))
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("done").after(.wait(gate))
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            let alone = try Session(server.url)
            async let answer = session.get("/")
            async let other = alone.get("/")
            try await server.waitForRequests(2)
            async let aborted = pool.shutdown()
            async let abortedAlone = alone.close()
            try await eventually { session.isClosed && alone.isClosed }
            gate.open()
            #expect(try await answer.text == "done")
            #expect(try await other.text == "done")
            #expect(await aborted == 0)
            #expect(await abortedAlone == 0)
        }
    }

    @Test func `many may shut a pool down: all wait for the same end`() async throws {
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("done").after(.wait(gate))
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            async let answer = session.get("/")
            try await server.waitForRequests(1)
            let ends = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { await pool.shutdown(grace: .seconds(30)) } }
                try await eventually { session.isClosed }
                gate.open()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ends == Array(repeating: 0, count: 32))
            #expect(try await answer.text == "done")
            #expect(await pool.shutdown() == 0)
            #expect(pool.statistics.total.totalConnections == 0)
        }
    }

    @Test func `a shorter grace shortens the wait of those who came before`() async throws {
        try await LoopbackServer.serving { _ in
            .silence
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            let request = Task { await failure { try await session.get("/") } }
            try await server.waitForRequests(1)
            let patient = Task { await pool.shutdown(grace: .seconds(3_600)) }
            try await eventually { session.isClosed }
            #expect(await pool.shutdown(grace: .zero) == 1)
            #expect(await patient.value == 1)
            #expect(await request.value?.code == .poolClosed)
        }
    }

    @Test func `a caller in line for a place in the pool is told of its end`() async throws {
        var configuration = PoolConfiguration()
        configuration.maxSessions = 1
        let pool = SessionPool(configuration: configuration)
        try await pool.acquire("http://busy.test") { _ in
            let waiting = Task { await failure { try await pool.session(for: "http://other.test") } }
            try await eventually { pool.statistics.waiting > 0 }
            await pool.shutdown()
            #expect(await waiting.value?.code == .poolClosed)
        }
    }

    @Test func `shutting down from inside a scope does not wait for the scope`() async throws {
        let pool = SessionPool()
        try await pool.acquire("http://self.test") { _ in
            #expect(await pool.shutdown(grace: .seconds(30)) == 0)
        }
    }

    @Test func `closeAll aborts what outlives its grace, and the pool goes on`() async throws {
        try await LoopbackServer.serving { request in
            request.target == "/hang" ? .silence : .text("ok")
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            let hanging = Task { await failure { try await session.get("/hang") } }
            try await server.waitForRequests(1)
            #expect(await pool.closeAll(grace: .zero) == 1)
            #expect(await hanging.value != nil)
            #expect(try await session.get("/").text == "ok")
            await pool.shutdown()
        }
    }

    // MARK: Nothing is left

    @Test func `a pool that is dropped without shutdown leaves no descriptor and no thread`() async throws {
        // In a process of its own: other tests open descriptors too.
        await #expect(processExitsWith: .success) {
            try await Self.leavesNothing { server in
                let pool = SessionPool()
                _ = try await pool.session(for: server.url).get("/")
                _ = try await pool.session(for: server.url + "/v2").get("/")
            }
        }
    }

    @Test func `a dropped pool closes when its last stream is left`() async throws {
        await #expect(processExitsWith: .success) {
            try await Self.leavesNothing { server in
                func stream() async throws -> StreamingResponse {
                    let pool = SessionPool()
                    defer { withExtendedLifetime(pool) {} }
                    return try await pool.session(for: server.url).stream(Request(.get, "/"))
                }
                let response = try await stream()
                #expect(try await response.body.collect() == Array("ok".utf8))
            }
        }
    }

    @Test func `a private session that is dropped without close leaves no descriptor`() async throws {
        await #expect(processExitsWith: .success) {
            // All private sessions share one loop, which stays: made here, before the count.
            _ = try Session("http://warm.test")
            try await Self.leavesNothing { server in
                for _ in 0..<5 { _ = try await Session(server.url).get("/") }
                // What the loop still does for those is done before what is asked of it now: LeakSanitizer looks at the
                // end of the process.
                await (try Session("http://last.test")).close()
            }
        }
    }

    @Test func `a shut-down pool leaves no descriptor and no thread, on any number of loops`() async throws {
        await #expect(processExitsWith: .success) {
            try await Self.leavesNothing { server in
                var configuration = PoolConfiguration()
                configuration.eventLoops = 4
                let pool = SessionPool(configuration: configuration)
                for path in 0..<8 {
                    var own = SessionConfiguration()
                    own.credentialsScope = "scope \(path)"
                    let session = try await pool.session(for: server.url, configuration: own)
                    _ = try await session.get("/")
                }
                await pool.shutdown()
            }
        }
    }

    /// Throws unless descriptors and loops come back to what they were before `body`, which they may do in their own
    /// time.
    private static func leavesNothing(_ body: @Sendable (LoopbackServer) async throws -> Void) async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            // The runtime opens a descriptor of its own for the first timer.
            try await server.waitForOpenConnections(0)
            try await Task.sleep(for: .milliseconds(1))
            let before = try Held()
            try await body(server)
            try await server.waitForOpenConnections(0)
            try await eventually { try Held().isWithin(before) }
        }
    }

    /// What the process holds: the runtime's own threads come and go and are not ours to count.
    private struct Held {
        let descriptors: Int
        let loops: Int

        init() throws {
            descriptors = try ProcessFacts.openDescriptors()
            loops = try ProcessFacts.threads(named: "curl-")
        }

        /// Fewer than before is no leak: what the harness held for a moment may be gone.
        func isWithin(_ before: Held) -> Bool {
            descriptors <= before.descriptors && loops <= before.loops
        }
    }
}
