extension PoolSettings {
    /// How connections are opened ahead of time.
    public struct Warmup: Sendable, Hashable {
        /// How many per session; `nil` takes ``PoolSettings/minSize``.
        ///
        /// Default `nil`, which makes 2; seed 001.
        public var connections: Int?
        /// Whether the start fails when they cannot be opened.
        ///
        /// Default `false`.
        public var required = false
        /// How long the start waits for them.
        ///
        /// Default 10 s.
        public var timeout: Duration = .seconds(10)
        /// How many are opened at once.
        ///
        /// Default 4.
        public var parallel = 4

        /// Makes the defaults.
        public init() {}
    }

    /// The time limits of requests; 0 switches one off.
    public struct Timeout: Sendable, Hashable {
        /// A buffered request from the call to its last byte.
        ///
        /// Default 60 s; seed 004 (000 and 001 have 30).
        public var total: Duration = .seconds(60)
        /// Name look-up, TCP, proxy and TLS together.
        ///
        /// Default 5 s; seed 001.
        public var connect: Duration = .seconds(5)
        /// From the request being sent to the first byte of the response.
        ///
        /// Default 60 s.
        public var firstByte: Duration = .seconds(60)
        /// Between two pieces of the body.
        ///
        /// Default 30 s; seed 001 has a read time-out of 25.
        public var idle: Duration = .seconds(30)
        /// Between two events of a stream; heartbeats do not count.
        ///
        /// Default 60 s.
        public var noProgress: Duration = .seconds(60)
        /// Between two pieces of the request that the server takes.
        ///
        /// Default 10 s; seed 001.
        public var write: Duration = .seconds(10)
        /// A streamed request from the call to its last byte.
        ///
        /// Default 900 s.
        public var streamTotal: Duration = .seconds(900)

        /// Makes the defaults.
        public init() {}
    }

    /// How health is checked.
    public struct Health: Sendable, Hashable {
        /// By what.
        ///
        /// Default ``HealthMode/http``.
        public var mode = HealthMode.http
        /// How long a check may take.
        ///
        /// Default 5 s; seed 001.
        public var timeout: Duration = .seconds(5)
        /// The part of the interval by which checks differ.
        ///
        /// Default 0.1.
        public var jitter = 0.1
        /// Failures in a row that make a session unhealthy.
        ///
        /// Default 3; seed 001 (`max_failed_checks`).
        public var unhealthyAfter = 3
        /// Successes in a row that make it healthy again.
        ///
        /// Default 1.
        public var healthyAfter = 1

        /// Makes the defaults.
        public init() {}
    }

    /// Whether and how the number of connections follows the load.
    public struct Sizing: Sendable, Hashable {
        /// Whether it does.
        ///
        /// Default ``SizingMode/fixed``; seed 001, section 5.
        public var mode = SizingMode.fixed
        /// How often it is decided.
        ///
        /// Default 60 s; seed 001.
        public var adjustmentInterval: Duration = .seconds(60)
        /// Requests without which nothing is decided.
        ///
        /// Default 10; seed 001.
        public var minSamples = 10
        /// Connections added at a time.
        ///
        /// Default 5; seed 001.
        public var stepUp = 5
        /// Connections taken away at a time.
        ///
        /// Default 2; seed 001.
        public var stepDown = 2
        /// The mean duration above which requests are slow.
        ///
        /// Default 2 s; seed 001.
        public var slow: Duration = .seconds(2)
        /// The mean duration below which requests are fast.
        ///
        /// Default 0.5 s; seed 001.
        public var fast: Duration = .milliseconds(500)
        /// Connections per request that runs or waits.
        ///
        /// Default 1.5; seed 001, section 11.
        public var factor = 1.5

        /// Makes the defaults.
        public init() {}
    }
}
