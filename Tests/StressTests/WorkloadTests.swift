@testable import HTTPSessionPool
import TestSupport
import Testing

/// Everything at once: several pools, loops and sessions, requests, streams, evictions, closes, cancels and shutdowns.
///
/// The sanitizers watch; the test itself checks that every request ends, once, and that nothing is left.
@Suite(.serialized)
struct WorkloadTests {
    @Test(arguments: [11 as UInt64, 12, 13])
    func `a mixed random workload leaves nothing`(seed: UInt64) async throws {
        let servers = try (0..<4).map { _ in try LoopbackServer(CancellationStressTests.handler) }
        let urls = servers.map(\.url)
        for round in 0..<max(4, Scale.steps(8)) {
            let pool = SessionPool(configuration: Self.configuration(round))
            let seed = seed &* 1_000 &+ UInt64(round)
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        var random = SplitMix64(seed: seed &* 100 &+ UInt64(task))
                        for _ in 0..<20 { await Self.step(pool, urls, &random) }
                    }
                }
                if round % 3 == 0 {
                    group.addTask { await pool.shutdown(grace: .milliseconds(round)) }
                }
            }
            await pool.shutdown()
            let total = pool.statistics.total
            #expect(total.totalConnections == 0, "seed \(seed)")
            #expect(total.idleConnections == 0, "seed \(seed)")
            #expect(total.waiting == 0, "seed \(seed)")
        }
        for server in servers {
            try await server.waitForOpenConnections(0)
            try await server.stop()
        }
    }

    private static func configuration(_ round: Int) -> PoolConfiguration {
        var configuration = PoolConfiguration()
        configuration.maxSessions = 1 + round % 4
        configuration.eviction = round % 2 == 0 ? .lru : .fifo
        configuration.eventLoops = 1 + round % 3
        configuration.acquireTimeout = .seconds(5)
        configuration.maxTotalConnections = round % 4 == 3 ? 4 : nil
        configuration.session.limits.maxConcurrentRequests = 4
        configuration.session.limits.maxConnections = 4
        configuration.session.limits.streamHighWaterMark = 2_048
        configuration.session.timeouts.firstByte = .milliseconds(10)
        configuration.session.timeouts.total = .milliseconds(50)
        configuration.session.timeouts.streamTotal = .milliseconds(50)
        return configuration
    }

    private static func step(_ pool: SessionPool, _ urls: [String], _ random: inout SplitMix64) async {
        let url = urls[random.below(urls.count)]
        switch random.below(20) {
        case 0: _ = try? await pool.closeSession(for: url, grace: .milliseconds(random.below(5)))
        case 1 where random.chance(20): _ = await pool.closeAll(grace: .zero)
        case 1...4:
            let task = Task { try await pool.session(for: url).get("/") }
            for _ in 0..<random.below(8) { await Task.yield() }
            task.cancel()
            _ = await task.result
        case 5...9:
            guard let response = try? await pool.session(for: url).stream(Request(.get, "/")) else { return }
            var left = random.below(4)
            var pieces = response.body.makeAsyncIterator()
            while left > 0, (try? await pieces.next()) != nil { left -= 1 }
        case 10...12:
            _ = try? await pool.acquire(url) { session in
                try await session.onLoop { try await session.post("/", body: [1, 2, 3]) }
            }
        default: _ = try? await pool.session(for: url).get("/")
        }
    }

    @Test func `a soak of requests keeps descriptors and memory flat`() async {
        // In a process of its own: other tests need memory too.
        await #expect(processExitsWith: .success) {
            try await LoopbackServer.serving { _ in
                .text("ok")
            } _: { server in
                let pool = SessionPool()
                let session = try await pool.session(for: server.url)
                func run(_ count: Int) async throws {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<10 {
                            group.addTask {
                                for index in 0..<(count / 10) {
                                    if index % 4 == 0 {
                                        _ = try await session.stream(Request(.get, "/")).body.collect()
                                    } else {
                                        _ = try await session.post("/", headers: ["X-Number": "\(index)"], body: [1])
                                    }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                // The server remembers every request: what it remembers is measured by a first run and allowed again.
                try await run(Scale.steps(5_000))
                let (descriptors, memory) = (try ProcessFacts.openDescriptors(), try ProcessFacts.residentBytes())
                let connections = server.acceptedConnections
                try await run(Scale.steps(5_000))
                let grown = try ProcessFacts.residentBytes() - memory
                try invariant(try ProcessFacts.openDescriptors() <= descriptors, "descriptors leak")
                try invariant(server.acceptedConnections == connections, "connections are not kept")
                try invariant(grown < 40 * 1_024 * 1_024, "5 000 requests need \(grown) bytes")
                await pool.shutdown()
            }
        }
    }
}
