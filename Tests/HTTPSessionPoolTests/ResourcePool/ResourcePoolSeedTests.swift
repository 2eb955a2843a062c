@testable import HTTPSessionPool
import TestSupport
import Testing

/// The document that the generic pool was asked for in (seed 003), sentence by sentence; and what seeds 000 and 002 say of
/// pools of client instances.
///
/// Each test is named after its sentence. Where the pool of the document broke its word, the word counts: a long use is not
/// idle time, a failed factory is an error and not a time-out, pruning keeps the minimum, and closing the pool does not
/// close what is in use.
@Suite(.timeLimit(.minutes(1)))
struct `Resource pool seed contract` {
    // MARK: ConnectionPool

    @Test func `Generic Connection Pool for database and HTTP connections`() async throws {
        final class Database: Sendable { func execute(_ query: String) -> String { query } }
        final class HTTPClient: Sendable { func get(_ path: String) -> String { path } }
        let databases = try ResourcePool { Database() }
        let clients = try ResourcePool { HTTPClient() }
        #expect(try await databases.withResource { $0.execute("SELECT 1") } == "SELECT 1")
        #expect(try await clients.withResource { $0.get("/endpoint") } == "/endpoint")
        await databases.shutdown()
        await clients.shutdown()
    }

    @Test func `Connection pooling to reduce connection overhead`() async throws {
        let world = FakeWorld()
        let pool = try world.pool()
        for _ in 0..<100 { try await pool.withResource { await $0.use {} } }
        #expect(world.value.created == 1)
        await pool.shutdown()
    }

