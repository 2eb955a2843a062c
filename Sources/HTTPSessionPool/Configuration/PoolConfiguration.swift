/// How a ``SessionPool`` behaves.
public struct PoolConfiguration: Sendable {
    /// What metrics and events call the pool.
    ///
    /// Default `default`.
    public var name = "default"
    /// Who is told what happens in the pool: logging, metrics, tracing.
    ///
    /// Default: nobody, at the cost of one comparison.
    public var observer: (any PoolObserver)?
    /// Sessions held at once; the next one evicts.
    ///
    /// With 0 nothing is pooled: every caller gets a session of its own.
    ///
    /// Default 10.
    public var maxSessions = 10
    /// Which session is evicted first.
    ///
    /// Default: the least recently used.
    public var eviction = EvictionPolicy.lru
    /// Sockets of all sessions together; `nil`, the default, sets no total.
    public var maxTotalConnections: Int?
    /// Event loops, each a thread; a session stays on one for life.
    ///
    /// Default 1.
    public var eventLoops = 1
    /// How long a caller waits for a place when every session of a full pool is busy.
    ///
    /// Default 5 s.
    public var acquireTimeout: Duration = .seconds(5)
    /// The configuration of sessions that have none of their own.
    public var session = SessionConfiguration()
    /// Configurations by origin, for callers that give none; the keys' paths do not matter.
    public var overrides: [BaseURL: SessionConfiguration] = [:]

    /// Makes the default configuration.
    public init() {}
}
