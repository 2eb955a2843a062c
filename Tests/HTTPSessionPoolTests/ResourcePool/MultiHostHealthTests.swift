@testable import HTTPSessionPool
import TestSupport
import Testing

/// Which hosts a pool takes for healthy, against what clients have been reported to get wrong.
@Suite(.timeLimit(.minutes(1)))
struct `Multi-host pool's health` {
    struct Connection: Sendable {
        let host: String
    }

    struct Refused: Error {}

    /// What hosts do: those in `down` refuse, those in `stuck` do not answer.
    struct World: Sendable {
        var down: Set<String> = []
        var stuck: Set<String> = []
        var attempts: [String: Int] = [:]
    }

    private let world = Observed(World())

    private func pool(
        _ hosts: [MultiHostPool<Connection>.Host] = ["a", "b"],
        clock: some Clock<Duration> = TestClock(),
        _ configure: (inout MultiHostPoolConfiguration) -> Void = { _ in }
    ) throws -> MultiHostPool<Connection> {
        var configuration = MultiHostPoolConfiguration()
        configuration.pool.minSize = 0
        configure(&configuration)
        return try MultiHostPool(hosts: hosts, configuration: configuration, clock: clock) { [world] host in
            world.update { $0.attempts[host, default: 0] += 1 }
            try await world.wait("\(host) answers") { !$0.stuck.contains(host) }
            guard !world.value.down.contains(host) else { throw Refused() }
            return Connection(host: host)
        }
    }

    private func isHealthy(_ pool: MultiHostPool<Connection>) -> [Bool] { pool.statistics.hosts.map(\.isHealthy) }

    // MARK: uber-node/lb_pool#11

    @Test func `failures that the user reports add up, whatever the pool gets from the host meanwhile`() async throws {
        let pool = try pool()
        for _ in 0..<5 {
            try await pool.withResource(host: "a") { _ in try pool.report(.failed, of: "a") }
            // Another resource of the host is made, and none of it is a success of what the user does with it.
            try pool.discard(try await pool.acquire(host: "a"))
        }
        #expect(isHealthy(pool) == [false, true])
        for _ in 0..<4 { #expect(try await pool.withResource { $0.host } == "b") }
        try pool.report(.succeeded, of: "a")
        #expect(isHealthy(pool) == [true, true])
        await pool.shutdown()
    }

    // MARK: scylladb/python-driver#858

    @Test func `a suspension outlasts the successes of those that name the host or were there before`() async throws {
        let clock = TestClock()
        world.update { $0.stuck = ["a"] }
        let pool = try pool(clock: clock)
        let before = Task { try await pool.withResource(timeout: .seconds(100)) { $0.host } }
        try await world.wait("it asks a") { $0.attempts["a"] == 1 }
        try pool.suspend("a", for: .seconds(60))
        world.update { $0.stuck = [] }
        #expect(try await before.value == "a")
        #expect(isHealthy(pool) == [false, true])
        #expect(try await pool.withResource(host: "a") { $0.host } == "a")
        try pool.report(.succeeded, of: "a")
        #expect(isHealthy(pool) == [false, true])
        clock.advance(by: .seconds(60))
        #expect(isHealthy(pool) == [true, true])
        try pool.suspend("a", for: .seconds(60))
        try pool.resume("a")
        #expect(isHealthy(pool) == [true, true])
        await pool.shutdown()
    }

    // MARK: apache/tinkerpop#1882

    @Test func `callers with limits of their own do not put a host aside that works`() async throws {
        world.update { $0.stuck = ["a"] }
        let pool = try pool(["a"]) { $0.unhealthyAfter = 1 }
        for _ in 0..<10 {
            let error = await #expect(throws: ResourcePoolError.self) {
                try await pool.withResource(timeout: .zero) { _ in }
            }
            #expect(error?.code == .acquireTimeout)
        }
        #expect(isHealthy(pool) == [true])
        world.update { $0.stuck = [] }
        #expect(try await pool.withResource { $0.host } == "a")
        await pool.shutdown()
    }

    @Test func `a host that does not answer is put aside, although its callers give up sooner`() async throws {
        let clock = TestClock()
        world.update { $0.stuck = ["a"] }
        let pool = try pool(clock: clock)
        for _ in 0..<3 {
            let caller = Task { try await pool.acquire(host: "a") }
            while pool.statistics.total.waiting == 0 { await Task.yield() }
            caller.cancel()
            await #expect(throws: ResourcePoolError.self) { _ = try await caller.value }
        }
        #expect(isHealthy(pool) == [true, true])
        while isHealthy(pool) == [true, true] { try await clock.step() }
        #expect(clock.now.offset >= .seconds(5))
        #expect(world.value.attempts == ["a": 1])
        await pool.shutdown()
    }

    @Test func `a host whose resources cannot be made is put aside before anybody asks for one`() async throws {
        let clock = TestClock()
        world.update { $0.down = ["a"] }
        let pool = try pool(clock: clock) { $0.pool.minSize = 1 }
        while world.value.attempts["a", default: 0] < 3 {
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
        try await eventually { isHealthy(pool) == [false, true] }
        #expect(pool.statistics.total.acquired == 0)
        await pool.shutdown()
    }

    // MARK: App-vNext/Polly#254, nodeshift/opossum#819, pyfailsafe#31

    @Test func `when a pause ends one caller tries the host, and the others pass it over`() async throws {
        let clock = TestClock()
        world.update { $0.down = ["a"] }
        let pool = try pool(clock: clock) { $0.unhealthyAfter = 1 }
        await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire(host: "a") }
        world.update { $0 = World(stuck: ["a"]) }
        clock.advance(by: .seconds(30))
        #expect(isHealthy(pool) == [true, true])
        let first = Task { try await pool.acquire(timeout: .seconds(1_000)) }
        try await world.wait("one tries") { $0.attempts["a"] == 1 }
        #expect(isHealthy(pool) == [false, true])
        for _ in 0..<20 { #expect(try await pool.withResource { $0.host } == "b") }
        #expect(world.value.attempts["a"] == 1)
        // Who gives up leaves the trial to the next one.
        first.cancel()
        await #expect(throws: ResourcePoolError.self) { _ = try await first.value }
        #expect(isHealthy(pool) == [true, true])
        let second = Task { try await pool.acquire(timeout: .seconds(1_000)) }
        while isHealthy(pool) == [true, true] { await Task.yield() }
        world.update { $0.stuck = [] }
        let lease = try await second.value
        #expect(lease.host == "a")
        #expect(isHealthy(pool) == [true, true])
        try pool.release(lease)
        await pool.shutdown()
    }

    @Test func `a trial of a host whose failures only its users see lasts as long as the use`() async throws {
        let clock = TestClock()
        let pool = try pool(["a"], clock: clock) { $0.unhealthyAfter = 1 }
        try await pool.withResource { _ in }
        try pool.report(.failed, of: "a")
        clock.advance(by: .seconds(30))
        try await pool.withResource { _ in
            #expect(isHealthy(pool) == [false])
            let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() }
            #expect(error?.code == .noHealthyHost)
            try pool.report(.failed, of: "a")
        }
        #expect(isHealthy(pool) == [false], "its user said that it has failed")
        clock.advance(by: .seconds(30))
        await #expect(throws: Refused.self) { try await pool.withResource { _ in throw Refused() } }
        #expect(isHealthy(pool) == [true], "an error in the body says nothing: the next one tries")
        let lease = try await pool.acquire()
        #expect(isHealthy(pool) == [false])
        try pool.release(lease)
        _ = try await pool.acquire()
        #expect(isHealthy(pool) == [true])
        await pool.shutdown()
    }
}
