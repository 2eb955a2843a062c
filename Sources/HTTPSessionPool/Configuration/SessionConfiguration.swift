/// How one session behaves.
///
/// The configuration is a part of the pool's key: callers that ask for the same origin with different configurations get
/// different sessions, so that nobody is handed a connection with somebody else's certificates or limits.
public struct SessionConfiguration: Sendable, Hashable {
    /// How much a session may hold.
    public struct Limits: Sendable, Hashable {
        /// Requests that run at once; further ones wait in strict order.
        ///
        /// Default 10.
        public var maxConcurrentRequests = 10
        /// Sockets of the session at once.
        ///
        /// Where HTTP/2 is spoken, streams have as many of their own on HTTP/1.1, unless
        /// ``SessionConfiguration/streamsShareHTTP2`` is set. Requests share one connection, from libcurl 8.1 on more when
        /// the server allows fewer streams than run and the pool has no total of connections.
        ///
        /// Default 10.
        public var maxConnections = 10
        /// Requests that may wait for a permit; a further one fails at once.
        ///
        /// Default 1 000.
        public var maxWaiters = 1_000
        /// The header section of a response, in bytes.
        ///
        /// Default 256 KiB.
        public var maxHeaderBytes = 256 * 1_024
        /// A buffered body, in bytes after decompression.
        ///
        /// Default 64 MiB.
        public var maxBodyBytes = 64 * 1_024 * 1_024
        /// Bytes of a streamed body held for a slow reader before the sender is stopped.
        ///
        /// Default 64 KiB.
        public var streamHighWaterMark = 64 * 1_024
        /// One server-sent event of ``ResponseBody/events``, in bytes: its data, and each of its lines.
        ///
        /// Default 1 MiB. Images come as events of several megabytes.
        public var maxEventBytes = 1_024 * 1_024
        /// One object of ``ResponseBody/jsonObjects``, in bytes.
        ///
        /// Default 8 MiB.
        public var maxObjectBytes = 8 * 1_024 * 1_024

        /// Makes the default limits.
        public init() {}
    }

    /// How the kernel finds out that a peer has gone without a word, as a router that forgets connections lets it seem.
    public struct TCP: Sendable, Hashable {
        /// After what time without traffic the kernel asks whether the peer is still there, then every 10 s.
        ///
        /// Counted in whole seconds, at least 1; `nil` never asks. Default 30 s: a model may be silent for minutes, and
        /// routers forget silent connections.
        public var keepAliveIdle: Duration? = .seconds(30)
        /// How long sent bytes may stay unacknowledged, or unsent because the peer takes none, before the kernel gives the
        /// connection up (`TCP_USER_TIMEOUT`).
        ///
        /// It also decides how long a peer may leave the probes of ``keepAliveIdle`` unanswered, in place of their number
        /// (tcp(7)): with the defaults three of them may be lost, with 30 s a single one. `nil` leaves it to the kernel,
        /// which tries for a quarter of an hour. Default 60 s.
        public var userTimeout: Duration? = .seconds(60)

        /// Makes the default options.
        public init() {}
    }

    /// The time limits of its requests.
    public var timeouts = Timeouts()
    /// How much it may hold.
    public var limits = Limits()
    /// Whom it trusts, and who it says it is.
    public var tls = TLSConfiguration()
    /// The proxy it goes through.
    ///
    /// Default: the environment's.
    public var proxy = ProxyConfiguration.environment
    /// The version of HTTP it speaks.
    public var httpVersion = HTTPVersion.automatic
    /// Whether streamed responses share HTTP/2 connections with other requests.
    ///
    /// Off by default, and then streams take HTTP/1.1 with every libcurl: what a slow reader costs is bounded by
    /// ``Limits/streamHighWaterMark`` and the kernel's socket buffers only there. On HTTP/2 libcurl grants the server a
    /// window that no option changes: from 8.1 on 10 MiB a stream, which are held in memory while its reader is slow (17 to
    /// 22 MiB were measured with 8.14.1), and before 8.1 32 MiB a stream, which is granted anew while other streams of the
    /// connection are read, so that nothing bounds it.
    ///
    /// HTTP/2 without TLS knows no other version: there streams always share.
    public var streamsShareHTTP2 = false
    /// A Unix domain socket to connect to instead of the URL's host and port; its path has at most 107 bytes.
    ///
    /// No proxy is used, and a redirect to another origin is refused: that would not be at the same socket.
    public var unixSocketPath: String?
    /// How many redirects are followed; 0, the default, hands 3xx responses to the caller.
    ///
    /// Credentials are never sent to another origin, and `https` never falls back to `http`. Anything else is: a 307 or
    /// 308 asks for the same method and body again, so **the body of a request, a prompt with all that it holds, goes to
    /// whatever origin the server names**. Leave this at 0 where bodies must not leave the origin that was asked. A POST
    /// that is answered with 301, 302 or 303 becomes a GET without a body.
    public var maxRedirects = 0
    /// How it notices that a peer has gone without a word.
    public var tcp = TCP()
    /// Header fields sent with every request, unless the request has them itself.
    public var headers: HeaderFields = ["User-Agent": "session-pool"]
    /// Whether compressed bodies are asked for and decompressed.
    ///
    /// Off by default; streams are never compressed.
    public var decompresses = false
    /// How long an unused connection is kept.
    ///
    /// Default 300 s; libcurl's own default is 118 s.
    public var idleTimeout: Duration = .seconds(300)
    /// How old a connection may grow before it is no longer reused.
    ///
    /// Default 3 600 s.
    public var maxAge: Duration = .seconds(3_600)
    /// How long the addresses of the host's name are used before a new connection looks it up again.
    ///
    /// An address to which no connection can be made is forgotten at once. Counted in whole seconds and to within one of
    /// them, at least 2. Default 60 s, libcurl's own (CURLOPT_DNS_CACHE_TIMEOUT).
    public var dnsCacheTimeout: Duration = .seconds(60)
    /// The share of ``maxAge`` by which connections differ at most, so that they do not all end at once.
    ///
    /// Every connection ends between `maxAge * (1 - maxAgeJitter)` and `maxAge`. Default 0.1; HikariCP takes 0.025.
    public var maxAgeJitter = 0.1
    /// Connections kept open though no request needs them; one is enough for HTTP/2, whatever is asked for.
    ///
    /// They are opened by the requests of ``warmUp``. Default 0: in code a session opens what requests need; the
    /// settings file's default is 2.
    public var minConnections = 0
    /// Whether a pool opens ``minConnections`` as soon as it has made the session.
    ///
    /// Default true.
    public var warmupOnStartup = true
    /// How connections are opened ahead of requests.
    public var warmUp = WarmUp()
    /// How the session finds out whether its server is there.
    public var health = HealthCheck()
    /// How often connections that have gone are replaced, for ``minConnections``.
    ///
    /// After a warm-up that left too few it is doubled, up to ten times. Default 30 s, as HikariCP's housekeeping.
    public var maintenanceInterval: Duration = .seconds(30)
    /// Whose credentials the session carries, as an opaque name: sessions of different names share nothing.
    public var credentialsScope: String?

    /// Makes the default configuration.
    public init() {}
}
