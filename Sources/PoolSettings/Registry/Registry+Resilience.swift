extension Registry {
    /// Repetitions.
    static let retries: [PoolSettings.Option] = [
        .init(
            "retry.max_retries",
            \.retry.maxRetries,
            .integer(0...20),
            "Repetitions of a request.",
            source: "000",
            aliases: ["retries", "max_retries"],
            effect: .live
        ),
        .init(
            "retry.backoff_factor",
            \.retry.backoffFactor,
            .number(1...100),
            "By what the waiting time grows each time.",
            source: "000",
            aliases: ["backoff_factor"],
            effect: .live
        ),
        .init("retry.base", \.retry.base, time, "The first waiting time.", source: "OpenAI", effect: .live),
        .init(
            "retry.throttle_base",
            \.retry.throttleBase,
            time,
            "The first waiting time after the provider asked for less load.",
            source: "AWS",
            effect: .live
        ),
        .init("retry.cap", \.retry.cap, time, "The longest waiting time.", source: "AWS", effect: .live),
        .init("retry.jitter", \.retry.jitter, .choice(), "How they are spread.", source: "AWS", effect: .live),
        .init(
            "retry.statuses",
            \.retry.statuses,
            .statuses,
            "The status codes that are repeated.",
            source: "OpenAI, GigaChat",
            effect: .live
        ),
        .init(
            "retry.ambiguous",
            \.retry.ambiguous,
            .choice(),
            "What happens to a request that may have been processed.",
            source: "-",
            effect: .live
        ),
        .init(
            "retry.max_elapsed_for_retry",
            \.retry.maxElapsedForRetry,
            .duration(.milliseconds(1), zero: "no limit"),
            "The duration above which an attempt is not repeated.",
            source: "APISIX",
            effect: .live
        ),
        .init(
            "retry.retry_after_max",
            \.retry.retryAfterMax,
            .duration(.zero),
            "The longest waiting time that a server may ask for.",
            source: "OpenAI 120",
            effect: .live
        ),
        .init(
            "retry.budget_ratio",
            \.retry.budgetRatio,
            .number(0...1),
            "Repetitions per request, on average.",
            source: "Finagle, Envoy",
            effect: .live
        ),
        .init(
            "retry.budget_ttl",
            \.retry.budgetTTL,
            .duration(.seconds(1)),
            "Over what time the average is taken.",
            source: "Finagle 10",
            effect: .live
        ),
        .init(
            "retry.budget_min_per_second",
            \.retry.budgetMinPerSecond,
            .number(0...1_000),
            "Repetitions per second that are always allowed.",
            source: "Finagle 10",
            effect: .live
        ),
        .init(
            "hedge.enabled",
            \.hedge.enabled,
            .bool,
            "Whether slow requests are doubled.",
            source: "-",
            effect: .live
        ),
        .init(
            "hedge.delay",
            \.hedge.delay,
            .hedgeDelay,
            "How long the first request is waited for.",
            source: "Finagle",
            effect: .live
        ),
        .init(
            "hedge.max_extra_load",
            \.hedge.maxExtraLoad,
            .number(0...1),
            "Additional requests, as a part of all.",
            source: "Finagle",
            effect: .live
        ),
    ]

    private static let time = OptionType<Duration>.duration(.milliseconds(1))

    /// The circuit breaker.
    static let breakers: [PoolSettings.Option] = [
        .init("breaker.enabled", \.breaker.enabled, .bool, "Whether it ever opens.", source: "001", effect: .live),
        .init(
            "breaker.failure_threshold",
            \.breaker.failureThreshold,
            .integer(1...1_000),
            "Failures in a row that open it.",
            source: "001",
            aliases: ["failure_threshold"],
            effect: .live
        ),
        .init(
            "breaker.window",
            \.breaker.window,
            .duration(.seconds(1)),
            "Over what time the rates are taken.",
            source: "-",
            effect: .live
        ),
        .init(
            "breaker.min_calls",
            \.breaker.minCalls,
            .integer(1...100_000),
            "Requests without which the rates say nothing.",
            source: "-",
            effect: .live
        ),
        .init(
            "breaker.failure_rate",
            \.breaker.failureRate,
            .number(0...1),
            "The part of requests whose failure opens it.",
            source: "resilience4j",
            effect: .live
        ),
        .init(
            "breaker.slow_threshold",
            \.breaker.slowThreshold,
            time,
            "The time to the first chunk above which a request is slow.",
            source: "-",
            effect: .live
        ),
        .init(
            "breaker.slow_rate",
            \.breaker.slowRate,
            .number(0...1),
            "The part of requests whose slowness opens it.",
            source: "-",
            effect: .live
        ),
        .init(
            "breaker.call_timeout",
            \.breaker.callTimeout,
            .duration(.milliseconds(1), zero: "as timeout.*"),
            "The time to the first chunk after which a request is cancelled and counts as failed.",
            source: "001 30",
            aliases: ["breaker.timeout"],
            effect: .live
        ),
        .init(
            "breaker.reset_timeout",
            \.breaker.resetTimeout,
            time,
            "How long it stays open.",
            source: "001",
            aliases: ["reset_timeout"],
            effect: .live
        ),
        .init(
            "breaker.max_reset_timeout",
            \.breaker.maxResetTimeout,
            time,
            "How long it stays open at most.",
            source: "Envoy",
            effect: .live
        ),
        .init(
            "breaker.half_open_permits",
            \.breaker.halfOpenPermits,
            .integer(1...1_000),
            "Requests let through as a trial.",
            source: "001",
            effect: .live
        ),
        .init(
            "breaker.success_threshold",
            \.breaker.successThreshold,
            .integer(1...10_000),
            "Trials that must succeed to close it.",
            source: "001",
            effect: .live
        ),
    ]
}
