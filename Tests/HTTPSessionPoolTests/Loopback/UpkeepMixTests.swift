@testable import HTTPSessionPool
import TestSupport
import Testing

/// Everything that opens, closes, pauses and replaces at once, in an order that a seed decides.
@Suite(.timeLimit(.minutes(1)))
struct UpkeepMixTests {
    @Test(arguments: [(1, nil), (2, nil), (3, 3), (4, 1)] as [(UInt64, Int?)])
    func `no request is lost while sessions are warmed, checked, pruned, paused and evicted`(
        seed: UInt64,
        total: Int?
    ) async throws {
        var configuration = PoolConfiguration()
        configuration.maxTotalConnections = total
        try await SessionFixture.run(pool: configuration) {
            $0.limits.maxConcurrentRequests = 4
            $0.limits.maxConnections = 4
            $0.minConnections = 2
            $0.maintenanceInterval = .milliseconds(5)
            $0.health.interval = .milliseconds(5)
            $0.timeouts.acquire = nil
        } handler: { request in
            // Some checks fail: sessions become unhealthy and are re-created.
            request.method == "HEAD" && request.index % 3 != 0 ? .text("", status: 503) : .text("ok")
        } _: { fixture in
            let url = fixture.server.url
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var answers = 0
                        for _ in 0..<100 {
                            answers += try await fixture.session.get("/\(worker)").text == "ok" ? 1 : 0
                        }
                        return answers
                    }
                }
                group.addTask {
                    var random = SplitMix64(seed: seed)
                    for _ in 0..<200 {
                        switch random.below(6) {
                        case 0: _ = try await fixture.pool.warmUp(url, connections: 1 + random.below(4))
                        case 1: await fixture.pool.prune(idleFor: .zero)
                        case 2: try fixture.pool.evict(url)
                        case 3: fixture.pool.evictAll()
                        case 4: try fixture.pool.suspend(url, until: .now + .milliseconds(1))
                        default: try fixture.pool.resume(url)
                        }
                        await Task.yield()
                    }
                    try fixture.pool.resume(url)
                    return 0
                }
                var sum = 0
                for try await answers in group { sum += answers }
                return sum
            }
            #expect(answers == 800, "seed \(seed)")
            let gets = fixture.server.requests.count { $0.method == "GET" }
            #expect(gets == 800, "seed \(seed): requests sent")
            #expect(fixture.pool.statistics.total.requests == 800, "seed \(seed): requests counted")
            #expect(fixture.pool.statistics.total.failures == 0, "seed \(seed)")
            // What the upkeep still does would hold a permit while the fixture looks.
            _ = fixture.pool.evictAll()
        }
    }
}
