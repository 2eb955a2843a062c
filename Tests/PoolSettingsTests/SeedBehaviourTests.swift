import HTTPSessionPool
import PoolSettings
import TestSupport
import Testing

/// What seed 002 says that a pool does which is set up by its file, on real sockets; and seed 000's settings.
///
/// Each test is named after its sentence.
@Suite(.timeLimit(.minutes(1))) struct SeedBehaviourTests {
    private static let answer: LoopbackServer.Handler = { _ in .text("ok") }

    // A pool as a settings file describes it, and its session for a server. Between checks of health a file cannot say less
    // than a second: `checkInterval` can.
    private static func pooled(
        _ document: String,
        checkInterval: Duration? = nil,
        handler: @escaping LoopbackServer.Handler = answer,
        _ body: (LoopbackServer, SessionPool, Session) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("ccproxy.toml", "[pool_settings]\n" + document)
        let settings = try PoolSettings.load(.only(file: file)).settings
        var configuration = settings.poolConfiguration
        if let checkInterval { configuration.session.health.interval = checkInterval }
        try await LoopbackServer.serving(handler) { [configuration] server in
            let pool = SessionPool(configuration: configuration)
            try await body(server, pool, try await pool.session(for: server.url))
            #expect(await pool.shutdown(grace: .seconds(10)) == 0)
        }
    }

    // MARK: Startup

    @Test func `If warmup_on_startup is true, min_size connections are pre-created`() async throws {
        try await Self.pooled("min_size = 3") { server, _, session in
            try await eventually { session.statistics.idleConnections == 3 }
            #expect(server.acceptedConnections == 3)
            #expect(session.statistics.requests == 0, "no caller has asked for anything")
        }
    }

    @Test func `warmup_on_startup = false - Don't pre-create connections`() async throws {
        let low = "min_size = 1\nmax_size = 5\nidle_timeout = 120\nwarmup_on_startup = false"
        try await Self.pooled(low) { server, _, session in
            _ = try await session.get("/")
            #expect(server.acceptedConnections == 1)
            #expect(server.requests.map(\.method) == ["GET"])
            #expect(session.warmUpStatistics.runs == 0)
        }
    }

    @Test func `Background tasks start for health checking and idle cleanup`() async throws {
        let document = "min_size = 0\nidle_timeout = 1"
        try await Self.pooled(document, checkInterval: .milliseconds(20)) { server, _, session in
            _ = try await session.get("/")
            // A check uses the kept connection, and does not keep it from being idle.
            try await eventually { session.health.checks > 0 }
            #expect(server.requests.contains { $0.method == "HEAD" })
            try await eventually { session.statistics.closeReasons[.idle, default: 0] > 0 }
        }
    }

    // MARK: Request handling

    @Test func `If available, a healthy connection is returned immediately`() async throws {
        try await Self.pooled("min_size = 1") { server, _, session in
            try await eventually { session.statistics.idleConnections == 1 }
            for _ in 0..<10 { _ = try await session.get("/") }
            #expect(server.acceptedConnections == 1)
            #expect(session.statistics.queued == 0)
            #expect(session.statistics.reuses == 10)
        }
    }

    @Test func `If none available but under max_size, a new connection is created`() async throws {
        let gate = Gate()
        try await Self.pooled("min_size = 0\nmax_size = 2") { _ in
            .text("ok").after(.wait(gate))
        } _: { server, _, session in
            async let first = session.get("/1")
            try await server.waitForRequests(1)
            async let second = session.get("/2")
            try await server.waitForRequests(2)
            #expect(server.acceptedConnections == 2)
            gate.open()
            _ = try await (first, second)
        }
    }

    @Test func `If at max_size and none available, waits up to acquire_timeout seconds`() async throws {
        let gate = Gate()
        let document = "min_size = 0\nmax_size = 1\nacquire_timeout = 0.05"
        try await Self.pooled(document) { _ in
            .text("ok").after(.wait(gate))
        } _: { server, pool, session in
            async let first = session.get("/1")
            try await server.waitForRequests(1)
            let start = ContinuousClock.now
            let error = await #expect(throws: SessionError.self) { _ = try await session.get("/2") }
            #expect(error?.code == .acquireTimeout && error?.delivery == .notSent)
            #expect(ContinuousClock.now - start >= .milliseconds(50))
            #expect(pool.statistics.acquireTimeouts == 1)
            gate.open()
            _ = try await first
        }
    }

    @Test func `After use, the connection is released back to the pool`() async throws {
        let gate = Gate()
        try await Self.pooled("min_size = 0\nmax_size = 1") { request in
            request.target == "/1" ? .text("1").after(.wait(gate)) : .text("2")
        } _: { server, pool, session in
            async let first = session.get("/1")
            try await server.waitForRequests(1)
            async let second = session.get("/2")
            try await eventually { session.statistics.waiting == 1 }
            gate.open()
            #expect(try await first.text == "1")
            #expect(try await second.text == "2")
            #expect(server.acceptedConnections == 1)
            #expect(pool.statistics.total.idleConnections == 1)
        }
    }

    // MARK: Troubleshooting

    @Test func `High acquire timeouts - increasing max_size, or acquire_timeout, ends them`() async throws {
        for (document, expected) in [
            ("max_size = 2\nacquire_timeout = 0.05", 2), ("max_size = 4\nacquire_timeout = 0.05", 0),
            ("max_size = 2\nacquire_timeout = 60", 0),
        ] {
            let gate = Gate()
            try await Self.pooled("min_size = 0\n" + document) { _ in
                .text("ok").after(.wait(gate))
            } _: { server, pool, session in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<4 { group.addTask { (try? await session.get("/")) != nil } }
                    // The others have given up, wait for longer than this test, or run as well.
                    try await eventually {
                        let facts = session.statistics
                        return facts.acquireTimeouts + facts.waiting + server.counts.requestsInFlight == 4
                            && facts.acquireTimeouts == expected
                    }
                    gate.open()
                    let answered = try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                    #expect(answered == 4 - expected, "\(document)")
                }
                #expect(pool.statistics.acquireTimeouts == expected, "\(document)")
            }
        }
    }

    @Test func `health_check_failures - removes unhealthy connections`() async throws {
        try await Self.pooled("min_size = 0", checkInterval: .milliseconds(15)) { request in
            request.method == "HEAD" ? .text("", status: 503) : .text("ok")
        } _: { _, pool, session in
            _ = try await session.get("/")
            // The state is told first, and the session let go after it.
            try await eventually { session.health.state == .unhealthy && session.isClosed }
            let id = session.id
            #expect(pool.statistics.total.health.failures >= 3)
            #expect(try await session.get("/").text == "ok")
            #expect(session.id != id, "the next request gets a fresh session")
        }
    }

    // MARK: Seed 000

    @Test func `connection_pool and client_settings of seed 000`() throws {
        let names = """
            {"pool_settings": {"min_connections": 5, "max_connections": 10, "idle_timeout": 300, "max_age": 3600,
            "validation": true, "timeout": 30, "retries": 3, "backoff_factor": 2, "keepalive": true}}
            """
        var sources = PoolSettings.Sources()
        sources.file = .none
        sources.environment = ["POOL_CONFIG_JSON": names]
        let loaded = try PoolSettings.load(sources)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.settings.minSize == 5 && loaded.settings.maxSize == 10)
        #expect(loaded.settings.idleTimeout == .seconds(300))
        #expect(loaded.settings.maxAge == .seconds(3_600))
        #expect(loaded.settings.validateOnAcquire && loaded.settings.keepalive)
        #expect(loaded.settings.timeout.total == .seconds(30))
        #expect(loaded.settings.retry.maxRetries == 3 && loaded.settings.retry.backoffFactor == 2)
        #expect(loaded.settings.sessionConfiguration.timeouts.total == .seconds(30))
        #expect(loaded.settings.sessionConfiguration.minConnections == 5)
    }

    // MARK: Where settings come from

    @Test(arguments: [".ccproxy.toml", "ccproxy.toml"])
    func `Add pool settings to your .ccproxy.toml or ccproxy.toml file`(_ name: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write(name, "[pool_settings]\nmax_size = 17\n")
        var sources = PoolSettings.Sources()
        sources.directory = directory.path
        sources.environment = [:]
        let loaded = try PoolSettings.load(sources)
        #expect(loaded.settings.maxSize == 17)
        #expect("\(loaded.origin(of: "max_size"))".hasSuffix("\(name):2:12"))
    }
}
