extension Registry {
    /// What an account allows.
    static let accounts: [PoolSettings.Option] = [
        .init(
            "limits.requests_per_second",
            \.limits.requestsPerSecond,
            .number(0...1_000_000),
            "Requests per second; 0 sets no limit.",
            source: "001",
            effect: .live
        ),
        .init(
            "limits.requests_per_minute",
            \.limits.requestsPerMinute,
            .integer(0...1_000_000_000),
            "Requests per minute; 0 sets no limit.",
            source: "001",
            aliases: ["rate_limit_per_minute"],
            effect: .live
        ),
        .init(
            "limits.requests_per_day",
            \.limits.requestsPerDay,
            .integer(0...1_000_000_000),
            "Requests per day; 0 sets no limit.",
            source: "001",
            effect: .live
        ),
        .init(
            "limits.tokens_per_minute",
            \.limits.tokensPerMinute,
            .integer(0...1_000_000_000_000),
            "Tokens per minute; 0 sets no limit.",
            source: "LiteLLM",
            effect: .live
        ),
        .init(
            "limits.tokens_per_day",
            \.limits.tokensPerDay,
            .integer(0...1_000_000_000_000),
            "Tokens per day; 0 sets no limit.",
            source: "LiteLLM",
            effect: .live
        ),
        .init(
            "limits.burst_seconds",
            \.limits.burstSeconds,
            .duration(.milliseconds(1)),
            "How much of a rate may be used at once, in seconds of it.",
            source: "-",
            effect: .live
        ),
        .init(
            "limits.concurrency",
            \.limits.concurrency,
            .optional(.integer(1...10_000)),
            "Requests at once in each session, if fewer than max_size.",
            source: "providers",
            effect: .live,
            missing: "the provider's"
        ),
        .init(
            "limits.adaptive",
            \.limits.adaptive,
            .bool,
            "Whether fewer requests run at once after the provider refused some.",
            source: "AIMD",
            effect: .live
        ),
        .init(
            "limits.adaptive_factor",
            \.limits.adaptiveFactor,
            .number(0.01...1),
            "By what they become fewer.",
            source: "AWS",
            effect: .live
        ),
        .init(
            "limits.adaptive_floor",
            \.limits.adaptiveFloor,
            .integer(1...10_000),
            "What they never fall below.",
            source: "-",
            effect: .live
        ),
        .init(
            "limits.honor_headers",
            \.limits.honorHeaders,
            .bool,
            "Whether limits in responses count.",
            source: "-",
            effect: .live
        ),
    ]

    /// Health checks, and how many connections there are.
    static let health: [PoolSettings.Option] = [
        .init(
            "health_check_interval",
            \.healthCheckInterval,
            .duration(.seconds(1), zero: "never"),
            "How often idle sessions are checked.",
            source: "000, 002",
            aliases: ["check_interval", "health.interval"],
            effect: .live
        ),
        .init("health.mode", \.health.mode, .choice(), "By what they are checked.", source: "-", effect: .live),
        .init(
            "health.timeout",
            \.health.timeout,
            .duration(.milliseconds(1)),
            "How long a check may take.",
            source: "001",
            effect: .live
        ),
        .init(
            "health.jitter",
            \.health.jitter,
            .number(0...0.99),
            "The part of the interval by which checks differ.",
            source: "-",
            effect: .live
        ),
        .init(
            "health.unhealthy_after",
            \.health.unhealthyAfter,
            .integer(1...1_000),
            "Failures in a row that make a session unhealthy.",
            source: "001",
            aliases: ["max_failed_checks"],
            effect: .live
        ),
        .init(
            "health.healthy_after",
            \.health.healthyAfter,
            .integer(1...1_000),
            "Successes in a row that make it healthy again.",
            source: "-",
            effect: .live
        ),
        .init(
            "sizing.mode",
            \.sizing.mode,
            .choice(),
            "Whether the number of connections follows the load.",
            source: "001",
            effect: .live
        ),
        .init(
            "sizing.adjustment_interval",
            \.sizing.adjustmentInterval,
            .duration(.seconds(1)),
            "How often it is decided.",
            source: "001",
            aliases: ["adjustment_interval"],
            effect: .live
        ),
        .init(
            "sizing.min_samples",
            \.sizing.minSamples,
            .integer(1...100_000),
            "Requests without which nothing is decided.",
            source: "001",
            effect: .live
        ),
        .init(
            "sizing.step_up",
            \.sizing.stepUp,
            .integer(1...1_000),
            "Connections added.",
            source: "001",
            effect: .live
        ),
        .init(
            "sizing.step_down",
            \.sizing.stepDown,
            .integer(1...1_000),
            "Connections taken away.",
            source: "001",
            effect: .live
        ),
        .init(
            "sizing.slow",
            \.sizing.slow,
            .duration(.milliseconds(1)),
            "The mean duration above which requests are slow.",
            source: "001",
            effect: .live
        ),
        .init(
            "sizing.fast",
            \.sizing.fast,
            .duration(.milliseconds(1)),
            "The mean duration below which requests are fast.",
            source: "001",
            effect: .live
        ),
        .init(
            "sizing.factor",
            \.sizing.factor,
            .number(1...100),
            "Connections per request that runs or waits.",
            source: "001",
            effect: .live
        ),
    ]
}
