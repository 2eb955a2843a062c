internal import CurlTransport

/// What is known of the session's server, and connections opened before requests need them.
extension Session {
    /// What the session knows of its server's health.
    public var health: SessionHealth { core.facts.snapshot.health }

    /// What was done to have connections before requests need them.
    public var warmUpStatistics: WarmUpStatistics { core.facts.snapshot.warmUp }

    /// How long the session's requests wait; `nil` when they do not.
    public var suspension: Suspension? { core.facts.snapshot.suspension }

    /// Opens connections, or waits for the warm-up that does so already; returns at once when enough are open.
    ///
    /// - Parameter connections: How many are to be open afterwards; `nil` for ``WarmUp/connections``.
    /// - Returns: What there is now, and why it is less than was wanted.
    /// - Throws: ``SessionError`` when the pool was shut down or the task was cancelled; with ``WarmUp/isRequired`` also what kept the connections
    ///   from being opened.
    @discardableResult
    public func ensureWarm(_ connections: Int? = nil) async throws(SessionError) -> WarmUpReport {
        let core = try await entered()
        defer { leave(core) }
        let report = try await core.ensureWarm(connections)
        if core.configuration.warmUp.isRequired, let error = report.errors.first { throw error }
        return report
    }

    /// Lets the session's requests wait; see ``SessionPool/suspend(_:until:configuration:)``.
    ///
    /// - Parameter end: When they go on by themselves; `nil` when only ``resume()`` lets them.
    public func suspend(until end: ContinuousClock.Instant? = nil) {
        owner.suspend(self, until: MonotonicTime(end))
    }

    /// Ends a suspension: those who wait go on, in their order.
    public func resume() {
        owner.suspend(self, until: nil)
    }
}
