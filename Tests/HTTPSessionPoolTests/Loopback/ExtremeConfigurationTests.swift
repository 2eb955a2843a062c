import CurlTransport
import HTTPSessionPool
import TestSupport
import Testing

/// Configurations at the ends of what their types can hold: refused by name or kept, never a trap.
///
/// `.seconds(Int64.max)` is how many write "never"; `Duration` traps in its components, in products and in `Task.sleep`.
@Suite(.timeLimit(.minutes(1)))
struct ExtremeConfigurationTests {
    static let longest: [Duration] = [.seconds(Int64.max), Duration(attoseconds: .max), .nanoseconds(Int64.max)]

    @Test(arguments: longest) func `every time may be the longest there is`(_ time: Duration) async throws {
        var configuration = PoolConfiguration()
        configuration.acquireTimeout = time
        configuration.session.everyTime(time)
        // Jitter decides whether a product overflows: about every second session did.
        for _ in 0..<20 {
            try await SessionFixture.run(pool: configuration) {
                $0.minConnections = 1
                $0.everyTime(time)
            } handler: { _ in
                .text("ok")
            } _: { fixture in
                #expect(try await fixture.session.get("/").body == Array("ok".utf8))
                let stream = try await fixture.session.stream(Request(.get, "/"))
                var bytes = 0
                for try await piece in stream.body { bytes += piece.count }
                #expect(bytes == 2)
                try fixture.pool.suspend(fixture.server.url, until: .now.advanced(by: .seconds(1 << 33)))
                try fixture.pool.resume(fixture.server.url)
                #expect(await fixture.pool.prune(idleFor: time) == 0)
            }
        }
    }

    /// The time to the next refill is multiplied after an outage.
    @Test func `the longest time between refills survives a warm-up that fails`() async throws {
        let port = try ReservedPort()
        var configuration = SessionConfiguration()
        configuration.everyTime(.seconds(Int64.max))
        configuration.timeouts.connect = .seconds(5)
        let session = try Session("http://127.0.0.1:\(port.number)", configuration: configuration)
        #expect(try await session.ensureWarm(1).errors.isEmpty == false)
        #expect(try await session.ensureWarm(1).errors.isEmpty == false)
        await session.close()
    }

    @Test func `waiting for a place may take the longest time, and is cancelled`() async throws {
        let gate = Gate()
        var configuration = PoolConfiguration()
        configuration.maxSessions = 1
        configuration.acquireTimeout = .seconds(Int64.max)
        try await SessionFixture.run(pool: configuration) { _ in
            .text("").after(.wait(gate))
        } _: { fixture in
            async let busy = fixture.session.get("/")
            try await fixture.server.waitUntil("it is busy") { $0.requestsInFlight == 1 }
            let waiter = Task { try await fixture.pool.session(for: "http://127.0.0.1:1").get("/") }
            try await eventually { fixture.pool.statistics.waiting == 1 }
            waiter.cancel()
            #expect(await failure { try await waiter.value }?.code == .cancelled)
            gate.open()
            _ = try await busy
        }
    }

    @Test(arguments: longest) func `a grace may be the longest there is`(_ time: Duration) async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let pool = SessionPool()
            _ = try await pool.session(for: server.url).get("/")
            #expect(try await pool.closeSession(for: server.url, grace: time) == 0)
            _ = try await pool.session(for: server.url).get("/")
            #expect(await pool.shutdown(grace: time) == 0)
            let own = try Session(server.url)
            _ = try await own.get("/")
            #expect(await own.close(grace: time) == 0)
        }
    }

    @Test func `negative times are refused by name`() async throws {
        var configuration = PoolConfiguration()
        configuration.acquireTimeout = .seconds(-1)
        let pool = SessionPool(configuration: configuration)
        let error = await failure { try await pool.session(for: "http://127.0.0.1:1") }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.description.contains("acquireTimeout") == true)
    }

    @Test func `every count may be the largest there is`() async throws {
        var configuration = PoolConfiguration()
        configuration.maxTotalConnections = .max
        configuration.maxSessions = .max
        try await SessionFixture.run(pool: configuration) {
            $0.limits.maxConcurrentRequests = .max
            $0.limits.maxConnections = .max
            $0.limits.maxWaiters = .max
            $0.limits.maxHeaderBytes = .max
            $0.limits.maxBodyBytes = .max
            $0.limits.streamHighWaterMark = .max
            $0.maxRedirects = .max
            $0.warmUp.parallel = .max
            $0.health.unhealthyAfter = .max
            $0.health.healthyAfter = .max
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            #expect(try await fixture.session.get("/").body == Array("ok".utf8))
            let stream = try await fixture.session.stream(Request(.get, "/"))
            for try await _ in stream.body {}
            #expect(try await fixture.session.ensureWarm(2).connections == 2)
        }
    }
}

extension SessionConfiguration {
    /// Sets each time that has no smaller bound of its own.
    fileprivate mutating func everyTime(_ time: Duration) {
        timeouts.acquire = time
        timeouts.connect = time
        timeouts.firstByte = time
        timeouts.idle = time
        timeouts.noProgress = time
        timeouts.total = time
        timeouts.streamTotal = time
        idleTimeout = time
        maxAge = time
        maintenanceInterval = time
        warmUp.timeout = time
        health.interval = time
        health.timeout = time
    }
}
