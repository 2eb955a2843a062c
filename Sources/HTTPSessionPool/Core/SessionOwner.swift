internal import CurlTransport

/// Where a session handle gets its core from, time and again.
protocol SessionOwner: Sendable {
    /// A core that has been entered, so that it cannot be closed before it is left.
    ///
    /// - Throws: ``SessionError`` when the owner was closed.
    func enteredCore(for session: Session) async throws(SessionError) -> SessionCore

    /// Lets the requests of a session wait until `end`; `nil` lets them go on.
    func suspend(_ session: Session, until end: MonotonicTime?)

    /// Called after the last user has left a core.
    func coreBecameIdle(_ core: SessionCore)
}
