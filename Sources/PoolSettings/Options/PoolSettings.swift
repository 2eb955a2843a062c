internal import HTTPSessionPool

/// Every setting of a pool, as a typed value.
///
/// The options, their limits, aliases and documentation live in one table, the registry; what is here is the
/// value that comes out. ``PoolSettings/load(_:)`` reads it from files, the environment and code.
public struct PoolSettings: Sendable, Hashable {
    /// A named set of values, applied after the defaults and before everything else.
    ///
    /// Default none; seeds 001 and 002.
    public var preset: Preset?
    /// Whether sessions are pooled; `false` gives every caller a private one.
    ///
    /// Default `true`; seed 002.
    public var enabled = true
    /// Connections that are kept warm in each session.
    ///
    /// Default 2; seed 002.
    public var minSize = 2
    /// Requests that run at once in each session.
    ///
    /// Default 10; seeds 000, 002 and 004.
    public var maxSize = 10
    /// Sessions held at once, one per base URL; the next one evicts.
    ///
    /// Default 10; seed 004.
    public var maxSessions = 10
    /// Sockets of a session at once; `nil` takes ``maxSize``, so that each of its requests may have one.
    ///
    /// Default `nil`, which makes 10; seed 001.
    public var maxPerHost: Int?
    /// Sockets of all sessions together; 0 sets no total.
    ///
    /// Default 0; seed 001 (`async_limit_total`).
    public var maxTotalConnections = 0
    /// How long an unused connection is kept.
    ///
    /// Default 300 s; seeds 000 and 002.
    public var idleTimeout: Duration = .seconds(300)
    /// How old a connection may grow; 0 sets no limit.
    ///
    /// Default 3 600 s; seeds 000 and 003.
    public var maxAge: Duration = .seconds(3_600)
    /// The part of ``maxAge`` by which connections differ, so that they do not all end at once.
    ///
    /// Default 0.1; HikariCP has 0.025.
    public var maxAgeJitter = 0.1
    /// How long a request waits for a permit, and a caller for a place in the pool.
    ///
    /// Default 5 s; seed 002.
    public var acquireTimeout: Duration = .seconds(5)
    /// Whether requests wait when all permits are out; `false` fails them at once.
    ///
    /// Default `true`; seed 001 (`sync_pool_block`).
    public var block = true
    /// Requests that may wait for a permit of a session; a further one fails at once.
    ///
    /// Default 1 000; Envoy has 1 024.
    public var maxWaiters = 1_000
    /// Which session goes first when the pool is full.
    ///
    /// Default ``Eviction/lru``; seed 004.
    public var eviction = Eviction.lru
    /// Whether an idle connection is checked before it is used again.
    ///
    /// Default `true`; seeds 000 and 003.
    public var validateOnAcquire = true
    /// How recently a connection must have been used to need no check.
    ///
    /// Default 0.5 s; HikariCP.
    public var aliveBypass: Duration = .milliseconds(500)
    /// Whether ``minSize`` connections are opened at the start.
    ///
    /// Default `true`; seed 002.
    public var warmupOnStartup = true
    /// How connections are opened ahead of time.
    public var warmup = Warmup()
    /// After what time a stream whose reader takes nothing is ended, so that its permit is free again; 0 never ends it.
    ///
    /// Default 300 s; the name is HikariCP's.
    public var leakDetection: Duration = .seconds(300)
    /// How long running requests may go on when a session or the pool ends.
    ///
    /// Default 30 s: ``/HTTPSessionPool/Grace/byDefault``.
    public var drainTimeout: Duration = Grace.byDefault
    /// The same for streams.
    ///
    /// Default 120 s.
    public var streamDrainTimeout: Duration = .seconds(120)
    /// Whether connections are kept for further requests.
    ///
    /// Default `true`; seed 000.
    public var keepalive = true
    /// After what idle time the kernel probes a connection.
    ///
    /// Default 30 s.
    public var tcpKeepaliveIdle: Duration = .seconds(30)
    /// How long sent data may stay unacknowledged before the kernel gives a connection up.
    ///
    /// Default 60 s: with as much as ``tcpKeepaliveIdle`` a single lost probe would end a connection.
    public var tcpUserTimeout: Duration = .seconds(60)
    /// The version of HTTP.
    ///
    /// Default ``HTTPVersion/automatic``; seed 001 (`http2`).
    public var httpVersion = HTTPVersion.automatic
    /// Whether redirects are followed; credentials never leave their origin.
    ///
    /// Default `false`; seed 001 has `true`.
    public var followRedirects = false
    /// How many are followed, if any.
    ///
    /// Default 5.
    public var maxRedirects = 5
    /// The proxy.
    ///
    /// Default ``Proxy/environment``.
    public var proxy = Proxy.environment
    /// Hosts that are reached without the proxy that ``proxy`` names.
    ///
    /// Default none.
    public var noProxy: [String] = []
    /// A PEM file with root certificates to trust besides the system's; GigaChat needs one.
    ///
    /// Default none.
    public var caFile: String?
    /// A PEM file with a certificate to show to servers that ask for one.
    ///
    /// Default none.
    public var clientCert: String?
    /// A PEM file with the key of ``clientCert``; `nil` looks for it in the same file.
    ///
    /// Default `nil`.
    public var clientKey: String?
    /// The passphrase of ``clientKey``, by `client_key_password_file` or `client_key_password_env`.
    ///
    /// Default none.
    public var clientKeyPassword: Secret?
    /// Whether servers' certificates go unchecked; the environment alone cannot ask for it.
    ///
    /// Default `false`.
    public var insecure = false
    /// The time limits of requests.
    public var timeout = Timeout()
    /// When and how requests are repeated.
    public var retry = Retry()
    /// When a second copy of a slow request is sent elsewhere.
    public var hedge = Hedge()
    /// When an endpoint is left alone.
    public var breaker = Breaker()
    /// What an account allows.
    public var limits = Limits()
    /// How often the health of idle sessions is checked; 0 never does.
    ///
    /// Default 60 s; seeds 000 and 002.
    public var healthCheckInterval: Duration = .seconds(60)
    /// How it is checked.
    public var health = Health()
    /// Whether and how the number of connections follows the load.
    public var sizing = Sizing()
    /// How requests are spread over ``regions``.
    public var failover = Failover()
    /// The endpoints that serve the same API.
    ///
    /// Default none; seeds 001 and 003.
    public var regions: [Region] = []
    /// Connections to each host of several.
    ///
    /// Default 10; seed 003.
    public var connectionsPerHost = 10
    /// The server of `/pool/stats` and `/metrics`.
    public var stats = Stats()
    /// How much is logged.
    ///
    /// Default ``LogLevel/info``; seed 001.
    public var logLevel = LogLevel.info
    /// Whether every request is logged.
    ///
    /// Default `false`; seed 001.
    public var logRequests = false
    /// Trace headers.
    public var trace = Trace()
    /// How many processes share one account.
    public var cluster = Cluster()
    /// What differs by provider.
    public var providers = Providers()

    /// Makes the defaults.
    public init() {}
}
