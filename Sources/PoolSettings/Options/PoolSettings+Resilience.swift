extension PoolSettings {
    /// When and how requests are repeated.
    public struct Retry: Sendable, Hashable {
        /// Repetitions of a request.
        ///
        /// Default 3; seed 000.
        public var maxRetries = 3
        /// By what the waiting time grows each time.
        ///
        /// Default 2; seed 000.
        public var backoffFactor = 2.0
        /// The first waiting time.
        ///
        /// Default 0.5 s; OpenAI's clients.
        public var base: Duration = .milliseconds(500)
        /// The first waiting time after the provider asked for less load.
        ///
        /// Default 1 s; AWS.
        public var throttleBase: Duration = .seconds(1)
        /// The longest waiting time.
        ///
        /// Default 20 s; AWS.
        public var cap: Duration = .seconds(20)
        /// How waiting times are spread.
        ///
        /// Default ``Jitter/full``; AWS.
        public var jitter = Jitter.full
        /// The status codes that are repeated.
        ///
        /// Default 408, 425, 429, 500, 502, 503, 504, 529; OpenAI's and GigaChat's clients.
        public var statuses = [408, 425, 429, 500, 502, 503, 504, 529]
        /// What happens to a request that may have been processed.
        ///
        /// Default ``Ambiguous/otherHostOnce``.
        public var ambiguous = Ambiguous.otherHostOnce
        /// The duration above which an attempt is not repeated; 0 sets no limit.
        ///
        /// Default 30 s; APISIX.
        public var maxElapsedForRetry: Duration = .seconds(30)
        /// The longest waiting time that a server may ask for.
        ///
        /// Default 60 s; OpenAI's clients have 120.
        public var retryAfterMax: Duration = .seconds(60)
        /// Repetitions per request, on average.
        ///
        /// Default 0.2; Finagle, Envoy.
        public var budgetRatio = 0.2
        /// Over what time the average is taken.
        ///
        /// Default 60 s; Finagle has 10.
        public var budgetTTL: Duration = .seconds(60)
        /// Repetitions per second that are always allowed.
        ///
        /// Default 0.2; Finagle has 10.
        public var budgetMinPerSecond = 0.2

        /// Makes the defaults.
        public init() {}
    }

    /// When a second copy of a slow request is sent elsewhere.
    public struct Hedge: Sendable, Hashable {
        /// Whether it is.
        ///
        /// Default `false`.
        public var enabled = false
        /// How long the first request is waited for.
        ///
        /// Default `p95`; Finagle.
        public var delay = HedgeDelay.percentile(95)
        /// Additional requests, as a part of all.
        ///
        /// Default 0.05; Finagle.
        public var maxExtraLoad = 0.05

        /// Makes the defaults.
        public init() {}
    }

    /// When an endpoint is left alone.
    public struct Breaker: Sendable, Hashable {
        /// Whether it ever is.
        ///
        /// Default `true`; seed 001.
        public var enabled = true
        /// Failures in a row that open it.
        ///
        /// Default 5; seed 001.
        public var failureThreshold = 5
        /// Over what time the rates are taken.
        ///
        /// Default 60 s.
        public var window: Duration = .seconds(60)
        /// Requests without which the rates say nothing.
        ///
        /// Default 10.
        public var minCalls = 10
        /// The part of requests whose failure opens it.
        ///
        /// Default 0.5; resilience4j.
        public var failureRate = 0.5
        /// The time to the first chunk above which a request is slow.
        ///
        /// Default 20 s.
        public var slowThreshold: Duration = .seconds(20)
        /// The part of requests whose slowness opens it.
        ///
        /// Default 0.8.
        public var slowRate = 0.8
        /// The time to the first chunk after which a request is cancelled and counts as failed; 0 leaves that to
        /// ``Timeout``.
        ///
        /// Default 0; seed 001's example has 30.
        public var callTimeout: Duration = .zero
        /// How long it stays open.
        ///
        /// Default 60 s; seed 001.
        public var resetTimeout: Duration = .seconds(60)
        /// How long it stays open at most, after it has opened again and again.
        ///
        /// Default 300 s; Envoy.
        public var maxResetTimeout: Duration = .seconds(300)
        /// Requests let through as a trial.
        ///
        /// Default 3; seed 001.
        public var halfOpenPermits = 3
        /// Trials that must succeed to close it.
        ///
        /// Default 3; seed 001.
        public var successThreshold = 3

        /// Makes the defaults.
        public init() {}
    }

    /// How requests are spread over regions.
    public struct Failover: Sendable, Hashable {
        /// By what.
        ///
        /// Default ``Strategy/primaryBackup``; seed 001.
        public var strategy = Strategy.primaryBackup
        /// Regions that are tried for one request.
        ///
        /// Default 3; seed 001.
        public var maxAttempts = 3
        /// How long a region must be well before requests return to it.
        ///
        /// Default 30 s.
        public var failbackDelay: Duration = .seconds(30)
        /// Over what time they return.
        ///
        /// Default 60 s.
        public var ramp: Duration = .seconds(60)
        /// The percentage of regions that may be left alone at once.
        ///
        /// Default 100; Envoy has 10.
        public var maxEjectionPercent = 100

        /// Makes the defaults.
        public init() {}
    }
}
