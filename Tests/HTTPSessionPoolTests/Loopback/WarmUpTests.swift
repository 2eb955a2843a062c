@testable import HTTPSessionPool
import TestSupport
import Testing

/// Connections opened before requests need them.
@Suite(.timeLimit(.minutes(1)))
struct WarmUpTests {
    @Test func `a warm-up opens connections by HEAD, and requests use them`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            let report = try await fixture.session.ensureWarm(3)
            #expect(report.connections == 3)
            #expect(report.opened == 3)
            #expect(report.errors.isEmpty)
            #expect(fixture.server.requests.map(\.method) == ["HEAD", "HEAD", "HEAD"])
            #expect(fixture.server.requests.allSatisfy { $0.target == "/" })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { _ = try await fixture.session.get("/") } }
                try await group.waitForAll()
            }
            #expect(fixture.server.acceptedConnections == 3)
            // Requests are what others asked for; connections are all there are.
            #expect(fixture.session.statistics.requests == 3)
            #expect(fixture.session.statistics.reuses == 3)
            #expect(fixture.session.statistics.connectionsCreated == 3)
            #expect(fixture.session.warmUpStatistics.opened == 3)
            #expect(try await fixture.session.ensureWarm(3).opened == 0, "there are enough")
        }
    }

    @Test func `no more than four at once, and no more than the limits allow`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.limits.maxConnections = 7
        } handler: { _ in
            .text("").after(.wait(gate))
        } _: { fixture in
            async let report = fixture.session.ensureWarm(50)
            try await fixture.server.waitUntil("four requests") { $0.requestsInFlight == 4 }
            gate.open()
            #expect(try await report.connections == 7)
            #expect(fixture.server.acceptedConnections == 7)
            #expect(fixture.server.counts.peakRequestsInFlight <= 4)
        }
    }

    @Test func `many callers, one warm-up`() async throws {
        try await SessionFixture.run { _ in
            .text("")
        } _: { fixture in
            try await withThrowingTaskGroup(of: WarmUpReport.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await fixture.pool.warmUp(fixture.server.url, connections: 2) }
                }
                for try await report in group { #expect(report.connections == 2) }
            }
            #expect(fixture.server.acceptedConnections == 2)
            #expect(fixture.server.requests.count == 2)
            #expect(fixture.session.warmUpStatistics.runs == 1)
        }
    }

    @Test func `a pool warms a session as soon as it has made it, by the request it is told to use`() async throws {
        try await LoopbackServer.serving { _ in
            .text("no", status: 401)
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.session.minConnections = 2
            configuration.session.warmUp.probe = ProbeRequest(.options, "/models")
            let pool = SessionPool(configuration: configuration)
            let session = try await pool.session(for: "\(server.url)/v1")
            try await server.waitForRequests(2)
            #expect(server.requests.map(\.method) == ["OPTIONS", "OPTIONS"])
            #expect(server.requests.allSatisfy { $0.target == "/v1/models" })
            try await eventually { session.warmUpStatistics.runs == 1 }
            #expect(session.warmUpStatistics.opened == 2, "any status means that the connection is there")
            #expect(session.statistics.idleConnections == 2)
            #expect(await pool.shutdown() == 0)
        }
    }

    @Test func `a start that is due in an hour keeps no caller and no request waiting`() async throws {
        try await SessionFixture.run {
            $0.minConnections = 2
            // The fraction of it that a session waits is less than a second once in 10 000 sessions.
            $0.warmUp.startJitter = .seconds(36_000)
            $0.maintenanceInterval = .seconds(36_000)
        } handler: { _ in
            .text("")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            #expect(fixture.server.requests.map(\.method) == ["GET"], "no warm-up yet")
            #expect(try await fixture.session.ensureWarm().connections == 2)
            #expect(fixture.server.acceptedConnections == 2)
        }
    }

    @Test func `without warmupOnStartup nothing is opened until it is due`() async throws {
        try await SessionFixture.run {
            $0.minConnections = 1
            $0.warmupOnStartup = false
            $0.maintenanceInterval = .milliseconds(20)
        } handler: { _ in
            .text("")
        } _: { fixture in
            // The first sweep is the one that finds too few.
            try await fixture.server.waitForOpenConnections(1)
            try await eventually { fixture.session.warmUpStatistics.runs == 1 }
            #expect(fixture.server.acceptedConnections == 1)
        }
    }

    @Test func `connections that the server closes are replaced`() async throws {
        try await SessionFixture.run {
            $0.minConnections = 2
            $0.maintenanceInterval = .milliseconds(20)
        } handler: { _ in
            .text("")
        } _: { fixture in
            try await fixture.server.waitForOpenConnections(2)
            for round in 1...3 {
                // An accepted connection counts as idle until its HEAD has come.
                try await fixture.server.waitUntil("two warm ones") {
                    $0.requests.count == 2 * round && $0.idleConnections == 2
                }
                #expect(fixture.server.closeIdleConnections() == 2)
                try await fixture.server.waitUntil("two new ones") { $0.acceptedConnections == 2 * (round + 1) }
            }
            try await eventually { fixture.session.warmUpStatistics.runs >= 4 }
        }
    }

    @Test func `failures are counted, and errors only where a warm-up is required`() async throws {
        let port = try ReservedPort()
        let pool = SessionPool()
        let url = "http://127.0.0.1:\(port.number)"
        let report = try await pool.warmUp(url, connections: 4)
        #expect(report.connections == 0)
        #expect(report.errors.first?.code == .connectionFailed)
        #expect(report.errors.count <= 4)
        var required = SessionConfiguration()
        required.minConnections = 1
        required.warmUp.isRequired = true
        let error = await failure { try await pool.session(for: url, configuration: required) }
        #expect(error?.code == .connectionFailed)
        #expect(await pool.shutdown() == 0)
    }

    @Test func `a request that needs the permit does not wait for a warm-up`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
        } handler: { request in
            request.method == "HEAD" ? .silence : .text("ok")
        } _: { fixture in
            async let report = fixture.session.ensureWarm()
            try await fixture.server.waitForRequests(1)
            #expect(try await fixture.session.get("/").text == "ok")
            #expect(try await report.errors.isEmpty, "yielding is no failure")
            #expect(fixture.session.statistics.failures == 0)
        }
    }

    @Test func `the end of a pool does not wait for a warm-up, nor count it`() async throws {
        try await LoopbackServer.serving { _ in
            .silence
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            async let report = session.ensureWarm(2)
            try await server.waitForRequests(2)
            #expect(await pool.shutdown() == 0)
            _ = try? await report
            try await server.waitForOpenConnections(0)
        }
    }

    // MARK: Cancelled callers

    /// Ways to wait for a warm-up.
    enum Wait: CaseIterable {
        case poolWarmUp, ensureWarm, session, acquire

        func run(_ pool: SessionPool, _ url: String, _ required: SessionConfiguration) async throws {
            switch self {
            case .poolWarmUp: try await pool.warmUp(url, configuration: required)
            case .ensureWarm:
                var plain = required
                plain.warmUp.isRequired = false
                try await pool.session(for: url, configuration: plain).ensureWarm()
            case .session: _ = try await pool.session(for: url, configuration: required)
            case .acquire: try await pool.acquire(url, configuration: required) { _ in }
            }
        }
    }

    private static var required: SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.warmUp.isRequired = true
        configuration.warmUp.timeout = .seconds(300)
        configuration.timeouts.firstByte = nil
        return configuration
    }

    @Test(arguments: Wait.allCases)
    func `who is cancelled waits for no warm-up, and one that nobody wants ends`(wait: Wait) async throws {
        try await LoopbackServer.serving { _ in
            .silence
        } _: { server in
            let pool = SessionPool()
            let task = Task { try await wait.run(pool, server.url, Self.required) }
            try await server.waitForRequests(1)
            task.cancel()
            #expect(await failure { try await task.value }?.code == .cancelled)
            try await server.waitForOpenConnections(0)
            try await eventually { pool.conditions.first?.warmUp.runs == 1 }
            #expect(pool.conditions.first?.warmUp.failures == 0, "it was broken off")
            #expect(await pool.shutdown() == 0)
        }
    }

    @Test func `a warm-up goes on for those who still wait, the next and larger one too`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.warmUp.parallel = 1
        } handler: { _ in
            .text("").after(.wait(gate))
        } _: { fixture in
            async let small = fixture.session.ensureWarm(1)
            try await fixture.server.waitForRequests(1)
            let impatient = Task { try await fixture.session.ensureWarm(1) }
            let larger = Task { try await fixture.session.ensureWarm(3) }
            async let largest = fixture.session.ensureWarm(3)
            try await eventually { await fixture.session.core.warmUpWaiters == 5 }
            impatient.cancel()
            larger.cancel()
            #expect(await failure { try await impatient.value }?.code == .cancelled)
            #expect(await failure { try await larger.value }?.code == .cancelled)
            gate.open()
            #expect(try await small.connections >= 1)
            #expect(try await largest.connections == 3)
            #expect(fixture.server.acceptedConnections == 3)
        }
    }

    @Test func `cancelled waits for a warm-up leave nothing`() async throws {
        try await SessionFixture.run { _ in
            .silence
        } _: { fixture in
            let stays = Task { try await fixture.session.ensureWarm(1) }
            try await fixture.server.waitForRequests(1)
            for _ in 0..<10 {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { _ = try? await fixture.session.ensureWarm(1) } }
                    group.cancelAll()
                }
            }
            try await eventually { await fixture.session.core.warmUpWaiters == 1 }
            #expect(fixture.server.requests.count == 1)
            stays.cancel()
            #expect(await failure { try await stays.value }?.code == .cancelled)
            try await eventually { await fixture.session.core.warmUps.isEmpty }
        }
    }

    @Test func `a warm-up that is required is made although no connection is to be kept`() async throws {
        let port = try ReservedPort()
        let pool = SessionPool()
        #expect(Self.required.minConnections == 0)
        for connections in [nil, 2] {
            var configuration = Self.required
            configuration.warmUp.connections = connections
            let url = "http://127.0.0.1:\(port.number)"
            let error = await failure { try await pool.session(for: url, configuration: configuration) }
            #expect(error?.code == .connectionFailed)
        }
        try await LoopbackServer.serving { _ in
            .text("")
        } _: { server in
            _ = try await pool.session(for: server.url, configuration: Self.required)
            #expect(server.acceptedConnections == 1)
            await pool.shutdown()
        }
    }
}

extension SessionCore {
    /// Those who wait for warm-ups, one that waits for another included.
    fileprivate var warmUpWaiters: Int { warmUps.reduce(0) { $0 + $1.waiters.count } }
}
