extension PoolSettings {
    /// What an account allows; 0 sets no limit.
    public struct Limits: Sendable, Hashable {
        /// Requests per second.
        ///
        /// Default 0.
        public var requestsPerSecond = 0.0
        /// Requests per minute.
        ///
        /// Default 0; seed 001 (`rate_limit_per_minute`).
        public var requestsPerMinute = 0
        /// Requests per day.
        ///
        /// Default 0.
        public var requestsPerDay = 0
        /// Tokens per minute.
        ///
        /// Default 0; LiteLLM.
        public var tokensPerMinute = 0
        /// Tokens per day.
        ///
        /// Default 0.
        public var tokensPerDay = 0
        /// How much of a rate may be used at once, in seconds of it.
        ///
        /// Default 10 s.
        public var burstSeconds: Duration = .seconds(10)
        /// Requests at once; `nil` takes what the provider allows.
        ///
        /// Default `nil`.
        public var concurrency: Int?
        /// Whether the number of requests at once falls when the provider refuses some.
        ///
        /// Default `true`.
        public var adaptive = true
        /// By what it falls.
        ///
        /// Default 0.7; AWS.
        public var adaptiveFactor = 0.7
        /// What it never falls below.
        ///
        /// Default 1.
        public var adaptiveFloor = 1
        /// Whether limits in responses count; they can only tighten ours.
        ///
        /// Default `true`.
        public var honorHeaders = true

        /// Makes the defaults.
        public init() {}
    }

    /// The server of `/pool/stats` and `/metrics`.
    public struct Stats: Sendable, Hashable {
        /// Whether there is one; `serve` has it always.
        ///
        /// Default `false`.
        public var enabled = false
        /// The address it listens on.
        ///
        /// Default `127.0.0.1`; seed 002 has localhost.
        public var host = "127.0.0.1"
        /// The port; 0 takes a free one.
        ///
        /// Default 8000; seed 002.
        public var port = 8_000
        /// The bearer token that clients must show, by `stats.token_file` or `stats.token_env`; demanded unless the
        /// address is a loopback one.
        ///
        /// Default none.
        public var token: Secret?

        /// Makes the defaults.
        public init() {}
    }

    /// Trace headers.
    public struct Trace: Sendable, Hashable {
        /// Whether `traceparent` is sent; not to ``Providers``, unless they say so.
        ///
        /// Default `true`; W3C Trace Context.
        public var propagate = true

        /// Makes the defaults.
        public init() {}
    }

    /// How many processes share one account.
    public struct Cluster: Sendable, Hashable {
        /// Whether they know of each other.
        ///
        /// Default ``ClusterMode/off``.
        public var mode = ClusterMode.off
        /// The shared store, `redis://`, `rediss://`, or by `cluster.url_file` or `cluster.url_env`.
        ///
        /// Default none.
        public var url: Secret?
        /// What its keys begin with.
        ///
        /// Default `aip`.
        public var prefix = "aip"
        /// What happens while it cannot be reached.
        ///
        /// Default ``OutagePolicy/localShare``.
        public var onOutage = OutagePolicy.localShare
        /// How many processes there are when nobody can count them.
        ///
        /// Default 1.
        public var expectedInstances = 1
        /// How long a permit is held for a process that has fallen silent.
        ///
        /// Default 30 s.
        public var leaseTTL: Duration = .seconds(30)
        /// How often permits are renewed.
        ///
        /// Default 10 s.
        public var renew: Duration = .seconds(10)
        /// How often a process that waits says so.
        ///
        /// Default 3 s.
        public var waitHeartbeat: Duration = .seconds(3)
        /// How long connecting to the store may take.
        ///
        /// Default 0.25 s.
        public var connectTimeout: Duration = .milliseconds(250)
        /// How long a command may take.
        ///
        /// Default 0.05 s.
        public var commandTimeout: Duration = .milliseconds(50)

        /// Makes the defaults.
        public init() {}
    }

    /// What differs by provider.
    public struct Providers: Sendable, Hashable {
        /// GigaChat.
        public var gigachat = GigaChat()
        /// YandexGPT.
        public var yandexgpt = YandexGPT()
        /// 1C:Naparnik.
        public var naparnik = Naparnik()

        /// Makes the defaults.
        public init() {}
    }

    /// What every provider has.
    public struct Account: Sendable, Hashable {
        /// How long before its end a token is renewed; `nil` takes a tenth of its life, at least 60 s.
        ///
        /// Default `nil`; GigaChat's client has 60 s.
        public var refreshAhead: Duration?
        /// Whether `traceparent` is sent to it.
        ///
        /// Default `false`.
        public var propagatesTrace = false

        /// Makes the defaults.
        public init() {}
    }

    /// GigaChat.
    public struct GigaChat: Sendable, Hashable {
        /// Which contract the account has: `GIGACHAT_API_PERS`, `GIGACHAT_API_B2B` or `GIGACHAT_API_CORP`.
        ///
        /// Default `GIGACHAT_API_PERS`; Sber's documentation.
        public var scope = "GIGACHAT_API_PERS"
        /// Requests at once; `nil` takes what the scope allows: 1 for a private person, else 10.
        ///
        /// Default `nil`; Sber's documentation.
        public var concurrency: Int?
        /// What every provider has.
        public var account = Account()

        /// Makes the defaults.
        public init() {}
    }

    /// YandexGPT.
    public struct YandexGPT: Sendable, Hashable {
        /// Requests at once.
        ///
        /// Default 10; Yandex's documentation.
        public var concurrency = 10
        /// What every provider has.
        public var account = Account()

        /// Makes the defaults.
        public init() {}
    }

    /// 1C:Naparnik.
    public struct Naparnik: Sendable, Hashable {
        /// Requests at once.
        ///
        /// Default 2; unknown, so low.
        public var concurrency = 2
        /// What every provider has.
        public var account = Account()

        /// Makes the defaults.
        public init() {}
    }
}
