internal import CurlTransport
import Synchronization

/// Keeps a ``ResourcePool`` for each of several hosts, and spreads callers over those that work.
///
/// ```swift
/// let pool = try MultiHostPool(hosts: ["db-1:5432", "db-2:5432"]) { host in
///     try await Database.connect(to: host)
/// }
/// let rows = try await pool.withResource { database in
///     try await database.query("SELECT 1")
/// }
/// ```
///
/// Which host is next is the ``HostSelector``'s to say; ``RoundRobinSelector`` takes the healthy ones in turn. A host that
/// fails several times in a row is left alone for a while, and then tried again.
public final class MultiHostPool<Resource: Sendable>: Sendable {
    /// One host of the pool.
    public typealias Host = MultiHostPoolConfiguration.Host

    private struct Choice: Sendable {
        var selector: any HostSelector
        var health: [HostHealth]
    }

    /// The hosts' names, in the order in which they were given.
    public let hosts: [String]
    /// How the pool behaves.
    public let configuration: MultiHostPoolConfiguration
    let pools: [ResourcePool<Resource>]
    private let indices: [String: Int]
    private let choice: Locked<Choice>
    private let clock: PoolClock

    /// Makes a pool.
    ///
    /// - Parameters:
    ///   - hosts: The hosts, with sizes of their own if they need them.
    ///   - configuration: How the pool behaves.
    ///   - selector: Says which host is next. Default: the healthy ones in turn.
    ///   - clock: What times are measured by. Default: the system's.
    ///   - factory: Makes a resource of the host that it is given by name.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/invalidConfiguration``.
    public init(
        hosts: [Host],
        configuration: MultiHostPoolConfiguration = MultiHostPoolConfiguration(),
        selector: some HostSelector = RoundRobinSelector(),
        clock: some Clock<Duration> = ContinuousClock(),
        factory: @escaping @Sendable (_ host: String) async throws -> Resource
    ) throws(ResourcePoolError) {
        try configuration.validate(hosts)
        var pools: [ResourcePool<Resource>] = []
        for host in hosts {
            let pool = try ResourcePool(name: host.name, configuration: configuration.pool(of: host), clock: clock) {
                try await factory(host.name)
            }
            pools.append(pool)
        }
        self.hosts = hosts.map(\.name)
        self.configuration = configuration
        self.pools = pools
        indices = Dictionary(uniqueKeysWithValues: hosts.enumerated().map { ($1.name, $0) })
        let health = HostHealth(unhealthyAfter: configuration.unhealthyAfter, pause: configuration.recoveryPause)
        choice = Locked(Choice(selector: selector, health: Array(repeating: health, count: hosts.count)))
        self.clock = PoolClock(clock)
    }

    // MARK: Using resources

    /// Runs `body` with a resource of some host, and gives it back when that returns, throws or is cancelled.
    ///
    /// - Parameters:
    ///   - host: Which host; `nil`, the default, leaves it to the selector.
    ///   - timeout: How long to wait for a resource. Default: ``ResourcePoolConfiguration/acquireTimeout``.
    ///   - body: What to do with it. What it throws does not count against the host; see ``report(_:of:)``.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, and ``ResourcePoolError``, as ``acquire(host:timeout:)``.
    public func withResource<Result>(
        host: String? = nil,
        timeout: Duration? = nil,
        _ body: (Resource) async throws -> Result
    ) async throws -> Result {
        let (index, grant) = try await grant(host: host, timeout: timeout)
        return try await pools[index].use(grant, body)
    }

    /// Gets a resource, to be given back by ``release(_:)`` or ``discard(_:)``.
    ///
    /// - Parameters:
    ///   - host: Which host; `nil`, the default, leaves it to the selector. One that is named is asked even if it has
    ///     failed lately.
    ///   - timeout: How long to wait for a resource. Default: ``ResourcePoolConfiguration/acquireTimeout``.
    /// - Returns: The resource's lease, which knows its host.
    /// - Throws: ``ResourcePoolError``, as ``ResourcePool/acquire(timeout:)``; `unknownHost` for a name that is none of
    ///   the pool's, `noHealthyHost` when the selector has no host to offer.
    public func acquire(
        host: String? = nil,
        timeout: Duration? = nil
    ) async throws(ResourcePoolError) -> ResourceLease<Resource> {
        let (index, grant) = try await grant(host: host, timeout: timeout)
        return ResourceLease(
            grant,
            ResourcePool<Resource>.resource(of: grant),
            of: pools[index].core,
            host: hosts[index]
        )
    }

