/// Why a connection was closed.
public enum ConnectionCloseReason: String, Sendable, Hashable, CaseIterable {
    /// Nobody used it for ``SessionConfiguration/idleTimeout``, or as long as its server keeps connections.
    case idle
    /// It reached ``SessionConfiguration/maxAge``.
    case age
    /// Its session failed its health checks.
    case health
    /// Its session made room for another, was closed or rotated.
    case evict
    /// It broke, or its server closed it.
    case error
    /// The pool was shut down.
    case drain
    /// Not known.
    case other
}
