import CTestSupport
@testable import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// Look-ups of names: bounded, shared, and never in the way of others (nodejs/node#62503, sonichi/sutando#2311).
@Suite(.serialized, .timeLimit(.minutes(2)))
struct NameLookupTests {
    private static let oneLoop: PoolConfiguration = {
        var configuration = PoolConfiguration()
        configuration.eventLoops = 1
        configuration.maxSessions = 1_000
        configuration.session.proxy = .none
        configuration.session.health.interval = nil
        return configuration
    }()

    /// Requests to hosts whose name server does not answer; they are cancelled at the end.
    private static func withStuckRequests<Result>(
        to hosts: [String],
        _ pool: SessionPool,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let tasks = hosts.map { host in Task { try await pool.session(for: "http://\(host)").get("/") } }
        let result = try await body()
        for task in tasks { task.cancel() }
        // Those that the body has released have failed by then.
        for task in tasks {
            let error = await failure { try await task.value }
            #expect([.cancelled, .nameResolutionFailed].contains(error?.code))
        }
        return result
    }

    private static func release() async throws {
        ctest_release_stuck_lookups()
        try await eventually { ctest_stuck_lookups() == 0 }
    }

    @Test func `cancelled look-ups leave no more threads than the limit, and a healthy session does not notice`()
        async throws
    {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            let unknown = NameLookups.limit - NameLookups.reserve
            for round in 0..<5 {
                let hosts = (0..<50).map { "host\($0).round\(round).stuck.test" }
                try await Self.withStuckRequests(to: hosts, fixture.pool) {
                    try await eventually { ctest_stuck_lookups() >= unknown }
                    #expect(try await fixture.session.get("/").text == "ok")
                }
                #expect(ctest_stuck_lookups() == unknown)
                #expect(try await fixture.session.get("/").text == "ok")
            }
            #expect(fixture.server.acceptedConnections == 1)
            try await Self.release()
        }
    }

    @Test func `callers of the same host share one look-up, whatever their sessions and ports`() async throws {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            var sessions: [Session] = []
            for port in 1...5 {
                sessions.append(try await fixture.pool.session(for: "http://same.stuck.test:\(port)"))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for session in sessions {
                    for _ in 0..<4 {
                        group.addTask {
                            let error = await failure { try await session.get("/") }
                            #expect(error?.code == .nameResolutionFailed)
                            #expect(error?.delivery == .notSent)
                            #expect(error?.isRetryable == true)
                            #expect(error?.message.contains("no name server has answered") == true)
                        }
                    }
                }
                for session in sessions { try await eventually { await session.permitsInUse == 4 } }
                try await eventually { ctest_stuck_lookups() > 0 }
                #expect(try await fixture.session.get("/").text == "ok")
                #expect(ctest_stuck_lookups() == 1)
                try await Self.release()
                try await group.waitForAll()
            }
        }
    }

    @Test func `waiting for a name is time to connect, and cancelling it acts at once`() async throws {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            var configuration = Self.oneLoop.session
            configuration.timeouts.connect = .milliseconds(50)
            let session = try await fixture.pool.session(for: "http://slow.stuck.test", configuration: configuration)
            let error = await failure { try await session.get("/") }
            #expect(error?.code == .connectTimeout)
            #expect(error?.delivery == .notSent)
            #expect(error?.message.contains("looked up") == true)
            #expect(ctest_stuck_lookups() == 1)
            try await Self.release()
        }
    }

    @Test func `hosts that hang do not keep a known one from being looked up, and end in their line`() async throws {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            ctest_move_names(1)
            let known = "http://known.moving.test:\(fixture.server.port)"
            #expect(try await fixture.pool.session(for: known).get("/").text == "ok")
            let hosts = (0..<NameLookups.limit).map { "host\($0).stuck.test" }
            try await Self.withStuckRequests(to: hosts, fixture.pool) {
                try await eventually { ctest_stuck_lookups() == NameLookups.limit - NameLookups.reserve }
                // Another configuration, which shares no answers with the first.
                var configuration = Self.oneLoop.session
                configuration.maxRedirects = 1
                let again = try await fixture.pool.session(for: known, configuration: configuration)
                #expect(try await again.get("/").text == "ok")
                #expect(ctest_moving_lookups() == 2)
                let new = "http://new.moving.test:\(fixture.server.port)"
                async let inLine = fixture.pool.session(for: new).get("/")
                ctest_release_stuck_lookups()
                #expect(try await inLine.text == "ok")
            }
            try await Self.release()
        }
    }

    // MARK: Answers

    @Test func `a failed connect drops the address, so that the next request asks again (curl#403)`() async throws {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            ctest_move_names(0)
            let url = "http://failover.moving.test:\(fixture.server.port)"
            let session = try await fixture.pool.session(for: url)
            #expect(await failure { try await session.get("/") }?.code == .connectionFailed)
            #expect(ctest_moving_lookups() == 1)
            ctest_move_names(1)
            #expect(try await session.get("/").text == "ok")
            // A good address is kept.
            for _ in 0..<3 {
                try await fixture.server.waitUntil("the connection is idle") { $0.idleConnections == 1 }
                #expect(fixture.server.closeIdleConnections() == 1)
                try await fixture.server.waitForOpenConnections(0)
                #expect(try await session.get("/").text == "ok")
            }
            #expect(ctest_moving_lookups() == 1)
        }
    }

    @Test func `a session that is made again does not begin with the dead address`() async throws {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            ctest_move_names(0)
            let url = "http://evicted.moving.test:\(fixture.server.port)"
            let session = try await fixture.pool.session(for: url)
            #expect(await failure { try await session.get("/") }?.code == .connectionFailed)
            ctest_move_names(1)
            #expect(try await fixture.pool.closeSession(for: url) == 0)
            let again = try await fixture.pool.session(for: url)
            #expect(again.core !== session.core)
            #expect(try await again.get("/").text == "ok")
        }
    }

    @Test(arguments: [
        ("nobody.unknown.test", "there is no such name"), ("host.unanswered.test", "no name server has answered"),
        ("hidden.onion", "could not be resolved"),
    ])
    func `a name that does not exist is told from name servers that do not answer`(_ host: String, _ words: String)
        async throws
    {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            let error = await failure { try await fixture.pool.session(for: "http://\(host)").get("/") }
            #expect(error?.code == .nameResolutionFailed)
            #expect(error?.message.contains(words) == true)
            #expect(error?.delivery == .notSent)
        }
    }

    @Test(arguments: ["localhost", "here.localhost", "127.0.0.1", "0x7f.1", "moved.moving.test", "MOVED.moving.test."])
    func `addresses, the own host and names in every spelling`(_ host: String) async throws {
        try await SessionFixture.run(pool: Self.oneLoop) { _ in
            .text("ok")
        } _: { fixture in
            ctest_move_names(1)
            let session = try await fixture.pool.session(for: "http://\(host):\(fixture.server.port)")
            for _ in 0..<2 { #expect(try await session.get("/").text == "ok") }
        }
    }

    // MARK: Proxies

    @Test func `through a proxy its name is looked up, and the target's only if the proxy is left out`() async throws {
        try await SessionFixture.run(pool: Self.oneLoop) { request in
            .text(request.target)
        } _: { fixture in
            ctest_move_names(1)
            var configuration = Self.oneLoop.session
            for (proxy, except) in [
                ("proxy.moving.test", []), ("proxy.moving.test", ["other.test"]), ("127.0.0.1", ["other.test"]),
            ] {
                configuration.proxy = .url("http://\(proxy):\(fixture.server.port)", except: except)
                let session = try await fixture.pool.session(for: "http://far.stuck.test", configuration: configuration)
                #expect(try await session.get("/path").text == "http://far.stuck.test/path")
            }
            configuration.proxy = .url("http://proxy.stuck.test:1", except: ["near.moving.test", "127.0.0.1"])
            for host in ["near.moving.test", "127.0.0.1"] {
                let url = "http://\(host):\(fixture.server.port)"
                let session = try await fixture.pool.session(for: url, configuration: configuration)
                #expect(try await session.get("/path").text == "/path")
            }
            #expect(ctest_stuck_lookups() == 0)
            configuration.proxy = .url("http://proxy.unknown.test:1")
            let lost = try await fixture.pool.session(for: "http://far.stuck.test", configuration: configuration)
            let error = await failure { try await lost.get("/") }
            #expect(error?.code == .proxyFailed)
            #expect(error?.delivery == .notSent)
        }
    }
}
