import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

@Suite struct PoolStatisticsTests {
    /// What must hold in every snapshot, whenever it is taken.
    static func check(_ pool: PoolStatistics) throws {
        let parts = pool.sessions.map(\.statistics) + pool.origins.map(\.statistics) + [pool.total, pool.retired]
        for one in parts {
            try invariant(
                one.connectionsCreated - one.connectionsDestroyed == one.totalConnections,
                "created - destroyed is not total: \(one)"
            )
            try invariant(
                one.idleConnections >= 0 && one.inUseConnections >= 0
                    && one.idleConnections + one.inUseConnections == one.totalConnections,
                "idle + in use is not total: \(one)"
            )
            try invariant(
                one.closeReasons.values.reduce(0, +) == one.connectionsDestroyed,
                "the reasons do not add up: \(one)"
            )
            try invariant(one.failures + one.cancellations <= one.requests, "more failures than requests: \(one)")
            try invariant(
                one.series.reduce(0) { $0 + $1.durations.count } == one.requests,
                "the series do not add up to the requests: \(one)"
            )
            for ratio in [one.utilization, one.reuseRatio, one.errorRate, one.efficiency] {
                try invariant((0...1).contains(ratio), "a ratio of \(ratio): \(one)")
            }
            try invariant(one.last24h.requests == one.requests, "a test that takes less than a day: \(one)")
            try invariant(one.last24h.connectionsCreated == one.connectionsCreated, "created of the day: \(one)")
        }
        let bySession = pool.sessions.reduce(pool.retired.requests) { $0 + $1.statistics.requests }
        try invariant(bySession == pool.total.requests, "sessions and retired ones are not the total")
        try invariant(pool.peakConnections >= pool.total.totalConnections, "a peak below the present")
    }

