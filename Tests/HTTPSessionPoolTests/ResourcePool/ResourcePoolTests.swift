@testable import HTTPSessionPool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Resource pool` {
    // MARK: Using

    @Test func `a scope gives its resource back, and the next one gets it again`() async throws {
        let world = FakeWorld()
        let pool = try world.pool()
        let first = try await pool.withResource { resource in await resource.use { resource.id } }
        let second = try await pool.withResource { resource in await resource.use { resource.id } }
        #expect(first == second)
        #expect(pool.statistics.idle == 1)
        #expect(pool.statistics.reused == 1)
        await pool.shutdown()
        #expect(world.value.closed == [1])
        #expect(world.value.violations == [])
    }

    @Test func `a scope that throws gives its resource back, which is pinged before its next use`() async throws {
        struct Failure: Error {}
        let world = FakeWorld()
        let pool = try world.pool()
        await #expect(throws: Failure.self) { try await pool.withResource { _ in throw Failure() } }
        #expect(pool.statistics.inUse == 0)
        #expect(world.value.pinged == [])
        try await pool.withResource { #expect($0.id == 1) }
        #expect(world.value.pinged == [1])
        await pool.shutdown()
    }

    @Test(arguments: ResourcePoolConfiguration.AfterError.allCases)
    func `what an error means for the resource is the configuration's to say`(
        policy: ResourcePoolConfiguration.AfterError
    ) async throws {
        struct Failure: Error {}
        let world = FakeWorld()
        let pool = try world.pool { $0.afterError = policy }
        await #expect(throws: Failure.self) { try await pool.withResource { _ in throw Failure() } }
        world.state.update { $0.dead = [1] }
        let next = try await pool.withResource { $0.id }
        #expect(next == (policy == .keep ? 1 : 2))
        await pool.shutdown()
        #expect(world.value.closed.sorted() == (policy == .keep ? [1] : [1, 2]))
    }

    @Test func `a resource of one's own is released once, and not usable afterwards`() async throws {
        let world = FakeWorld()
        let pool = try world.pool()
        let lease = try await pool.acquire()
        #expect(try lease.resource.id == 1)
        #expect(lease.host == nil)
        try pool.release(lease)
        #expect(lease.hasEnded)
        let twice = #expect(throws: ResourcePoolError.self) { try pool.release(lease) }
        #expect(twice?.code == .leaseEnded)
        let used = #expect(throws: ResourcePoolError.self) { try lease.resource.id }
        #expect(used?.code == .leaseEnded)
        let next = try await pool.acquire()
        #expect(throws: ResourcePoolError.self) { try pool.discard(lease) }
        #expect(pool.statistics.inUse == 1, "the next user's lease is untouched")
        try pool.release(next)
        await pool.shutdown()
    }

    @Test func `a discarded resource is closed, and another one is made`() async throws {
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 1 }
        let lease = try await pool.acquire()
        try pool.discard(lease)
        #expect(try await pool.withResource { $0.id } == 2)
        #expect(world.value.closed == [1])
        #expect(pool.statistics.destroyedByReason == [.broken: 1])
        await pool.shutdown()
    }

    @Test func `another pool's resource is refused`() async throws {
        let world = FakeWorld()
        let (pool, other) = (try world.pool(), try world.pool())
        let lease = try await pool.acquire()
        let error = #expect(throws: ResourcePoolError.self) { try other.release(lease) }
        #expect(error?.code == .foreignLease)
        try pool.release(lease)
        await pool.shutdown()
        await other.shutdown()
    }

    @Test func `a lease that is let go of without a release does not cost a place`() async throws {
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 1 }
        func forget() async throws { _ = try await pool.acquire() }
        try await forget()
        #expect(try await pool.withResource { $0.id } == 2)
        #expect(pool.statistics.destroyedByReason == [.leaked: 1])
        #expect(world.value.closed == [1])
        await pool.shutdown()
    }

    @Test func `resources need be neither pingable nor closeable, nor classes`() async throws {
        let pool = try ResourcePool { 42 }
        #expect(try await pool.withResource { $0 } == 42)
        #expect(await pool.shutdown() == 0)
    }

    @Test func `a resource behind a protocol is pinged and closed like any other`() async throws {
        let world = FakeWorld()
        let pool = try ResourcePool<any Sendable & AnyObject> { try await world.make() }
        try await pool.warmUp(1)
        pool.evictAll()
        try await world.state.wait("it is closed") { !$0.closed.isEmpty }
        await pool.shutdown()
    }

    @Test func `a resource's deinit may use the pool`() async throws {
        final class Recursive: Sendable {
            let onDeinit: @Sendable () -> Void
            init(onDeinit: @escaping @Sendable () -> Void) { self.onDeinit = onDeinit }
            deinit { onDeinit() }
        }
        let seen = Observed<[Int]>([])
        let box = Observed<ResourcePool<Recursive>?>(nil)
        let pool = try ResourcePool {
            Recursive {
                let created = box.value?.statistics.created
                seen.update { $0.append(created ?? -1) }
            }
        }
        box.update { $0 = pool }
        try await pool.discard(pool.acquire())
        try await seen.wait("it is gone") { !$0.isEmpty }
        await pool.shutdown()
        box.update { $0 = nil }
    }

    @Test func `a factory's cancellation handler may use the pool`() async throws {
        let seen = Observed<[Int]>([])
        let box = Observed<ResourcePool<Int>?>(nil)
        let isRunning = Observed(false)
        let pool = try ResourcePool<Int> {
            try await withTaskCancellationHandler {
                isRunning.update { $0 = true }
                try await Task.sleep(for: .seconds(600))
                return 1
            } onCancel: {
                let creating = box.value?.statistics.creating
                seen.update { $0.append(creating ?? -1) }
            }
        }
        box.update { $0 = pool }
        try await isRunning.wait("the factory runs") { $0 }
        await pool.shutdown()
        try await seen.wait("it was told") { $0.count == 2 }
        box.update { $0 = nil }
    }

    @MainActor @Test func `a body may use what is its caller's alone`() async throws {
        final class Notes { var lines: [String] = [] }
        let notes = Notes()
        let pool = try ResourcePool { 42 }
        let answer = try await pool.withResource { number -> Notes in
            notes.lines.append("\(number)")
            await Task.yield()
            return notes
        }
        #expect(answer.lines == ["42"])
        await pool.shutdown()
    }

    // MARK: Configuration

    @Test func `a configuration that makes no sense is refused with all that is wrong`() {
        var configuration = ResourcePoolConfiguration()
        configuration.minSize = 5
        configuration.maxSize = 2
        configuration.idleTimeout = .zero
        configuration.maxWaiters = 0
        configuration.acquireTimeout = .seconds(-1)
        configuration.warmUpParallelism = 0
        let error = #expect(throws: ResourcePoolError.self) {
            _ = try ResourcePool(configuration: configuration) { 1 }
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(
            error?.message
                == "minSize is 5; it must not be above maxSize 2; maxWaiters is 0; it must be at least 1: who needs a new "
                + "resource waits for it; warmUpParallelism is 0; it must be at least 1; idleTimeout is 0.0 seconds; it "
                + "must be longer than 0; acquireTimeout is -1.0 seconds; it must not be negative."
        )
    }

    @Test func `sizes and times are checked one by one`() {
        let wrong: [(inout ResourcePoolConfiguration) -> Void] = [
            { $0.maxSize = 0 }, { $0.minSize = -1 }, { $0.maxLifetime = .zero }, { $0.healthCheckInterval = .zero },
            { $0.createTimeout = .zero }, { $0.pingTimeout = .zero }, { $0.closeTimeout = .zero },
            { $0.aliveBypass = .seconds(-1) }, { $0.idleTimeout = .seconds(4_000) },
        ]
        for change in wrong {
            var configuration = ResourcePoolConfiguration()
            change(&configuration)
            #expect(throws: ResourcePoolError.self) { try configuration.validate() }
        }
        #expect(throws: Never.self) { try ResourcePoolConfiguration().validate() }
    }

    // MARK: The end

    @Test func `a pool that nobody has any more closes its resources`() async throws {
        let world = FakeWorld()
        func scope() async throws {
            let pool = try world.pool()
            try await pool.withResource { await $0.use {} }
        }
        try await scope()
        try await world.state.wait("it is closed") { $0.closed == [1] }
    }

    @Test func `shutdown waits for those inside, and all who call it get the same answer`() async throws {
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 1 }
        let lease = try await pool.acquire()
        let ends = Observed(0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    let aborted = await pool.shutdown(grace: .seconds(60))
                    ends.update { $0 += 1 }
                    return aborted
                }
            }
            try await pool.waitUntilClosed()
            #expect(ends.value == 0)
            #expect(world.value.closed == [])
            try pool.release(lease)
            for try await aborted in group { #expect(aborted == 0) }
        }
        #expect(await pool.shutdown() == 0)
        #expect(world.value.closed == [1])
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() }
        #expect(error?.code == .poolClosed)
        #expect(pool.statistics.rejected >= 1)
    }

    @Test func `after the grace what is in use is left to its user and counted`() async throws {
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 1 }
        let lease = try await pool.acquire()
        try lease.resource.begin()
        let waiter = Task { try await pool.acquire(timeout: .seconds(60)) }
        while pool.statistics.waiting == 0 { await Task.yield() }
        #expect(await pool.shutdown(grace: .zero) == 2)
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await waiter.value }
        #expect(error?.code == .poolClosed)
        #expect(world.value.closed == [])
        try lease.resource.end()
        try pool.release(lease)
        try await world.state.wait("it is closed") { $0.closed == [1] }
        #expect(world.value.violations == [])
        #expect(await pool.shutdown(grace: .zero) == 2)
        #expect(pool.statistics.totalConnections == 0)
    }
}

extension ResourcePool {
    /// Waits until a shutdown has begun, for a pool whose resources are all in use: whoever asks then is refused.
    func waitUntilClosed() async throws {
        while true {
            do throws(ResourcePoolError) {
                try release(try await acquire(timeout: .zero))
            } catch {
                guard error.code != .poolClosed else { return }
                try #require(error.code == .acquireTimeout)
            }
        }
    }
}
