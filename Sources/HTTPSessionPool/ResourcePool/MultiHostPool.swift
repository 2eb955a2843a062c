internal import CurlTransport

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
/// fails several times in a row is left alone for a while; then one caller tries it, and the others follow if it works.
public final class MultiHostPool<Resource: Sendable>: Sendable {
    /// One host of the pool.
    public typealias Host = MultiHostPoolConfiguration.Host

    /// The hosts' names, in the order in which they were given.
    public let hosts: [String]
    /// How the pool behaves.
    public let configuration: MultiHostPoolConfiguration
    let pools: [ResourcePool<Resource>]
    private let indices: [String: Int]
    let choice: HostChoice

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
        // One clock for all: what a pool has seen is compared with what the choice knows.
        let clock = PoolClock(clock)
        let choice = HostChoice(hosts.count, configuration: configuration, selector: selector, clock: clock)
        var pools: [ResourcePool<Resource>] = []
        for (index, host) in hosts.enumerated() {
            let observer: ResourceCore.Observer = { choice.observe($0, of: index, since: $1, times: $2, at: $3) }
            let pool = try ResourcePool(host.name, configuration.pool(of: host), clock, observer: observer) {
                try await factory(host.name)
            }
            pools.append(pool)
        }
        self.hosts = hosts.map(\.name)
        self.configuration = configuration
        self.pools = pools
        indices = Dictionary(uniqueKeysWithValues: hosts.enumerated().map { ($1.name, $0) })
        self.choice = choice
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
        let (index, grant, trial) = try await grant(host: host, timeout: timeout)
        guard let trial else { return try await pools[index].use(grant, body) }
        var outcome: HostOutcome?
        defer { choice.end(trial, outcome) }
        let result = try await pools[index].use(grant, body)
        outcome = .succeeded
        return result
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
        let (index, grant, trial) = try await grant(host: host, timeout: timeout)
        return ResourceLease(
            grant,
            ResourcePool<Resource>.resource(of: grant),
            of: pools[index].core,
            host: hosts[index],
            onEnd: trial.map(ending)
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
    ) async throws(ResourcePoolError) -> (Int, ResourceCore.Table.Grant, HostChoice.Trial?) {
        var trial: HostChoice.Trial?
        let index: Int
        if let host { index = try self.index(of: host) } else { (index, trial) = try choose() }
        do throws(ResourcePoolError) {
            let grant = try await pools[index].core.acquire(timeout: timeout)
            choice.granted(by: index)
            return (index, grant, trial)
        } catch {
            if let trial { choice.end(trial, hasFailed(trial, error) ? .failed : nil) }
            throw error
        }
    }

    /// Whether a trial's error is the host's: not that of the caller's own limit, nor of the load.
    private func hasFailed(_ trial: HostChoice.Trial, _ error: ResourcePoolError) -> Bool {
        let pool = pools[trial.host]
        guard error.code == .acquireTimeout, pool.core.load.inUse < pool.configuration.maxSize else { return false }
        return trial.since.duration(to: choice.clock.now) >= pool.configuration.hostPatience
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

    private func choose() throws(ResourcePoolError) -> (Int, HostChoice.Trial?) {
        let loads = pools.map { $0.core.load }
        let (host, trial, pause) = choice.choose { (index: Int, isHealthy: Bool) -> HostStatus in
            HostStatus(
                name: hosts[index],
                isHealthy: isHealthy,
                inUse: loads[index].inUse,
                waiting: loads[index].waiting,
                maxSize: pools[index].configuration.maxSize
            )
        }
        guard let host else {
            throw ResourcePoolError(
                .noHealthyHost,
                "None of the \(hosts.count) hosts may be tried; the first one may in \(pause)."
            )
        }
        return (host, trial)
    }

    /// What to do at the end of a lease that is a trial.
    private func ending(_ trial: HostChoice.Trial) -> @Sendable (Bool) -> Void {
        { [choice] isGood in choice.end(trial, isGood ? .succeeded : nil) }
    }

    /// Says how a host has done, for failures that only its user can see: a pool of its own counts those of the factory.
    ///
    /// As many failures in a row as ``MultiHostPoolConfiguration/unhealthyAfter`` take the host out of the choice. What ends
    /// the row is a report of success, or ``MultiHostPoolConfiguration/recoveryPause`` without a report; that the pool gets
    /// resources of the host does not: queries can fail on connections that are fine.
    ///
    /// - Parameters:
    ///   - outcome: How it has done.
    ///   - host: Its name.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/unknownHost``.
    public func report(_ outcome: HostOutcome, of host: String) throws(ResourcePoolError) {
        choice.report(outcome, of: try index(of: host))
    }

    /// Leaves a host alone for a while, whatever it does meanwhile; callers that name it still get it.
    ///
    /// A longer suspension that was said before stays.
    ///
    /// - Parameters:
    ///   - host: Its name.
    ///   - duration: How long.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/unknownHost``.
    public func suspend(_ host: String, for duration: Duration) throws(ResourcePoolError) {
        choice.suspend(try index(of: host), for: duration)
    }

    /// Ends the suspension of a host.
    ///
    /// - Parameter host: Its name.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/unknownHost``.
    public func resume(_ host: String) throws(ResourcePoolError) {
        choice.resume(try index(of: host))
    }
}
