@testable import HTTPSessionPool
import TestSupport
import Testing

/// What seeds 000 and 001 say of a pool of connections, on real sockets.
///
/// Each test is named after its sentence.
@Suite(.timeLimit(.minutes(1)))
struct SeedPoolTests {
    private static let answer: LoopbackServer.Handler = { _ in .text("ok") }

    /// So many requests at once.
    private static func requests(_ count: Int, on session: Session) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                group.addTask {
                    let response = try await session.get("/\(index)")
                    #expect(response.status == 200)
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Seed 000

    @Test func `min_connections 5, max_connections 10`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.minConnections = 5
            $0.limits.maxConnections = 10
            $0.limits.maxConcurrentRequests = 30
        } handler: { request in
            request.method == "HEAD" ? .text("") : .text("ok").after(.wait(gate))
        } _: { fixture in
            try await eventually { fixture.session.statistics.idleConnections == 5 }
            #expect(fixture.server.acceptedConnections == 5, "the minimum is there before the first request")
            async let all: Void = Self.requests(30, on: fixture.session)
            try await fixture.server.waitUntil("ten in flight") { $0.requestsInFlight == 10 }
            gate.open()
            try await all
            #expect(fixture.server.counts.peakOpenConnections == 10)
        }
    }

    @Test func `current_state - active 7, idle 3, total 10, pending 0, utilization 70 percent`() async throws {
        let (first, second) = (Gate(), Gate())
        try await SessionFixture.run { request in
            .text("ok").after(.wait(request.target.hasPrefix("/first") ? first : second))
        } _: { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { _ = try await fixture.session.get("/first") } }
                try await fixture.server.waitUntil("ten in flight") { $0.requestsInFlight == 10 }
                first.open()
                try await group.waitForAll()
                for _ in 0..<7 { group.addTask { _ = try await fixture.session.get("/second") } }
                try await fixture.server.waitForRequests(17)
                // The gauge of idle connections follows at the end of a turn of the loop.
                try await eventually { fixture.pool.statistics.total.idleConnections == 3 }
                let pool = fixture.pool.statistics
                #expect(pool.total.inUseConnections == 7)
                #expect(pool.total.idleConnections == 3)
                #expect(pool.total.totalConnections == 10)
                #expect(pool.pendingRequests == 0)
                #expect(pool.total.utilization == 0.7)
                second.open()
                try await group.waitForAll()
            }
        }
    }

    @Test func `validation_failures 1, timeout_errors 1 - and the next request does not notice`() async throws {
        try await SessionFixture.run {
            $0.timeouts.firstByte = .milliseconds(30)
        } handler: { request in
            request.target == "/never" ? .silence : .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            try await fixture.server.waitUntil("idle") { $0.idleConnections == 1 }
            #expect(fixture.server.closeIdleConnections() == 1)
            try await eventually { fixture.session.statistics.validationFailures == 1 }
            #expect(try await fixture.session.get("/").text == "ok")
            let error = await failure { try await fixture.session.get("/never") }
            #expect(error?.code == .firstByteTimeout)
            let day = fixture.pool.statistics.total.last24h
            #expect(day.validationFailures == 1 && day.timeoutErrors == 1)
            #expect(day.connectionsCreated == 2 && day.connectionsDestroyed == 2 && day.reuses == 0)
            #expect(day.requests == 3 && day.failures == 1)
        }
    }

    @Test func `last_health_check - a request that was answered is the check`() async throws {
        try await SessionFixture.run {
            $0.health.interval = .seconds(1)
            $0.health.jitter = 0
        } handler: {
            _ in
            .text("ok")
        } _: { fixture in
            #expect(fixture.pool.statistics.timeSinceHealthCheck == nil)
            try await eventually {
                _ = try await fixture.session.get("/")
                return fixture.pool.statistics.timeSinceHealthCheck != nil
            }
            #expect(fixture.session.health.skippedChecks == 1)
            let pool = fixture.pool.statistics
            #expect(pool.timeSinceHealthCheck != nil)
            #expect(pool.total.health.state == .healthy && pool.total.health.checks == 0)
            #expect(pool.healthyConnections == 1 && pool.unhealthyConnections == 0)
        }
    }

    @Test func `unhealthy_connections - also when requests alone tell`() async throws {
        let isDown = Observed(true)
        try await LoopbackServer.serving { _ in
            isDown.value ? .text("", status: 503) : .text("ok")
        } _: { server in
            var configuration = SessionConfiguration()
            configuration.health.mode = .passive
            let session = try Session(server.url, configuration: configuration)
            for _ in 0..<3 { _ = try await session.get("/") }
            try await eventually { session.health.state == .unhealthy }
            #expect(session.statistics.health.state == .unhealthy)
            #expect(session.statistics.health.consecutiveFailures == 3)
            isDown.update { $0 = false }
            _ = try await session.get("/")
            try await eventually { session.health.state == .healthy }
            #expect(session.statistics.health.state == .healthy)
            #expect(session.statistics.health.consecutiveFailures == 0)
            await session.close()
        }
    }

    @Test func `client_settings - keepalive true`() async throws {
        try await SessionFixture.run(handler: Self.answer) { fixture in
            for index in 1...5 { _ = try await fixture.session.get("/\(index)") }
            #expect(fixture.server.acceptedConnections == 1)
            #expect(fixture.server.requests.allSatisfy { $0.values("Connection").isEmpty })
        }
    }

    // MARK: Seed 001: why

    @Test func `Without pooling - 100 connections opened and closed`() async throws {
        try await LoopbackServer.serving(Self.answer) { server in
            for index in 0..<100 {
                let session = try Session(server.url)
                _ = try await session.get("/\(index)")
                await session.close()
            }
            #expect(server.acceptedConnections == 100)
            try await server.waitForOpenConnections(0)
        }
    }

    @Test func `With pooling - 1-5 connections reused 100 times`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConnections = 5
            $0.limits.maxConcurrentRequests = 100
        } handler: {
            _ in
            .text("ok")
        } _: { fixture in
            try await Self.requests(100, on: fixture.session)
            #expect((1...5).contains(fixture.server.acceptedConnections))
            #expect(fixture.server.requests.count == 100)
            let statistics = fixture.session.statistics
            #expect(statistics.reuses + statistics.connectionsCreated == 100)
        }
    }

    // MARK: Seed 001: limits

    @Test func `sync_pool_block=True - Block when pool is full`() async throws {
        for waits in [true, false] {
            let gate = Gate()
            try await SessionFixture.run {
                $0.limits.maxConcurrentRequests = 1
                if !waits { $0.limits.maxWaiters = 0 }
            } handler: { _ in
                .text("ok").after(.wait(gate))
            } _: { fixture in
                async let first = fixture.session.get("/1")
                try await fixture.server.waitForRequests(1)
                if waits {
                    async let second = fixture.session.get("/2")
                    try await fixture.session.waitForWaiters(1)
                    gate.open()
                    #expect(try await second.status == 200)
                } else {
                    let error = await failure { try await fixture.session.get("/2") }
                    #expect(error?.code == .queueFull)
                    #expect(error?.delivery == .notSent)
                    gate.open()
                }
                #expect(try await first.status == 200)
            }
        }
    }

    @Test func `async_limit_per_host - Per-host connection limit`() async throws {
        var configuration = PoolConfiguration()
        configuration.session.limits.maxConnections = 3
        configuration.session.limits.maxConcurrentRequests = 20
        try await SessionFixture.run(pool: configuration, handler: Self.answer) { fixture in
            try await LoopbackServer.serving(Self.answer) { other in
                let second = try await fixture.pool.session(for: other.url)
                async let here: Void = Self.requests(20, on: fixture.session)
                async let there: Void = Self.requests(20, on: second)
                _ = try await (here, there)
                #expect((1...3).contains(fixture.server.counts.peakOpenConnections))
                #expect((1...3).contains(other.counts.peakOpenConnections))
                await fixture.pool.closeAll()
            }
        }
    }

    @Test func `semaphore of 20, 100 requests - the summary of the statistics`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 20
            $0.limits.maxConnections = 20
        } handler: {
            _ in
            .text("ok")
        } _: { fixture in
            try await Self.requests(100, on: fixture.session)
            #expect(fixture.server.counts.peakRequestsInFlight <= 20)
            let statistics = fixture.session.statistics
            #expect(statistics.requests == 100 && statistics.failures == 0)
            #expect(statistics.connectionsCreated == fixture.server.acceptedConnections)
            #expect(statistics.reuses == 100 - statistics.connectionsCreated)
            #expect(statistics.durations.count == 100 && statistics.waits.count == 100)
            #expect(statistics.queued > 0, "100 at once, and 20 permits")
            #expect(statistics.waits.maximum >= statistics.waits.mean && statistics.waits.mean > .zero)
            #expect(statistics.peakConnections <= 20 && statistics.peakRunning == 20)
        }
    }

    // MARK: Seed 001: health and warm-up

    @Test func `Consider healthy if response time is under 5 seconds`() async throws {
        try await SessionFixture.run {
            $0.health.interval = .milliseconds(15)
            // The limit itself is the default; nobody wants to wait for it here.
            $0.health.timeout = .milliseconds(30)
            $0.health.unhealthyAfter = 3
        } handler: { request in
            request.method == "HEAD" ? .silence : .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            try await eventually { fixture.session.health.state == .unhealthy }
            #expect(fixture.session.health.failedChecks == 3, "max_failed_checks")
            #expect(fixture.session.health.lastError?.code == .deadlineExceeded)
        }
    }

    @Test func `warmup_connections(num_connections=5) - concurrently, once`() async throws {
        try await SessionFixture.run(handler: Self.answer) { fixture in
            #expect(try await fixture.session.ensureWarm(5).opened == 5)
            #expect(try await fixture.session.ensureWarm(5).opened == 0, "if self.warmed_up: return")
            #expect(fixture.server.acceptedConnections == 5)
            #expect(fixture.server.counts.peakRequestsInFlight <= 4, "four at once are enough")
            #expect(
                fixture.server.requests.allSatisfy { $0.method == "HEAD" },
                "a paid completion warms nothing better"
            )
            try await Self.requests(5, on: fixture.session)
            #expect(fixture.server.acceptedConnections == 5)
        }
    }
}
