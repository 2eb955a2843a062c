extension Registry {
    /// The pool and its connections.
    static let pool: [PoolSettings.Option] = [
        .init(
            "preset",
            \.preset,
            .optional(.choice(), none: "none"),
            "A named set of values.",
            source: "001, 002",
            effect: .drain
        ),
        .init(
            "enabled",
            \.enabled,
            .bool,
            "Whether sessions are pooled; false gives every caller a private one.",
            source: "002",
            effect: .drain
        ),
        .init(
            "min_size",
            \.minSize,
            .integer(0...10_000),
            "Connections kept warm in each session.",
            source: "002",
            aliases: ["min_connections"],
            effect: .drain
        ),
        .init(
            "max_size",
            \.maxSize,
            .integer(1...10_000),
            "Requests that run at once in each session.",
            source: "000, 002, 004",
            aliases: ["sync_pool_maxsize", "pool_maxsize", "pool_size", "max_connections"],
            effect: .drain
        ),
        .init(
            "max_sessions",
            \.maxSessions,
            .integer(1...10_000),
            "Sessions held at once, one per base URL.",
            source: "004",
            aliases: ["sync_pool_connections", "pool_connections"],
            effect: .drain
        ),
        .init(
            "max_per_host",
            \.maxPerHost,
            .optional(.integer(1...10_000)),
            "Sockets of a session at once.",
            source: "001",
            aliases: ["async_limit_per_host", "limit_per_host"],
            effect: .drain,
            missing: "max_size"
        ),
        .init(
            "max_total_connections",
            \.maxTotalConnections,
            .integer(0...1_000_000),
            "Sockets of all sessions together; 0 sets no total.",
            source: "001",
            aliases: ["async_limit_total", "limit_total"],
            effect: .drain
        ),
        .init(
            "idle_timeout",
            \.idleTimeout,
            .duration(.seconds(1)),
            "How long an unused connection is kept.",
            source: "000, 002",
            aliases: ["max_idle_seconds", "max_idle", "keepalive_expiry"],
            effect: .drain
        ),
        .init(
            "max_age",
            \.maxAge,
            .duration(.seconds(30), zero: "no limit"),
            "How old a connection may grow.",
            source: "000, 003",
            aliases: ["max_lifetime", "max_lifetime_seconds"],
            effect: .drain
        ),
        .init(
            "max_age_jitter",
            \.maxAgeJitter,
            .number(0...0.99),
            "The part of max_age by which connections differ.",
            source: "HikariCP 0.025",
            effect: .drain
        ),
        .init(
            "acquire_timeout",
            \.acquireTimeout,
            .duration(.milliseconds(1), zero: "with block = false"),
            "How long a request waits for a permit, and a caller for a place in the pool.",
            source: "002",
            aliases: ["acquire_timeout_seconds", "timeout.pool"],
            effect: .live
        ),
        .init(
            "block",
            \.block,
            .bool,
            "Whether requests wait when all permits are out.",
            source: "001",
            aliases: ["sync_pool_block", "pool_block"],
            effect: .live
        ),
        .init(
            "max_waiters",
            \.maxWaiters,
            .integer(0...1_000_000),
            "Requests that may wait for a permit of a session.",
            source: "Envoy 1024",
            effect: .live
        ),
        .init(
            "eviction",
            \.eviction,
            .choice(),
            "Which session goes first when the pool is full.",
            source: "004",
            effect: .drain
        ),
        .init(
            "validate_on_acquire",
            \.validateOnAcquire,
            .bool,
            "Whether an idle connection is checked before it is used again.",
            source: "000, 003",
            aliases: ["validation"],
            effect: .drain
        ),
        .init(
            "alive_bypass",
            \.aliveBypass,
            .duration(.zero),
            "How recently a connection must have been used to need no check.",
            source: "HikariCP",
            effect: .drain
        ),
        .init(
            "leak_detection",
            \.leakDetection,
            .duration(.milliseconds(1), zero: "off"),
            "After what time a stream whose reader takes nothing is ended.",
            source: "HikariCP",
            effect: .live
        ),
        .init(
            "drain_timeout",
            \.drainTimeout,
            .duration(.zero),
            "How long running requests may go on at the end.",
            source: "-",
            effect: .live
        ),
        .init(
            "stream_drain_timeout",
            \.streamDrainTimeout,
            .duration(.zero),
            "How long running streams may go on at the end.",
            source: "-",
            effect: .live
        ),
        .init(
            "warmup_on_startup",
            \.warmupOnStartup,
            .bool,
            "Whether min_size connections are opened at the start.",
            source: "002",
            effect: .restart
        ),
        .init(
            "warmup.connections",
            \.warmup.connections,
            .optional(.integer(0...10_000)),
            "Connections opened ahead of time per session.",
            source: "001",
            aliases: ["warmup.num_connections"],
            effect: .restart,
            missing: "min_size"
        ),
        .init(
            "warmup.required",
            \.warmup.required,
            .bool,
            "Whether the start fails when they cannot be opened.",
            source: "-",
            effect: .restart
        ),
        .init(
            "warmup.timeout",
            \.warmup.timeout,
            .duration(.milliseconds(1)),
            "How long the start waits for them.",
            source: "-",
            effect: .restart
        ),
        .init(
            "warmup.parallel",
            \.warmup.parallel,
            .integer(1...64),
            "How many are opened at once.",
            source: "001",
            effect: .restart
        ),
    ]
}
