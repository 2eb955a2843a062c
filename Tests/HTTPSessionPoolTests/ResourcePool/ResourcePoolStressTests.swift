@testable import HTTPSessionPool
import TestSupport
import Testing

/// Many tasks at once; the resources themselves notice when two have one, or when one is closed under its user.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Resource pool under load` {
    @Test func `10 000 callers, half of them cancelled, are served strictly in their order`() async throws {
        let world = FakeWorld()
        let pool = try world.pool {
            $0.maxSize = 1
            $0.maxWaiters = .max
            $0.acquireTimeout = nil
        }
        let lease = try await pool.acquire()
        let served = Observed<[Int]>([])
        var random = SplitMix64(seed: 3)
        let count = Scale.steps(10_000)
        var callers: [Task<Void, any Error>] = []
        for index in 0..<count {
            callers.append(
                Task {
                    try await pool.withResource { _ in served.update { $0.append(index) } }
                }
            )
            // The order in which they are in line is that of their numbers.
            while pool.core.load.waiting <= index { await Task.yield() }
        }
        let cancelled = Set((0..<count).shuffled(using: &random).prefix(count / 2))
        for index in cancelled { callers[index].cancel() }
        while pool.core.load.waiting > count - cancelled.count { await Task.yield() }
        try pool.release(lease)
        for (index, caller) in callers.enumerated() {
            switch await caller.result {
            case .success: try invariant(!cancelled.contains(index), "\(index) was cancelled and served")
            case .failure(let error):
                try invariant(cancelled.contains(index), "\(index) failed: \(error)")
                try invariant((error as? ResourcePoolError)?.code == .cancelled, "\(error)")
            }
        }
        #expect(served.value == (0..<count).filter { !cancelled.contains($0) })
        #expect(pool.statistics.created == 1)
        #expect(pool.statistics.cancelled == cancelled.count)
        await pool.shutdown()
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `whatever happens at once, nobody shares a resource and none is left`(seed: UInt64) async throws {
        let world = FakeWorld()
        let pool = try Self.pool(world, seed: seed)
        let isOver = Observed(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Every snapshot of a pool at work adds up.
                while !isOver.value {
                    try Self.check(pool, seed: seed)
                    await Task.yield()
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { callers in
                for task in 0..<32 {
                    callers.addTask {
                        var random = SplitMix64(seed: seed &* 1_000 &+ UInt64(task))
                        for _ in 0..<Scale.steps(200) { try await Self.step(pool, world, &random) }
                    }
                }
                try await callers.waitForAll()
            }
            isOver.update { $0 = true }
            try await group.waitForAll()
        }
        #expect(pool.statistics.inUse == 0, "seed \(seed)")
        #expect(pool.statistics.waiting == 0, "seed \(seed)")
        #expect(await pool.shutdown() == 0, "seed \(seed)")
        try await world.state.wait("all is closed") { $0.open.isEmpty }
        let value = world.value
        #expect(value.violations == [], "seed \(seed)")
        #expect(value.peakOpen <= 4, "seed \(seed)")
        let facts = pool.statistics
        #expect(facts.created == value.created, "seed \(seed)")
        #expect(facts.destroyed == value.created, "seed \(seed)")
        #expect(facts.totalConnections == 0, "seed \(seed)")
        #expect(facts.reuseRatio > 0 && facts.reuseRatio < 1, "seed \(seed)")
    }

    private static func pool(_ world: FakeWorld, seed: UInt64) throws -> ResourcePool<FakeResource> {
        try world.pool {
            $0.minSize = Int(seed % 3)
            $0.maxSize = 4
            $0.order = seed % 2 == 0 ? .mostRecentlyUsed : .leastRecentlyUsed
            $0.aliveBypass = seed % 3 == 0 ? .zero : .milliseconds(500)
            $0.healthCheckInterval = .milliseconds(2)
            $0.idleTimeout = .milliseconds(3)
            $0.maxLifetime = .milliseconds(20)
            $0.acquireTimeout = .seconds(100)
            // What is closed or pinged late must not look like a failure.
            $0.pingTimeout = .seconds(100)
            $0.closeTimeout = .seconds(100)
            $0.createTimeout = nil
        }
    }

    private static func check(_ pool: ResourcePool<FakeResource>, seed: UInt64) throws {
        let facts = pool.statistics
        try invariant(facts.created - facts.destroyed == facts.totalConnections, "seed \(seed): \(facts)")
        try invariant(facts.totalConnections == facts.idle + facts.inUse, "seed \(seed): \(facts)")
        try invariant(facts.totalConnections + facts.creating + facts.closing <= facts.maxSize, "seed \(seed)")
        try invariant(facts.reused <= facts.acquired, "seed \(seed): \(facts)")
    }

    private struct Failure: Error {}

    private static func step(
        _ pool: ResourcePool<FakeResource>,
        _ world: FakeWorld,
        _ random: inout SplitMix64
    ) async throws {
        let yields = random.below(4)
        do {
            switch random.below(20) {
            case 0: world.state.update { $0.failures += 1 }
            case 1:
                let victim = random.below(10)
                world.state.update { $0.dead.insert($0.created - victim) }
            case 2: pool.prune(idleFor: .zero)
            case 3 where random.chance(20): pool.evictAll()
            case 4: try await pool.warmUp(2)
            case 5...8:
                let task = Task {
                    try await pool.withResource { resource in await resource.use { await Task.yield() } }
                }
                for _ in 0..<yields { await Task.yield() }
                task.cancel()
                try await task.value
            case 9: _ = try await pool.acquire()
            case 10: try pool.discard(try await pool.acquire())
            case 11:
                _ = try await pool.withResource { resource in
                    try await resource.use { throw Failure() }
                }
            case 12: _ = try await pool.withResource(timeout: .microseconds(random.below(500))) { $0.id }
            default:
                try await pool.withResource { resource in
                    await resource.use { for _ in 0..<yields { await Task.yield() } }
                }
            }
        } catch let error as ResourcePoolError {
            // Each of these is what somebody asked for above.
            let expected: [ResourcePoolError.Code] = [.factoryFailed, .cancelled, .acquireTimeout]
            try invariant(expected.contains(error.code), "\(error)")
        } catch is Failure {}
    }
}

/// How much the long runs do.
private enum Scale {
    /// ThreadSanitizer makes everything some ten times slower, and finds races in short runs as well as in long ones.
    static func steps(_ count: Int) -> Int {
        #if THREAD_SANITIZER
            max(1, count / 20)
        #else
            count
        #endif
    }
}
