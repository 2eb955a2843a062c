internal import CurlTransport

/// Where a session handle gets its core from, time and again.
protocol SessionOwner: Sendable {
    /// A core that has been entered, so that it cannot be closed before it is left.
    ///
    /// - Parameters:
    ///   - session: Whose core is wanted.
    ///   - deadline: Until when to wait for a place; `nil` for as long as the owner's own limit allows.
    /// - Returns: The core, which the caller leaves.
    /// - Throws: ``SessionError`` when the owner was closed.
    func enteredCore(for session: Session, until deadline: MonotonicTime?) async throws(SessionError) -> SessionCore

    /// Lets the requests of a session wait until `end`; `nil` lets them go on.
    func suspend(_ session: Session, until end: MonotonicTime?)

    /// Called after the last user has left a core.
    func coreBecameIdle(_ core: SessionCore)
}
