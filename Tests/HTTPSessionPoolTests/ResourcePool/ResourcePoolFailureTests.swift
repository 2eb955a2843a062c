@testable import HTTPSessionPool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Resource pool when things go wrong` {
    @Test func `the factory's error reaches the caller, typed and without its text`() async throws {
        let world = FakeWorld { $0.failures = 1 }
        let pool = try world.pool()
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() }
        #expect(error?.code == .factoryFailed)
        #expect(error?.underlyingError is FakeWorld.FactoryFailure)
        #expect(error?.isRetryable == true)
        #expect(
            error?.description == "factoryFailed (fake): The factory failed with FactoryFailure; see underlyingError."
        )
        try await pool.withResource { _ in }
        #expect(pool.statistics.failedCreates == 1)
        #expect(pool.statistics.failedAcquires == 1)
        await pool.shutdown()
    }

    @Test func `no place is lost to a hundred failures`() async throws {
        let world = FakeWorld { $0.failures = 100 }
        let pool = try world.pool { $0.maxSize = 2 }
        for _ in 0..<100 {
            await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() }
        }
        let first = try await pool.acquire()
        let second = try await pool.acquire()
        #expect(pool.statistics.inUse == 2)
        try pool.release(first)
        try pool.release(second)
        await pool.shutdown()
    }

    @Test func `a factory that hangs costs the caller its timeout, and its late resource goes to the next`()
        async throws
    {
        let clock = TestClock()
        let world = FakeWorld { $0.isStuck = true }
        let pool = try world.pool(clock: clock) { $0.maxSize = 1 }
        let caller = Task { try await pool.acquire() }
        try await world.state.wait("the factory runs") { $0.attempts == 1 }
        clock.advance(by: .seconds(5))
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await caller.value }
        #expect(error?.code == .acquireTimeout)
        #expect(
            error?.message
                == "No resource in time: 0 of 1 are in use, 1 are being created, 0 more callers wait."
        )
        let next = Task { try await pool.acquire() }
        while pool.statistics.waiting == 0 { await Task.yield() }
        world.state.update { $0.isStuck = false }
        let lease = try await next.value
        #expect(try lease.resource.id == 1)
        #expect(world.value.attempts == 1)
        try pool.release(lease)
        await pool.shutdown()
    }

    @Test func `what a late factory makes for nobody becomes idle`() async throws {
        let world = FakeWorld { $0.isStuck = true }
        let pool = try world.pool()
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire(timeout: .zero) }
        #expect(error?.code == .acquireTimeout)
        world.state.update { $0.isStuck = false }
        while pool.statistics.idle == 0 { await Task.yield() }
        let lease = try await pool.acquire()
        #expect(pool.statistics.created == 1)
        #expect(lease.earlierUses == 0)
        try pool.release(lease)
        await pool.shutdown()
    }

    @Test func `a factory that hangs is cancelled after its time`() async throws {
        let clock = TestClock()
        let world = FakeWorld { $0.isStuck = true }
        let pool = try world.pool(clock: clock) {
            $0.maxSize = 1
            $0.acquireTimeout = nil
            $0.createTimeout = .seconds(10)
        }
        let caller = Task { try await pool.acquire() }
        try await world.state.wait("the factory runs") { $0.attempts == 1 }
        // First nobody counts on it any more, then it is cancelled: two timers.
        while pool.statistics.failedCreates == 0 {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await caller.value }
        #expect(error?.code == .factoryFailed)
        #expect(error?.message == "The factory did not finish within 10.0 seconds and was cancelled.")
        #expect(error?.underlyingError is CancellationError)
        #expect(world.value.cancellations == 1)
        await pool.shutdown()
    }

    @Test func `a caller that times out behind a full pool is told so`() async throws {
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 1 }
        let lease = try await pool.acquire()
        let error = await #expect(throws: ResourcePoolError.self) {
            _ = try await pool.acquire(timeout: .milliseconds(5))
        }
        #expect(
            error?.message
                == "No resource in time: 1 of 1 are in use, 0 are being created, 0 more callers wait. Raise maxSize or "
                + "the timeout."
        )
        #expect(pool.statistics.timeouts == 1)
        try pool.release(lease)
        await pool.shutdown()
    }

    @Test func `cancelling a caller frees it at once, and its place in line`() async throws {
        let world = FakeWorld()
        let pool = try world.pool {
            $0.maxSize = 1
            $0.acquireTimeout = nil
        }
        let lease = try await pool.acquire()
        let cancelled = Task { try await pool.acquire() }
        while pool.statistics.waiting < 1 { await Task.yield() }
        let next = Task { try await pool.acquire() }
        while pool.statistics.waiting < 2 { await Task.yield() }
        cancelled.cancel()
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await cancelled.value }
        #expect(error?.code == .cancelled)
        #expect(pool.statistics.waiting == 1)
        try pool.release(lease)
        try pool.release(try await next.value)
        #expect(pool.statistics.cancelled == 1)
        await pool.shutdown()
    }

    @Test func `a task that is cancelled before it asks does not wait`() async throws {
        let world = FakeWorld { $0.isStuck = true }
        let pool = try world.pool { $0.acquireTimeout = nil }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try await pool.acquire()
        }
        task.cancel()
        let error = await #expect(throws: ResourcePoolError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(pool.statistics.waiting == 0)
        await pool.shutdown()
    }

    @Test func `too many callers are turned away at once`() async throws {
        let world = FakeWorld { $0.isStuck = true }
        let pool = try world.pool {
            $0.maxSize = 1
            $0.maxWaiters = 1
            $0.acquireTimeout = nil
        }
        let first = Task { try await pool.acquire() }
        // For the one a resource is being created; the other one waits for what it will use.
        let second = Task { try await pool.acquire() }
        while pool.statistics.waiting < 2 { await Task.yield() }
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() }
        #expect(error?.code == .queueFull)
        world.state.update { $0.isStuck = false }
        for waiter in [first, second] { waiter.cancel() }
        for waiter in [first, second] {
            if let lease = try? await waiter.value { try pool.release(lease) }
        }
        await pool.shutdown()
    }

    @Test func `a shutdown does not wait for a factory that hangs, and closes what it makes`() async throws {
        // This factory does not listen to its cancellation.
        let world = FakeWorld()
        let gate = Observed(false)
        let pool = try ResourcePool {
            try await Task {
                try await gate.wait("the factory is let go") { $0 }
                return try await world.make()
            }.value
        }
        let caller = Task { try await pool.acquire(timeout: .seconds(60)) }
        while pool.statistics.creating == 0 || pool.statistics.waiting == 0 { await Task.yield() }
        #expect(await pool.shutdown(grace: .zero) == 1)
        await #expect(throws: ResourcePoolError.self) { _ = try await caller.value }
        gate.update { $0 = true }
        try await world.state.wait("all is closed") { $0.created > 0 && $0.open.isEmpty }
    }

    @Test func `a close that throws is counted, and costs no place`() async throws {
        struct Stubborn: Closeable {
            func close() async throws { throw CancellationError() }
        }
        let pool = try ResourcePool { Stubborn() }
        try await pool.discard(pool.acquire())
        while pool.statistics.failedCloses == 0 { await Task.yield() }
        #expect(pool.statistics.closing == 0)
        await pool.shutdown()
    }

    @Test func `a warm-up says what failed, and gives up when cancelled`() async throws {
        let world = FakeWorld { $0.failures = 1 }
        let pool = try world.pool { $0.warmUpParallelism = 1 }
        let failed = await #expect(throws: ResourcePoolError.self) { try await pool.warmUp(2) }
        #expect(failed?.code == .factoryFailed)
        #expect(try await pool.warmUp(2) == 2)
        world.state.update { $0.isStuck = true }
        let task = Task { try await pool.warmUp(3) }
        try await world.state.wait("the factory runs") { $0.attempts == 4 }
        task.cancel()
        let cancelled = await #expect(throws: ResourcePoolError.self) { _ = try await task.value }
        #expect(cancelled?.code == .cancelled)
        await pool.shutdown()
        let closed = await #expect(throws: ResourcePoolError.self) { try await pool.warmUp(1) }
        #expect(closed?.code == .poolClosed)
    }
}
