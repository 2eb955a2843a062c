/// What a ``MultiHostPool`` holds and has done, host by host.
public struct MultiHostPoolStatistics: Sendable, Hashable {
    /// One host of the snapshot.
    public struct HostSnapshot: Sendable, Hashable {
        /// The host's name.
        public let name: String
        /// Whether it may be tried.
        public let isHealthy: Bool
        /// What its pool holds and has done.
        public let statistics: ResourcePoolStatistics
    }

    /// The hosts, in the order in which they were given.
    public let hosts: [HostSnapshot]

    /// The sums over all hosts; of peaks and longest times, the largest one.
    public var total: ResourcePoolStatistics {
        hosts.reduce(ResourcePoolStatistics()) { $0 + $1.statistics }
    }
}

extension MultiHostPool {
    /// What the pools hold and have done; each host's part is one snapshot.
    public var statistics: MultiHostPoolStatistics {
        MultiHostPoolStatistics(
            hosts: hosts.indices.map { index in
                MultiHostPoolStatistics.HostSnapshot(
                    name: hosts[index],
                    isHealthy: choice.isHealthy(index),
                    statistics: pools[index].statistics
                )
            }
        )
    }

    /// The pool of one host, for what concerns only this one: warming up, pruning, evicting.
    ///
    /// - Parameter host: Its name.
    /// - Returns: Its pool, which goes with this one.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/unknownHost``.
    public func pool(of host: String) throws(ResourcePoolError) -> ResourcePool<Resource> {
        pools[try index(of: host)]
    }

    /// Closes idle resources of all hosts that are no longer worth keeping.
    ///
    /// - Parameter idleTime: As of ``ResourcePool/prune(idleFor:)``.
    /// - Returns: How many.
    @discardableResult
    public func prune(idleFor idleTime: Duration? = nil) -> Int {
        pools.reduce(0) { $0 + $1.prune(idleFor: idleTime) }
    }

    /// Shuts the pools of all hosts down at once, as ``ResourcePool/shutdown(grace:)``.
    ///
    /// - Parameter grace: How long uses may go on. Default: 30 s, ``Grace/byDefault``.
    /// - Returns: How many were cut off.
    @discardableResult
    public func shutdown(grace: Duration = Grace.byDefault) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for pool in pools { group.addTask { await pool.shutdown(grace: grace) } }
            return await group.reduce(0, +)
        }
    }
}
