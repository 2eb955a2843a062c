@testable import HTTPSessionPool
import TestSupport
import Testing

/// What seed 001 says of a pool of connections, on real sockets.
///
/// Each test is named after its sentence.
@Suite(.timeLimit(.minutes(1)))
struct SeedPoolTests {
    private static let answer: LoopbackServer.Handler = { _ in .text("ok") }

    // MARK: Why

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
            try await fixture.session.requests(100)
            #expect((1...5).contains(fixture.server.acceptedConnections))
            #expect(fixture.server.requests.count == 100)
            let statistics = fixture.session.statistics
            #expect(statistics.reuses + statistics.connectionsCreated == 100)
        }
    }

    // MARK: Limits

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
                async let here: Void = fixture.session.requests(20)
                async let there: Void = second.requests(20)
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
            try await fixture.session.requests(100)
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

    // MARK: Health and warm-up

    @Test func `Consider healthy if response time is under 5 seconds`() async throws {
        // Silent only once the request was answered: an answer after three failures would make it healthy again, for ever.
        let isDown = Observed(false)
        try await SessionFixture.run {
            $0.health.interval = .milliseconds(15)
            // The limit itself is the default; nobody wants to wait for it here.
            $0.health.timeout = .milliseconds(30)
            $0.health.unhealthyAfter = 3
        } handler: { request in
            request.method == "HEAD" && isDown.value ? .silence : .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            isDown.update { $0 = true }
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
            try await fixture.session.requests(5)
            #expect(fixture.server.acceptedConnections == 5)
        }
    }
}

extension Session {
    /// So many requests at once.
    func requests(_ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                group.addTask {
                    let response = try await self.get("/\(index)")
                    #expect(response.status == 200)
                }
            }
            try await group.waitForAll()
        }
    }
}