    @Test func `Configurable min-max connections - min_size=5, max_size=20`() async throws {
        let world = FakeWorld()
        let pool = try world.pool {
            $0.minSize = 5
            $0.maxSize = 20
        }
        #expect(try await pool.warmUp() == 5)
        var leases: [ResourceLease<FakeResource>] = []
        for _ in 0..<20 { leases.append(try await pool.acquire()) }
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire(timeout: .zero) }
        #expect(error?.code == .acquireTimeout)
        #expect(world.value.peakOpen == 20)
        for lease in leases { try pool.release(lease) }
        #expect(pool.prune(idleFor: .zero) == 15)
        #expect(pool.statistics.totalConnections == 5)
        await pool.shutdown()
    }

    @Test func `Health checking with ping`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) {
            $0.minSize = 1
            $0.healthCheckInterval = .seconds(60)
        }
        try await pool.run(clock, .seconds(66))
        #expect(world.value.pinged == [1])
        world.state.update { $0.dead = [1] }
        try await pool.run(clock, .seconds(66))
        #expect(world.value.closed == [1])
        #expect(pool.statistics.idle == 1)
        await pool.shutdown()
    }

    @Test func `Connection aging and rotation - max_lifetime_seconds`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) { $0.minSize = 1 }
        try await pool.run(clock, .seconds(3_600))
        #expect(world.value.closed == [1])
        #expect(world.value.open == [2])
        await pool.shutdown()
    }

    @Test func `max_idle_seconds - a long use is not idle time`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) { $0.idleTimeout = .seconds(300) }
        let lease = try await pool.acquire()
        try await pool.run(clock, .seconds(1_000))
        try pool.release(lease)
        #expect(world.value.closed == [])
        try await pool.run(clock, .seconds(300))
        #expect(world.value.closed == [1])
        await pool.shutdown()
    }

    @Test func `Wait timeout for busy pool - acquire_timeout_seconds and acquire(timeout)`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock) { $0.maxSize = 1 }
        let lease = try await pool.acquire()
        for (timeout, limit) in [(nil, Duration.seconds(5)), (.seconds(1), .seconds(1))] as [(Duration?, Duration)] {
            let waiter = Task { try await pool.acquire(timeout: timeout) }
            while pool.statistics.waiting == 0 { await Task.yield() }
            try await clock.run(limit - .nanoseconds(1)) {}
            #expect(pool.statistics.waiting == 1)
            clock.advance(by: .nanoseconds(1))
            let error = await #expect(throws: ResourcePoolError.self) { _ = try await waiter.value }
            #expect(error?.code == .acquireTimeout)
        }
        #expect(pool.statistics.timeouts == 2)
        try pool.release(lease)
        await pool.shutdown()
    }

    @Test func `validate_on_acquire`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock)
        try await pool.withResource { _ in }
        clock.advance(by: .seconds(1))
        world.state.update { $0.dead = [1] }
        #expect(try await pool.withResource { $0.id } == 2)
        #expect(world.value.closed == [1])
        #expect(pool.statistics.failedValidations == 1)
        await pool.shutdown()
    }

    // MARK: PooledConnection, Closeable, Pingable

    @Test func `Wrapper for a pooled connection - age_seconds, idle_seconds`() async throws {
        let (clock, world) = (TestClock(), FakeWorld())
        let pool = try world.pool(clock: clock)
        try await pool.withResource { _ in clock.advance(by: .seconds(10)) }
        clock.advance(by: .seconds(5))
        let lease = try await pool.acquire()
        #expect(lease.age == .seconds(15))
        #expect(lease.idleTime == .seconds(5))
        #expect(lease.earlierUses == 1)
        try pool.release(lease)
        await pool.shutdown()
    }

    @Test func `Protocol for closeable resources`() async throws {
        let world = FakeWorld()
        let pool = try world.pool()
        try await pool.withResource { _ in }
        await pool.shutdown()
        #expect(world.value.closed == [1])
    }

    @Test func `Context manager wrapper that auto-releases connection`() async throws {
        struct Failure: Error {}
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 1 }
        for _ in 0..<10 {
            await #expect(throws: Failure.self) { try await pool.withResource { _ in throw Failure() } }
            let task = Task { try await pool.withResource { _ in try await Task.sleep(for: .seconds(600)) } }
            while pool.statistics.inUse == 0 { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(pool.statistics.inUse == 0)
        await pool.shutdown()
    }

    @Test func `_warm_pool - close`() async throws {
        let world = FakeWorld()
        let pool = try world.pool { $0.minSize = 3 }
        // Without a single caller, the minimum is there.
        try await world.state.wait("the pool is warm") { $0.open.count == 3 }
        #expect(await pool.shutdown() == 0)
        #expect(world.value.open == [])
        #expect(await pool.shutdown() == 0)
    }

    // MARK: PoolStats

    @Test func `Statistics for connection pool - total_connections, reuse_ratio, avg_wait_time_ms, to_dict`()
        async throws
    {
        let (clock, world) = (TestClock(), FakeWorld { $0.isStuck = true })
        let pool = try world.pool(clock: clock) { $0.maxSize = 1 }
        let first = Task { try await pool.acquire() }
        while pool.statistics.waiting == 0 { await Task.yield() }
        clock.advance(by: .milliseconds(30))
        world.state.update { $0.isStuck = false }
        let lease = try await first.value
        clock.advance(by: .milliseconds(70))
        try pool.release(lease)
        for _ in 0..<2 { try await pool.withResource { _ in } }
        let names = pool.statistics.dictionary
        let expected: [String: Double] = [
            "created": 1, "reused": 2, "closed": 0, "failed_creates": 0, "failed_health_checks": 0, "timeouts": 0,
            "current_idle": 1, "current_in_use": 0, "peak_in_use": 1, "total_wait_time_ms": 30,
            "total_use_time_ms": 70, "total_connections": 1, "reuse_ratio": 2.0 / 3, "avg_wait_time_ms": 10,
        ]
        for (name, value) in expected { #expect(names[name] == value, "\(name)") }
        await pool.shutdown()
    }

    @Test func `/pool/stats of seed 002, and the current state of seed 000`() async throws {
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 10 }
        var leases: [ResourceLease<FakeResource>] = []
        for _ in 0..<7 { leases.append(try await pool.acquire()) }
        for lease in leases.prefix(5) { try pool.release(lease) }
        let names = pool.statistics.dictionary
        let expected: [String: Double] = [
            "connections_created": 7, "connections_destroyed": 0, "connections_reused": 0, "acquire_timeouts": 0,
            "health_check_failures": 0, "total_connections": 7, "available_connections": 5, "in_use_connections": 2,
            "active_connections": 2, "idle_connections": 5, "pending_requests": 0, "pool_utilization": 0.2,
        ]
        for (name, value) in expected { #expect(names[name] == value, "\(name)") }
        for lease in leases.suffix(2) { try pool.release(lease) }
        await pool.shutdown()
    }

    @Test
    func `If at max_size and none available, waits up to acquire_timeout seconds; after use, it is released back`()
        async throws
    {
        let world = FakeWorld()
        let pool = try world.pool { $0.maxSize = 1 }
        let lease = try await pool.acquire()
        let waiter = Task { try await pool.withResource { $0.id } }
        while pool.statistics.waiting == 0 { await Task.yield() }
        try pool.release(lease)
        #expect(try await waiter.value == 1)
        await pool.shutdown()
    }

    @Test func `Defaults - min_size 2, max_size 10, idle_timeout 300, health_check_interval 60, acquire_timeout 5`() {
        let defaults = ResourcePoolConfiguration()
        #expect(defaults.minSize == 2)
        #expect(defaults.maxSize == 10)
        #expect(defaults.idleTimeout == .seconds(300))
        #expect(defaults.maxLifetime == .seconds(3_600))
        #expect(defaults.acquireTimeout == .seconds(5))
        #expect(defaults.healthCheckInterval == .seconds(60))
        #expect(defaults.validateOnAcquire)
        #expect(defaults.warmUpOnStart)
    }

    @Test func `Manual management - client = api_pool.acquire(), api_pool.release(client)`() async throws {
        let world = FakeWorld()
        let pool = try world.pool()
        let client = try await pool.acquire()
        #expect(try client.resource.id == 1)
        try pool.release(client)
        #expect(pool.statistics.idle == 1)
        await pool.shutdown()
    }

    // MARK: MultiHostPool

    @Test func `Connection pool across multiple hosts with load balancing - connections_per_host`() async throws {
        var configuration = MultiHostPoolConfiguration()
        configuration.pool.minSize = 0
        configuration.pool.maxSize = 5
        let pool = try MultiHostPool(hosts: ["a", "b"], configuration: configuration) { $0 }
        var leases: [ResourceLease<String>] = []
        for _ in 0..<10 { leases.append(try await pool.acquire()) }
        #expect(leases.filter { $0.host == "a" }.count == 5)
        await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire(host: "a", timeout: .zero) }
        #expect(pool.statistics.hosts.map(\.statistics.inUse) == [5, 5])
        for lease in leases { try pool.release(lease) }
        #expect(try await pool.withResource(host: "b") { $0 } == "b")
        #expect(pool.statistics.total.acquired == 11)
        #expect(await pool.shutdown() == 0)
    }
}
