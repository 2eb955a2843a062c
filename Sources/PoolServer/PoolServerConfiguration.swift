/// How a ``PoolServer`` listens, and what it says.
public struct PoolServerConfiguration: Sendable {
    /// The IPv4 or IPv6 address to listen at, or `localhost`.
    ///
    /// Default `127.0.0.1`. Any address but a loopback one needs a ``token``.
    public var host = "127.0.0.1"
    /// The port; 0 takes any free one.
    ///
    /// Default 8000.
    public var port: UInt16 = 8_000
    /// What clients must send as `Authorization: Bearer …`; `nil` lets everybody in.
    ///
    /// At least 16 visible ASCII characters.
    public var token: String?
    /// Connections at once; a further one takes the place of the one that has been waited for longest.
    ///
    /// Default 64.
    public var maxConnections = 64
    /// How long a client may take to send a request, or to take its answer.
    ///
    /// Default 15 s.
    public var patience: Duration = .seconds(15)
    /// How often the history on the page gets a point; 120 points are kept.
    ///
    /// Default 5 s.
    public var sampleInterval: Duration = .seconds(5)
    /// What `health.check_interval` says, in seconds; `nil` when nobody checks.
    public var healthCheckInterval: Duration?
    /// Why the program cannot take requests now, besides what the pool knows; asked at every `/readyz`.
    ///
    /// Each reason is a short sentence without secrets; an empty list is the good news.
    public var readiness: @Sendable () -> [String] = { [] }

    /// Makes the default configuration.
    public init() {}
}

extension PoolServerConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The address and the limits; never the token.
    public var description: String {
        "PoolServerConfiguration(\(host):\(port), token: \(token == nil ? "none" : "***"), "
            + "maxConnections: \(maxConnections), patience: \(patience))"
    }

    /// The same as ``description``.
    public var debugDescription: String { description }
}
