@testable import HTTPSessionPool
import TestSupport
import Testing

/// Hours, by a clock that the tests move.
@Suite(.timeLimit(.minutes(1)))
struct `Resource pool over time` {
    @Test func `an hour of nothing: the minimum stays, is pinged every minute, and is replaced when it is old`()
        async throws
    {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) { $0.minSize = 2 }
        try await pool.run(clock, .seconds(3_239))
        #expect(world.value.created == 2, "no lifetime is shorter than nine tenths")
        // One ping in 54 to 66 s.
        let pings = world.value.pinged.count
        #expect(pings >= 2 * (3_239 / 66) && pings <= 2 * (3_239 / 54))
        try await pool.run(clock, .seconds(361))
        #expect(world.value.closed.sorted() == [1, 2])
        #expect(world.value.created == 4)
        let facts = pool.statistics
        #expect(facts.idle == 2)
        #expect(facts.destroyedByReason == [.age: 2])
        #expect(facts.healthChecks == world.value.pinged.count)
        #expect(world.value.violations == [])
        await pool.shutdown()
    }

    @Test func `resources made together do not end together`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) {
            $0.minSize = 10
            $0.idleTimeout = nil
            $0.healthCheckInterval = nil
        }
        var ends: [Duration] = []
        try await pool.run(clock, .seconds(3_000))
        for _ in 0..<600 {
            try await pool.run(clock, .seconds(1))
            let closed = world.value.closed.filter { $0 <= 10 }.count
            while ends.count < closed { ends.append(clock.now.offset) }
        }
        #expect(ends.count == 10)
        #expect(ends.allSatisfy { $0 >= .seconds(3_240) && $0 <= .seconds(3_601) })
        #expect(Set(ends).count > 3, "360 s for ten ends")
        await pool.shutdown()
    }

    @Test func `an hour of load: what a peak has needed is let go after the idle timeout`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) { $0.minSize = 1 }
        for minute in 0..<60 {
            let count = minute == 10 ? 8 : 2
            var leases: [ResourceLease<FakeResource>] = []
            for _ in 0..<count { leases.append(try await pool.acquire()) }
            try await pool.run(clock, .seconds(20))
            for lease in leases { try pool.release(lease) }
            try await pool.run(clock, .seconds(40))
            let held = pool.statistics.totalConnections
            switch minute {
            case 10..<15: #expect(held == 8, "minute \(minute)")
            case 16...: #expect(held == 2, "minute \(minute)")
            default: break
            }
        }
        #expect(pool.statistics.destroyedByReason[.idle] == 6)
        #expect(pool.statistics.peakInUse == 8)
        #expect(world.value.violations == [])
        await pool.shutdown()
    }

    @Test func `a resource that dies while it is idle is found and replaced`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) { $0.minSize = 2 }
        try await pool.run(clock, .seconds(1))
        world.state.update { $0.dead = [1] }
        try await pool.run(clock, .seconds(66))
        #expect(world.value.closed == [1])
        #expect(pool.statistics.idle == 2)
        #expect(pool.statistics.failedHealthChecks == 1)
        await pool.shutdown()
    }

    @Test func `a use of ten minutes is neither idle nor pinged nor closed`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock)
        try await pool.withResource { resource in
            try await resource.use { try await pool.run(clock, .seconds(600)) }
        }
        #expect(world.value.pinged == [])
        #expect(pool.statistics.idle == 1)
        #expect(pool.statistics.totalUseTime == .seconds(600))
        try await pool.run(clock, .seconds(299))
        #expect(pool.statistics.idle == 1)
        try await pool.run(clock, .seconds(1))
        #expect(pool.statistics.idle == 0)
        #expect(world.value.violations == [])
        await pool.shutdown()
    }

    @Test func `the grace of a shutdown is by the pool's clock`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) { $0.maxSize = 1 }
        let lease = try await pool.acquire()
        let shutdown = Task { await pool.shutdown(grace: .seconds(30)) }
        try await pool.waitUntilClosed()
        clock.advance(by: .seconds(30))
        #expect(await shutdown.value == 1)
        try pool.release(lease)
    }

    @Test func `the minimum is tried again after the factory has failed, ever less often`() async throws {
        let (clock, world) = (TestClock(), FakeWorld { $0.failures = .max })
        let pool = try world.pool(clock: clock) { $0.minSize = 1 }
        try await pool.run(clock, .seconds(3_600))
        let attempts = world.value.attempts
        #expect(attempts > 60 && attempts < 75, "\(attempts) attempts in an hour")
        world.state.update { $0.failures = 0 }
        try await pool.run(clock, .seconds(60))
        #expect(pool.statistics.idle == 1)
        await pool.shutdown()
    }
}
