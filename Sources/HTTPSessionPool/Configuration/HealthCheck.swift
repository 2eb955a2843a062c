/// How a session finds out whether its server is there.
///
/// A request answered within the interval is as good as a check, which is then left out. So is a check that would take
/// the only free permit from requests that run, one that somebody's request would have to wait for, and every check of a
/// session that nobody has used for its idle timeout and that keeps no connections.
public struct HealthCheck: Sendable, Hashable {
    /// What a check does.
    public enum Mode: Sendable, Hashable {
        /// Nothing: requests that fail to reach the server count as failed checks, answers below 500 as passed ones.
        case passive
        /// Opens a connection, TLS included, and closes it.
        case connect
        /// Sends ``HealthCheck/probe``; an answer below 500, or 501, passes: a refused credential is a mistake of the
        /// configuration and no illness of the server.
        case http
        /// Sends a request that may cost money; an answer from 200 to 299 passes.
        case completion(CompletionProbe)
    }

    /// What a check does.
    ///
    /// Default: a free request.
    public var mode = Mode.http
    /// How long after the last check or answered request the next check follows; `nil` switches checks off.
    ///
    /// Default 60 s.
    public var interval: Duration? = .seconds(60)
    /// The share of ``interval`` by which it varies in both directions, so that a fleet does not check in step.
    ///
    /// Default 0.1.
    public var jitter = 0.1
    /// How long a check may take.
    ///
    /// Default 5 s.
    public var timeout: Duration = .seconds(5)
    /// After how many failures in a row a session is unhealthy: its pool re-creates it at its next use.
    ///
    /// Default 3.
    public var unhealthyAfter = 3
    /// After how many successes in a row it is healthy again.
    ///
    /// Default 1.
    public var healthyAfter = 1
    /// The request of ``Mode/http``.
    public var probe = ProbeRequest()

    /// Makes the default check.
    public init() {}
}

/// A check of health by a request that does the service's real work, such as a completion of a few tokens.
public struct CompletionProbe: Sendable, Hashable {
    /// What tells the probe from others: two of one name are the same to the pool.
    public let name: String
    let request: @concurrent @Sendable () async throws -> Request

    /// Makes a probe.
    ///
    /// - Parameters:
    ///   - name: A name of its own; configurations that differ in it get different sessions.
    ///   - request: Makes the request, credentials included; called for each check. What it throws fails the check.
    public init(_ name: String, request: @escaping @concurrent @Sendable () async throws -> Request) {
        self.name = name
        self.request = request
    }

    /// Whether two probes have one name.
    public static func == (left: CompletionProbe, right: CompletionProbe) -> Bool {
        left.name == right.name
    }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}
