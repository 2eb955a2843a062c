/// How a ``ResourcePool`` behaves.
///
/// Times are `Duration`s by the pool's clock; `nil` switches a limit off. The defaults are those of the package's settings
/// table, which took them from the pools that this one replaces; where a default comes from elsewhere, it says so.
public struct ResourcePoolConfiguration: Sendable, Hashable {
    /// Which of several idle resources is handed out.
    public enum Order: String, Sendable, Hashable, CaseIterable {
        /// The one used last: what is warm stays warm, and what the load no longer needs grows idle and is closed.
        case mostRecentlyUsed
        /// The one idle longest: all take turns, so none is ever idle for long, and none is ever closed while the pool is
        /// used at all.
        case leastRecentlyUsed
    }

    /// What becomes of a resource after the body of ``ResourcePool/withResource(timeout:_:)`` has thrown.
    public enum AfterError: String, Sendable, Hashable, CaseIterable {
        /// It is pinged before anybody gets it again, however fresh it is; one that cannot be pinged is kept.
        case validate
        /// It is closed.
        case discard
        /// It is kept as if nothing had happened.
        case keep
    }

    /// Resources that are kept even when nobody uses them.
    ///
    /// Default 2.
    public var minSize = 2
    /// Resources at most, those that are being created or closed included.
    ///
    /// Default 10.
    public var maxSize = 10
    /// Callers that may wait for what others use; the next one fails at once.
    ///
    /// Those for whom a resource is being created or pinged, or can be, do not count. Default 1000.
    public var maxWaiters = 1000
    /// How long a resource may be idle before it is closed, as long as more than ``minSize`` are left.
    ///
    /// Time in use does not count. Default 300 s.
    public var idleTimeout: Duration? = .seconds(300)
    /// How old a resource may grow, less up to 10 % that differ from one to the next, so that they do not end together.
    ///
    /// One that is in use is closed when it comes back. Default 3600 s.
    public var maxLifetime: Duration? = .seconds(3600)
    /// How long a caller waits for a resource.
    ///
    /// Default 5 s.
    public var acquireTimeout: Duration? = .seconds(5)
    /// How often an idle resource is pinged, give or take 10 %; a use in between is as good as a ping.
    ///
    /// Only a ``Pingable`` resource is. Default 60 s.
    public var healthCheckInterval: Duration? = .seconds(60)
    /// Whether an idle resource is pinged before it is handed out, unless it was alive within ``aliveBypass``.
    ///
    /// Only a ``Pingable`` resource is. Default true.
    public var validateOnAcquire = true
    /// How fresh a sign of life makes a ping before handing out needless.
    ///
    /// Default 500 ms, HikariCP's.
    public var aliveBypass: Duration = .milliseconds(500)
    /// How long a ping may take before the resource counts as dead.
    ///
    /// Default 2 s: less than half of ``acquireTimeout``, so that a caller whose resource does not answer can still get
    /// another one. When one that somebody waits for fails, all that have shown no sign of life since are pinged at once.
    public var pingTimeout: Duration = .seconds(2)
    /// How long the factory may take before its task is cancelled.
    ///
    /// A factory that goes on all the same keeps its place for ``closeTimeout`` more, or for this time again if that is
    /// shorter; then its place is given away and it counts as failed. What it makes in the end is used if there is a place
    /// for it, and otherwise closed and counted under ``ResourcePoolStatistics/Reason/late``. Default 30 s.
    public var createTimeout: Duration? = .seconds(30)
    /// How long a resource that is being closed keeps its place.
    ///
    /// One that has failed its ping keeps it no longer than ``pingTimeout``. Default 5 s.
    public var closeTimeout: Duration = .seconds(5)
    /// Which of several idle resources is handed out.
    ///
    /// Default: the one used last.
    public var order = Order.mostRecentlyUsed
    /// What becomes of a resource after an error in the body that used it.
    ///
    /// Default: it is pinged before its next use.
    public var afterError = AfterError.validate
    /// Whether ``minSize`` resources are created when the pool is made, instead of when it is first used.
    ///
    /// Default true.
    public var warmUpOnStart = true
    /// How many resources are created at once when nobody waits for them.
    ///
    /// Default 4.
    public var warmUpParallelism = 4

    /// Makes the default configuration.
    public init() {}
}
