/// How connections are opened ahead of the requests that will need them.
///
/// A connection is warmed by a request that costs nothing: libcurl never reuses a connection that was opened with
/// `CURLOPT_CONNECT_ONLY`. An answer of any status means that the connection is there. Warm-ups take permits that
/// nobody needs; a request that would have to wait for one ends the warm-up instead.
public struct WarmUp: Sendable, Hashable {
    /// How many connections a warm-up opens when the caller names no number.
    ///
    /// Default `nil`: ``SessionConfiguration/minConnections``, and at least 1.
    public var connections: Int?
    /// Whether a session that could not be warmed is an error.
    ///
    /// With `true` the pool's `session(for:)` waits for the warm-up and throws what made it fail, whatever
    /// ``SessionConfiguration/minConnections`` is: it opens at least one connection. Default `false`: the
    /// failure is counted in ``WarmUpStatistics`` and the first request opens its own connection.
    public var isRequired = false
    /// How long a warm-up may take, all its connections together.
    ///
    /// Default 10 s.
    public var timeout: Duration = .seconds(10)
    /// Within what time after its session was made a warm-up begins that nobody waits for.
    ///
    /// Sessions differ, so that many that are made at one time do not all connect at one moment. A request, or a caller
    /// who waits for the warm-up, waits for none of it. Default 1 s.
    public var startJitter: Duration = .seconds(1)
    /// How many connections are opened at once.
    ///
    /// Default 4: a start must not look like an attack.
    public var parallel = 4
    /// The request that opens them.
    public var probe = ProbeRequest()

    /// Makes the default warm-up.
    public init() {}
}
