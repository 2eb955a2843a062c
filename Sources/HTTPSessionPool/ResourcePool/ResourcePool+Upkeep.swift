extension ResourcePool {
    /// What the pool holds and has done, in one snapshot.
    public var statistics: ResourcePoolStatistics { core.statistics }

    /// Creates resources until the pool has so many.
    ///
    /// Callers that warm up at the same time share what is created. What was created stays when one creation fails.
    ///
    /// - Parameter count: How many, used ones included; at most ``ResourcePoolConfiguration/maxSize``. Default:
    ///   ``ResourcePoolConfiguration/minSize``.
    /// - Returns: How many there are.
    /// - Throws: ``ResourcePoolError``: `factoryFailed` after the first creation that fails, `poolClosed`, or `cancelled`.
    @discardableResult
    public func warmUp(_ count: Int? = nil) async throws(ResourcePoolError) -> Int {
        try await core.warmUp(count ?? configuration.minSize)
    }

    /// Closes idle resources that are no longer worth keeping, instead of waiting for the pool to do it.
    ///
    /// - Parameter idleTime: Those idle for at least so long, as long as more than
    ///   ``ResourcePoolConfiguration/minSize`` are left. Default: ``ResourcePoolConfiguration/idleTimeout``. Those
    ///   that have reached their maximum lifetime go in any case.
    /// - Returns: How many.
    @discardableResult
    public func prune(idleFor idleTime: Duration? = nil) -> Int {
        core.update { state, now in
            state.table.prune(idleFor: idleTime ?? core.configuration.idleTimeout, at: now)
        }
    }

    /// Closes every resource as soon as nobody uses it: the idle ones now, those in use when they come back.
    ///
    /// For a change of credentials or addresses: whoever acquires from now on gets a new resource, and no use is cut off.
    ///
    /// - Returns: How many were idle.
    @discardableResult
    public func evictAll() -> Int {
        core.update { state, now in state.table.evictAll(at: now) }
    }

    /// Shuts the pool down: admits nobody new, lets those inside go on until the grace has passed, and closes everything.
    ///
    /// Those who wait already are served as long as the grace lasts. A resource that is still in use then is left to its
    /// user, and closed when it comes back. May be called by many: all of them wait for the same end, which the shortest
    /// grace decides.
    ///
    /// - Parameter grace: How long uses may go on. Default: 30 s, ``Grace/byDefault``.
    /// - Returns: How many were cut off: resources that were still in use, and callers that still waited.
    @discardableResult
    public func shutdown(grace: Duration = Grace.byDefault) async -> Int {
        await core.shutDown(grace: grace)
    }
}
