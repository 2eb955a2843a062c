@testable import HTTPSessionPool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Multi-host pool` {
    /// A resource that knows its host.
    struct Connection: Sendable {
        let host: String
    }

    struct Refused: Error {}

    /// Hosts that are down.
    private let down = Observed<Set<String>>([])

    private func pool(
        _ hosts: [MultiHostPool<Connection>.Host] = ["a", "b", "c"],
        clock: TestClock = TestClock(),
        selector: some HostSelector = RoundRobinSelector(),
        _ configure: (inout MultiHostPoolConfiguration) -> Void = { _ in }
    ) throws -> MultiHostPool<Connection> {
        var configuration = MultiHostPoolConfiguration()
        configuration.pool.minSize = 0
        configure(&configuration)
        return try MultiHostPool(
            hosts: hosts,
            configuration: configuration,
            selector: selector,
            clock: clock
        ) { [down] host in
            guard !down.value.contains(host) else { throw Refused() }
            return Connection(host: host)
        }
    }

    @Test func `callers are spread over the hosts in turn`() async throws {
        let pool = try pool()
        var seen: [String] = []
        for _ in 0..<6 { seen.append(try await pool.withResource { $0.host }) }
        #expect(seen == ["a", "b", "c", "a", "b", "c"])
        #expect(pool.statistics.hosts.map(\.statistics.acquired) == [2, 2, 2])
        #expect(pool.statistics.total.reused == 3)
        #expect(await pool.shutdown() == 0)
    }

    @Test func `a host can be asked for by name, and the lease knows it`() async throws {
        let pool = try pool()
        let lease = try await pool.acquire(host: "b")
        #expect(lease.host == "b")
        #expect(try lease.resource.host == "b")
        try pool.release(lease)
        let twice = #expect(throws: ResourcePoolError.self) { try pool.release(lease) }
        #expect(twice?.code == .leaseEnded)
        #expect(try await pool.withResource(host: "b") { $0.host } == "b")
        #expect(try pool.pool(of: "b").statistics.reused == 1)
        try pool.discard(try await pool.acquire(host: "b"))
        #expect(try pool.pool(of: "b").statistics.totalConnections == 0)
        await pool.shutdown()
    }

    @Test func `a name that is none of the pool's is refused with those that are`() async throws {
        let pool = try pool()
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire(host: "d") }
        #expect(error?.code == .unknownHost)
        #expect(error?.message == "There is no host d; there are a, b, c.")
        #expect(throws: ResourcePoolError.self) { try pool.suspend("d", for: .seconds(1)) }
        #expect(throws: ResourcePoolError.self) { try pool.report(.failed, of: "d") }
        await pool.shutdown()
    }

    @Test func `each host has its size`() async throws {
        let pool = try pool([.init("a", maxSize: 1), .init("b", minSize: 1, maxSize: 3), "c"]) {
            $0.pool.maxSize = 5
            $0.pool.minSize = 2
            $0.pool.warmUpOnStart = false
        }
        let sizes = pool.statistics.hosts.map { [$0.statistics.minSize, $0.statistics.maxSize] }
        #expect(sizes == [[1, 1], [1, 3], [2, 5]])
        #expect(pool.statistics.total.maxSize == 9)
        await pool.shutdown()
    }

    @Test func `a host that fails three times is passed over, and tried again after the pause`() async throws {
        let clock = TestClock()
        let pool = try pool(clock: clock)
        down.update { $0 = ["b"] }
        var failures = 0
        for _ in 0..<30 {
            do {
                _ = try await pool.withResource { $0.host }
            } catch let error as ResourcePoolError {
                #expect(error.code == .factoryFailed)
                #expect(error.underlyingError is Refused)
                failures += 1
            }
        }
        #expect(failures == 3)
        #expect(pool.statistics.hosts.map(\.isHealthy) == [true, false, true])
        down.update { $0 = [] }
        clock.advance(by: .seconds(30))
        #expect(pool.statistics.hosts.map(\.isHealthy) == [true, true, true])
        var seen: Set<String> = []
        for _ in 0..<3 { seen.insert(try await pool.withResource { $0.host }) }
        #expect(seen == ["a", "b", "c"])
        await pool.shutdown()
    }

    @Test func `with every host down the error says when one may be tried`() async throws {
        let clock = TestClock()
        let pool = try pool(["a", "b"], clock: clock) { $0.unhealthyAfter = 1 }
        down.update { $0 = ["a", "b"] }
        for _ in 0..<2 { await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() } }
        clock.advance(by: .seconds(10))
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() }
        #expect(error?.code == .noHealthyHost)
        #expect(error?.message == "None of the 2 hosts may be tried; the first one may in 20.0 seconds.")
        #expect(error?.isRetryable == true)
        // Who names a host gets it all the same, and its success makes it healthy.
        down.update { $0 = [] }
        try pool.release(try await pool.acquire(host: "a"))
        #expect(try await pool.withResource { $0.host } == "a")
        await pool.shutdown()
    }

    @Test func `an error in the body is not the host's, unless its user says so`() async throws {
        struct BadRequest: Error {}
        let pool = try pool(["a", "b"]) { $0.unhealthyAfter = 1 }
        await #expect(throws: BadRequest.self) { try await pool.withResource { _ in throw BadRequest() } }
        #expect(pool.statistics.hosts.map(\.isHealthy) == [true, true])
        try pool.report(.failed, of: "a")
        #expect(pool.statistics.hosts.map(\.isHealthy) == [false, true])
        try pool.report(.succeeded, of: "a")
        #expect(pool.statistics.hosts.map(\.isHealthy) == [true, true])
        await pool.shutdown()
    }

    @Test func `a full host is not a host that fails`() async throws {
        let pool = try pool(["a"]) {
            $0.unhealthyAfter = 1
            $0.pool.maxSize = 1
        }
        let lease = try await pool.acquire()
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire(timeout: .zero) }
        #expect(error?.code == .acquireTimeout)
        #expect(pool.statistics.hosts.map(\.isHealthy) == [true])
        try pool.release(lease)
        await pool.shutdown()
    }

    @Test func `a suspended host is left alone for so long`() async throws {
        let clock = TestClock()
        let pool = try pool(["a", "b"], clock: clock)
        try pool.suspend("a", for: .seconds(60))
        var seen: Set<String> = []
        for _ in 0..<4 { seen.insert(try await pool.withResource { $0.host }) }
        #expect(seen == ["b"])
        clock.advance(by: .seconds(60))
        for _ in 0..<2 { seen.insert(try await pool.withResource { $0.host }) }
        #expect(seen == ["a", "b"])
        await pool.shutdown()
    }

    @Test func `another strategy plugs in`() async throws {
        /// The first host as long as it works, and a memory of what it was told.
        struct PrimaryBackup: HostSelector {
            let outcomes: Observed<[String]>

            mutating func select(from hosts: [HostStatus]) -> Int? { hosts.firstIndex(where: \.isHealthy) }

            mutating func record(_ outcome: HostOutcome, of host: Int) {
                outcomes.update { $0.append("\(host) \(outcome)") }
            }
        }
        let outcomes = Observed<[String]>([])
        let pool = try pool(["a", "b"], selector: PrimaryBackup(outcomes: outcomes)) { $0.unhealthyAfter = 2 }
        #expect(try await pool.withResource { $0.host } == "a")
        down.update { $0 = ["a"] }
        pool.prune(idleFor: .zero)
        for _ in 0..<2 { await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() } }
        #expect(try await pool.withResource { $0.host } == "b")
        #expect(outcomes.value == ["0 succeeded", "0 failed", "0 failed", "1 succeeded"])
        await pool.shutdown()
    }

    @Test func `hosts that make no sense are refused with all that is wrong`() {
        let error = #expect(throws: ResourcePoolError.self) {
            _ = try pool(["a", "a", ""]) {
                $0.unhealthyAfter = 0
                $0.recoveryPause = .zero
            }
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(
            error?.message
                == "a host has an empty name; the host a is named twice; unhealthyAfter is 0; it must be at least 1; "
                + "recoveryPause is 0.0 seconds; it must be longer than 0."
        )
        #expect(throws: ResourcePoolError.self) { _ = try pool([]) }
        #expect(throws: ResourcePoolError.self) { _ = try pool([.init("a", maxSize: 0)]) }
    }

    @Test func `a shutdown ends every host's pool at once`() async throws {
        let pool = try pool()
        let leases = [try await pool.acquire(), try await pool.acquire()]
        #expect(await pool.shutdown(grace: .zero) == 2)
        let error = await #expect(throws: ResourcePoolError.self) { _ = try await pool.acquire() }
        #expect(error?.code == .poolClosed)
        for lease in leases { try pool.release(lease) }
        #expect(pool.statistics.total.totalConnections == 0)
    }
}