    @Test(arguments: [21, 22] as [UInt64])
    func `the sums are right in every snapshot taken under load, with evictions, failures and cancellations`(
        _ seed: UInt64
    ) async throws {
        let servers = try (0..<3).map { index in
            var options = LoopbackServer.Options()
            options.address = "127.0.0.\(index + 1)"
            return try LoopbackServer(options: options) { request in
                request.target.hasPrefix("/fail") ? .closeWithoutAnswer : .text("ok", status: 200)
            }
        }
        var configuration = PoolConfiguration()
        configuration.maxSessions = 2
        configuration.session.limits.maxConcurrentRequests = 3
        configuration.acquireTimeout = .seconds(60)
        configuration.session.timeouts.acquire = .seconds(60)
        let pool = SessionPool(configuration: configuration)
        let requests = 400
        let urls = servers.map(\.url)
        let snapshots = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                var taken = 0
                while !Task.isCancelled {
                    try Self.check(pool.statistics)
                    taken += 1
                    await Task.yield()
                }
                return taken
            }
            try await withThrowingTaskGroup(of: Void.self) { callers in
                for caller in 0..<8 {
                    callers.addTask {
                        var random = SplitMix64(seed: seed &* 100 &+ UInt64(caller))
                        for _ in 0..<(requests / 8) {
                            let url = urls[random.below(3)]
                            let path = random.chance(10) ? "/fail" : "/ok"
                            let isCancelled = random.chance(10)
                            let task = Task {
                                try await pool.acquire(url) { _ = try? await $0.post(path, body: [1]) }
                            }
                            if isCancelled { task.cancel() }
                            _ = await task.result
                        }
                    }
                }
                try await callers.waitForAll()
            }
            group.cancelAll()
            return try await group.next() ?? 0
        }
        #expect(snapshots > 0)
        let last = pool.statistics
        #expect(last.evictions > 0 && last.total.failures > 0 && last.total.requests > 0)
        #expect(await pool.shutdown(grace: .seconds(10)) == 0)
        let closed = pool.statistics
        try Self.check(closed)
        #expect(closed.state == .closed && closed.total.totalConnections == 0 && closed.sessions.isEmpty)
        #expect(closed.total.requests == last.total.requests, "nothing is lost when sessions are closed")
        for server in servers { try await server.stop() }
    }

    @Test func `an evicted session's counters go on by its origin`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.maxSessions = 1
            configuration.name = "small"
            let pool = SessionPool(configuration: configuration)
            let other = try LoopbackServer(options: .init()) { _ in .text("ok") }
            for url in [server.url, other.url, server.url] {
                _ = try await pool.session(for: url).get("/")
            }
            let statistics = pool.statistics
            #expect(statistics.name == "small" && statistics.isEnabled && statistics.state == .running)
            #expect(statistics.sessions.count == 1 && statistics.evictions == 2 && statistics.sessionsCreated == 3)
            let origin = try #require(statistics.origins.first { $0.origin == server.url })
            #expect(origin.statistics.requests == 2 && origin.sessions == 1)
            #expect(statistics.origins.first { $0.origin == other.url }?.sessions == 0)
            #expect(statistics.total.requests == 3 && statistics.uptime > .zero)
            await pool.shutdown()
            try await other.stop()
        }
    }

    @Test func `an observer hears of sessions and connections`() async throws {
        let observer = RecordingObserver()
        var configuration = PoolConfiguration()
        configuration.observer = observer
        try await SessionFixture.run(pool: configuration) { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            _ = try await fixture.session.get("/")
            try await observer.heard.wait("two requests end") { $0.ended.count == 2 }
            let heard = observer.heard.value
            #expect(heard.created == [fixture.server.url] && heard.opened == 1 && heard.closed.isEmpty)
            #expect(heard.ended.map(\.reusedConnection) == [false, true])
        }
        let heard = try await observer.heard.wait("the session closes") { !$0.gone.isEmpty }
        #expect(heard.created == heard.gone && heard.closed.count == 1)
    }

    @Test func `what giving a permit back costs is measured, of the first requests and then of a sample`() async throws
    {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 2
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<30 { group.addTask { _ = try await fixture.session.get("/") } }
                try await group.waitForAll()
            }
            // The caller has its answer before the permit is back.
            try await eventually { fixture.session.statistics.releases.count == 30 }
            for _ in 30..<100 { _ = try await fixture.session.get("/") }
            // The first 64, and the one after them.
            try await eventually { fixture.session.statistics.releases.count == 65 }
            _ = try await fixture.session.get("/")
            let total = fixture.pool.statistics.total
            #expect(total.releases.count == 65 && total.releases.mean > .zero)
        }
    }

    @Test func `the ages of connections are counted and told, whoever closed them`() async throws {
        let observer = RecordingObserver()
        var configuration = PoolConfiguration()
        configuration.observer = observer
        try await SessionFixture.run(pool: configuration) { request in
            request.target == "/last" ? .text("ok", headers: ["Connection: close"]) : .text("ok")
        } _: { fixture in
            func isClosed(_ count: Int, _ reason: ConnectionCloseReason) async throws {
                try await eventually { fixture.session.statistics.lifetimes.count == count }
                #expect(observer.heard.value.closed.count == count && observer.heard.value.closed.last == reason)
            }
            // By the server while it was idle, by a caller, by the answer, by the pool's end.
            _ = try await fixture.session.get("/")
            try await fixture.server.waitUntil("idle") { $0.idleConnections == 1 }
            _ = fixture.server.closeIdleConnections()
            try await isClosed(1, .error)
            _ = try await fixture.session.get("/")
            #expect(await fixture.pool.prune(idleFor: .zero) == 1)
            try await isClosed(2, .idle)
            _ = try await fixture.session.get("/last")
            try await isClosed(3, .other)
            _ = try await fixture.session.get("/")
        }
        let heard = try await observer.heard.wait("the session closes") { !$0.gone.isEmpty }
        #expect(heard.opened == 4 && heard.closed == [.error, .idle, .other, .drain])
        #expect(heard.ages.allSatisfy { $0.map { $0 > .zero } ?? false }, "\(heard.ages)")
    }

    @Test func `an address that refuses is no connection`() async throws {
        let port = try ReservedPort()
        let pool = SessionPool()
        let session = try await pool.session(for: "http://127.0.0.1:\(port.number)")
        #expect(await failure { try await session.get("/") }?.code == .connectionFailed)
        let statistics = session.statistics
        #expect(statistics.connectionsCreated == 0 && statistics.connectionsDestroyed == 0)
        #expect(statistics.lifetimes.count == 0)
        await pool.shutdown()
    }

    @Test func `a pool that pools nothing says so, and still counts`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.maxSessions = 0
            let pool = SessionPool(configuration: configuration)
            _ = try await pool.session(for: server.url).get("/")
            #expect(!pool.statistics.isEnabled && pool.statistics.total.requests == 1)
            await pool.shutdown()
        }
    }

    @Test func `who finds no place in time is counted, and who waited for one too`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let other = try LoopbackServer { _ in .text("ok") }
            var configuration = PoolConfiguration()
            configuration.maxSessions = 1
            configuration.acquireTimeout = .milliseconds(20)
            let pool = SessionPool(configuration: configuration)
            try await pool.acquire(server.url) { _ in
                let error = await failure { try await pool.session(for: other.url) }
                #expect(error?.code == .acquireTimeout)
            }
            #expect(pool.statistics.placeTimeouts == 1 && pool.statistics.acquireTimeouts == 1)
            await pool.shutdown()
            try await other.stop()
        }
    }
}
