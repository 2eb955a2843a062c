@testable import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// Who goes first, who is let in, and how long sessions and pools live.
@Suite(.timeLimit(.minutes(1)))
struct LifeCycleTests {
    private static func pool(
        _ capacity: Int,
        _ change: (inout PoolConfiguration) -> Void = { _ in }
    ) -> SessionPool {
        var configuration = PoolConfiguration()
        configuration.maxSessions = capacity
        configuration.acquireTimeout = .seconds(300)
        change(&configuration)
        return SessionPool(configuration: configuration)
    }

    // MARK: Least recently used

    @Test(arguments: [false, true])
    func `a request through a handle that was kept is a use, and so is a stream`(isStream: Bool) async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let pool = Self.pool(2)
            let kept = try await pool.session(for: server.url)
            let id = kept.id
            for index in 0..<4 {
                _ = try await pool.session(for: "http://host\(index).test")
                if isStream {
                    _ = try await kept.stream(Request(.get, "/")).body.collect()
                } else {
                    _ = try await kept.get("/")
                }
            }
            #expect(kept.id == id)
            #expect(server.acceptedConnections == 1)
            #expect(pool.statistics.evictions == 3)
            await pool.shutdown(grace: .zero)
        }
    }

    @Test func `of several handles the one that was used the longest ago goes`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let pool = Self.pool(3)
            var handles: [Session] = []
            for limit in 1...3 {
                var configuration = SessionConfiguration()
                configuration.limits.maxConcurrentRequests = limit
                handles.append(try await pool.session(for: server.url, configuration: configuration))
            }
            for index in [2, 0, 1] { _ = try await handles[index].get("/") }
            for (next, evicted) in [2, 0, 1].enumerated() {
                _ = try await pool.session(for: "http://host\(next).test")
                #expect(handles[evicted].isClosed)
                #expect(handles.count { $0.isClosed } == next + 1)
            }
            await pool.shutdown(grace: .zero)
        }
    }

    // MARK: Places

    /// The line of transact-rs/sqlx#453 and MagicStack/asyncpg#1247: nobody stands behind one who cannot go on.
    @Test func `who waits for a session is let in with the first who does, wherever they stand`() async throws {
        let pool = Self.pool(1)
        let (first, second) = (Observed(false), Observed(false))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.acquire("http://x.test") { _ in _ = try await first.wait { $0 } } }
            try await eventually { pool.statistics.sessions.count == 1 }
            let order = Observed<[String]>([])
            for (index, name) in ["b1", "a", "b2", "b3"].enumerated() {
                group.addTask {
                    try await pool.acquire("http://\(name.prefix(1)).test") { _ in
                        order.update { $0.append(name) }
                        if name.hasPrefix("b") { _ = try await second.wait { $0 } }
                    }
                }
                try await eventually { pool.statistics.waiting == index + 1 }
            }
            first.update { $0 = true }
            try await order.wait("everybody who waits for b") { Set($0) == ["b1", "b2", "b3"] }
            #expect(pool.statistics.waiting == 1)
            second.update { $0 = true }
            try await group.waitForAll()
            #expect(order.value.last == "a")
        }
        await pool.shutdown(grace: .zero)
    }

    @Test(arguments: [false, true])
    func `the total of a request runs while its handle waits for a place`(isStream: Bool) async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let pool = Self.pool(1)
            let kept = try await pool.session(for: server.url)
            try await pool.acquire("http://busy.test") { _ in
                var request = Request(.get, "/")
                var timeouts = Timeouts()
                timeouts.total = isStream ? nil : .milliseconds(20)
                timeouts.streamTotal = isStream ? .milliseconds(20) : nil
                request.timeouts = timeouts
                let error = await failure {
                    if isStream { _ = try await kept.stream(request) } else { _ = try await kept.send(request) }
                }
                #expect(error?.code == .deadlineExceeded)
                #expect(error?.delivery == .notSent)
                #expect(pool.statistics.waiting == 0)
            }
            #expect(try await kept.get("/").status == 200)
            await pool.shutdown(grace: .zero)
        }
    }

    // MARK: Probes

    @Test func `a request that may not wait gets the permit of a warm-up`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 2
            $0.limits.maxWaiters = 0
        } handler: { request in
            request.method == "HEAD" ? .silence : .text("ok")
        } _: { fixture in
            let warming = Task { try await fixture.session.ensureWarm(2) }
            try await fixture.server.waitForRequests(2)
            #expect(try await fixture.session.get("/").text == "ok")
            #expect(fixture.session.statistics.failures == 0)
            warming.cancel()
            _ = try? await warming.value
        }
    }

    @Test func `a request that may not wait gets the only permit of a check that hangs`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.limits.maxWaiters = 0
            $0.minConnections = 1
            $0.warmupOnStartup = false
            $0.maintenanceInterval = .seconds(3_600)
            $0.health.interval = .milliseconds(20)
            $0.health.timeout = .seconds(300)
        } handler: { request in
            request.method == "HEAD" ? .silence : .text("ok")
        } _: { fixture in
            for round in 1...3 {
                try await fixture.server.waitUntil("a check that hangs") { counts in
                    counts.requests.count { $0.method == "HEAD" } >= round
                }
                #expect(try await fixture.session.get("/").text == "ok")
            }
            #expect(fixture.session.statistics.failures == 0)
        }
    }

    // MARK: The pool's own life

    @Test func `a session that is kept keeps its pool, and closes everything when it goes`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            var kept: Session? = try await SessionPool().session(for: server.url)
            weak let storage = kept?.owner as? PoolStorage
            #expect(try await kept?.get("/").status == 200)
            #expect(try await kept?.stream(Request(.get, "/")).body.collect() == Array("ok".utf8))
            // It is still the pool's: what is evicted there comes again, by any path.
            _ = try #require(storage).evict(try #require(storage).removeAll())
            #expect(try await kept?.get("/").status == 200)
            try await server.waitForOpenConnections(1)
            kept = nil
            try await server.waitForOpenConnections(0)
            try await eventually { storage == nil }
        }
    }

    @Test func `a pool without sessions in use closes when it goes, whatever was opened`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            var pool: SessionPool? = SessionPool()
            weak let storage = pool?.storage
            #expect(try await pool?.session(for: server.url).get("/").status == 200)
            #expect(try await pool?.session(for: server.url + "/v1").get("/").status == 200)
            pool = nil
            try await server.waitForOpenConnections(0)
            try await eventually { storage == nil }
        }
    }

    @Test func `a session goes on after its multi handle could not be made`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            await fixture.session.core.loseMultiHandle()
            #expect(try await fixture.session.get("/").status == 200)
            #expect(try await fixture.session.get("/").status == 200)
            #expect(fixture.server.acceptedConnections == 2)
        }
    }
}

extension SessionCore {
    /// As when `curl_multi_init` fails after the connections were dropped.
    fileprivate func loseMultiHandle() {
        engine?.dropConnections()
        engine?.multi = nil
    }
}