    /// Gives a resource back, for others to use.
    ///
    /// - Parameter lease: What ``acquire(host:timeout:)`` returned.
    /// - Throws: ``ResourcePoolError``, as ``ResourcePool/release(_:)``.
    public func release(_ lease: ResourceLease<Resource>) throws(ResourcePoolError) {
        try owner(of: lease).release(lease)
    }

    /// Gives a resource back that is not to be used again.
    ///
    /// - Parameter lease: What ``acquire(host:timeout:)`` returned.
    /// - Throws: ``ResourcePoolError``, as ``ResourcePool/release(_:)``.
    public func discard(_ lease: ResourceLease<Resource>) throws(ResourcePoolError) {
        try owner(of: lease).discard(lease)
    }

    private func owner(of lease: ResourceLease<Resource>) throws(ResourcePoolError) -> ResourcePool<Resource> {
        guard let index = lease.host.flatMap({ indices[$0] }) else {
            throw ResourcePoolError(.foreignLease, "The resource belongs to another pool; give it back there.")
        }
        return pools[index]
    }
}

// MARK: - Choosing

extension MultiHostPool {
    private func grant(
        host: String?,
        timeout: Duration?
    ) async throws(ResourcePoolError) -> (Int, ResourceCore.Table.Grant) {
        let index = if let host { try self.index(of: host) } else { try choose() }
        do throws(ResourcePoolError) {
            let grant = try await pools[index].core.acquire(timeout: timeout)
            record(.succeeded, of: index)
            return (index, grant)
        } catch {
            if isHostsFault(error, index) { record(.failed, of: index) }
            throw error
        }
    }

    func index(of host: String) throws(ResourcePoolError) -> Int {
        guard let index = indices[host] else {
            throw ResourcePoolError(
                .unknownHost,
                "There is no host \(host); there are \(hosts.joined(separator: ", ")).",
                pool: host
            )
        }
        return index
    }

    private func choose() throws(ResourcePoolError) -> Int {
        let now = clock.now
        let loads = pools.map { $0.core.load }
        let (index, pause) = choice.withLock { choice -> (Int?, Duration) in
            let pauses = choice.health.map { $0.remainingPause(at: now) }
            let statuses = hosts.indices.map { index in
                HostStatus(
                    name: hosts[index],
                    isHealthy: pauses[index] == .zero,
                    inUse: loads[index].inUse,
                    waiting: loads[index].waiting,
                    maxSize: pools[index].configuration.maxSize
                )
            }
            return (choice.selector.select(from: statuses), pauses.min() ?? .zero)
        }
        guard let index, pools.indices.contains(index) else {
            throw ResourcePoolError(
                .noHealthyHost,
                "None of the \(hosts.count) hosts may be tried; the first one may in \(pause)."
            )
        }
        return index
    }

    /// A full pool is the callers' load; a pool with places that gets nothing done is the host's failure.
    private func isHostsFault(_ error: ResourcePoolError, _ index: Int) -> Bool {
        switch error.code {
        case .factoryFailed: true
        case .acquireTimeout: pools[index].core.load.inUse < pools[index].configuration.maxSize
        default: false
        }
    }

    private func record(_ outcome: HostOutcome, of index: Int) {
        let now = clock.now
        choice.withLock { choice in
            switch outcome {
            case .succeeded: choice.health[index].succeed()
            case .failed: choice.health[index].fail(at: now)
            }
            choice.selector.record(outcome, of: index)
        }
    }

    /// Says how a host has done, for failures that only its user can see: a pool of its own counts those of the factory.
    ///
    /// - Parameters:
    ///   - outcome: How it has done.
    ///   - host: Its name.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/unknownHost``.
    public func report(_ outcome: HostOutcome, of host: String) throws(ResourcePoolError) {
        record(outcome, of: try index(of: host))
    }

    /// Leaves a host alone for a while; callers that name it still get it.
    ///
    /// - Parameters:
    ///   - host: Its name.
    ///   - duration: How long.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/unknownHost``.
    public func suspend(_ host: String, for duration: Duration) throws(ResourcePoolError) {
        let (index, end) = (try index(of: host), clock.now.advanced(by: duration))
        choice.withLock { $0.health[index].rest(until: end) }
    }

    func isHealthy(_ index: Int) -> Bool {
        let now = clock.now
        return choice.withLock { $0.health[index].remainingPause(at: now) == .zero }
    }
}
