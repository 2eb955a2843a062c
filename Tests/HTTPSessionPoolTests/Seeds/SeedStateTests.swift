@testable import HTTPSessionPool
import TestSupport
import Testing

/// What seed 000 says of the state of a pool, on real sockets; its other numbers are in ``SeedNumbersTests``.
///
/// Each test is named after its words.
@Suite(.timeLimit(.minutes(1)))
struct SeedStateTests {
    private static let answer: LoopbackServer.Handler = { _ in .text("ok") }

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
            async let all: Void = fixture.session.requests(30)
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
        try await SessionFixture.run { request in
            request.target == "/never" ? .silence : .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            try await fixture.server.waitUntil("idle") { $0.idleConnections == 1 }
            #expect(fixture.server.closeIdleConnections() == 1)
            try await eventually { fixture.session.statistics.validationFailures == 1 }
            #expect(try await fixture.session.get("/").text == "ok")
            var unanswered = Request(.get, "/never")
            unanswered.timeouts = Timeouts()
            unanswered.timeouts?.firstByte = .milliseconds(30)
            let error = await failure { [unanswered] in try await fixture.session.send(unanswered) }
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
}
