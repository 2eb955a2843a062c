/// What a session, or all sessions of a pool together, have done: counted where it happened.
public struct SessionStatistics: Sendable, Hashable {
    /// Requests that have ended, with or without a response.
    public internal(set) var requests = 0
    /// Requests that ended without a response.
    public internal(set) var failures = 0
    /// Requests that a kept connection served.
    public internal(set) var reuses = 0
    /// TLS handshakes that requests waited for.
    public internal(set) var tlsHandshakes = 0
    /// Sockets opened.
    public internal(set) var connectionsCreated = 0
    /// Sockets closed.
    public internal(set) var connectionsDestroyed = 0
    /// Sockets that are open and used by no request.
    public internal(set) var idleConnections = 0
    /// Requests that wait for a permit.
    public internal(set) var waiting = 0

    /// Makes empty statistics.
    public init() {}

    /// Sockets that are open.
    public var totalConnections: Int { connectionsCreated - connectionsDestroyed }

    /// Sockets that a request uses.
    public var inUseConnections: Int { totalConnections - idleConnections }

    /// The share of answered requests that a kept connection served, from 0 to 1.
    public var reuseRatio: Double {
        let answered = requests - failures
        return answered == 0 ? 0 : Double(reuses) / Double(answered)
    }

    /// The sums of two statistics.
    public static func + (left: SessionStatistics, right: SessionStatistics) -> SessionStatistics {
        var sum = left
        sum.requests += right.requests
        sum.failures += right.failures
        sum.reuses += right.reuses
        sum.tlsHandshakes += right.tlsHandshakes
        sum.connectionsCreated += right.connectionsCreated
        sum.connectionsDestroyed += right.connectionsDestroyed
        sum.idleConnections += right.idleConnections
        sum.waiting += right.waiting
        return sum
    }
}
