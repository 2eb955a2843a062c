extension Registry {
    /// The program around the pool.
    static let operation: [PoolSettings.Option] = [
        .init(
            "stats.enabled",
            \.stats.enabled,
            .bool,
            "Whether there is a server of /pool/stats; serve has it always.",
            source: "002",
            effect: .restart
        ),
        .init("stats.host", \.stats.host, .text, "The address it listens on.", source: "002", effect: .restart),
        .init(
            "stats.port",
            \.stats.port,
            .integer(0...65_535),
            "Its port; 0 takes a free one.",
            source: "002",
            effect: .restart
        ),
        .init(
            "stats.token",
            \.stats.token,
            .optional(.secret),
            "The bearer token that its clients must show.",
            source: "-",
            effect: .restart
        ),
        .init(
            "log_level",
            \.logLevel,
            .choice(synonyms: ["warn": .warning, "fatal": .critical]),
            "How much is logged.",
            source: "001",
            effect: .live
        ),
        .init(
            "log_requests",
            \.logRequests,
            .bool,
            "Whether every request is logged.",
            source: "001",
            effect: .live
        ),
        .init(
            "trace.propagate",
            \.trace.propagate,
            .bool,
            "Whether traceparent is sent, other than to vendors.",
            source: "W3C",
            effect: .live
        ),
    ]

    /// Several processes.
    static let sharing: [PoolSettings.Option] = [
        .init(
            "cluster.mode",
            \.cluster.mode,
            .choice(),
            "Whether processes keep an account's limits together.",
            source: "-",
            effect: .restart
        ),
        .init(
            "cluster.url",
            \.cluster.url,
            .optional(.address(schemes: ["redis", "rediss"])),
            "The shared store.",
            source: "-",
            effect: .restart
        ),
        .init("cluster.prefix", \.cluster.prefix, .text, "What its keys begin with.", source: "-", effect: .restart),
        .init(
            "cluster.on_outage",
            \.cluster.onOutage,
            .choice(),
            "What happens while it cannot be reached.",
            source: "litellm#35533",
            effect: .restart
        ),
        .init(
            "cluster.expected_instances",
            \.cluster.expectedInstances,
            .integer(1...100_000),
            "How many processes there are when nobody can count them.",
            source: "-",
            effect: .restart
        ),
        .init(
            "cluster.lease_ttl",
            \.cluster.leaseTTL,
            .duration(.seconds(1)),
            "How long a permit is held for a process that has fallen silent.",
            source: "gigamux 120",
            effect: .restart
        ),
        .init(
            "cluster.renew",
            \.cluster.renew,
            .duration(.milliseconds(100)),
            "How often permits are renewed.",
            source: "a third of lease_ttl",
            effect: .restart
        ),
        .init(
            "cluster.wait_heartbeat",
            \.cluster.waitHeartbeat,
            .duration(.milliseconds(100)),
            "How often a process that waits says so.",
            source: "-",
            effect: .restart
        ),
        .init(
            "cluster.connect_timeout",
            \.cluster.connectTimeout,
            .duration(.milliseconds(1)),
            "How long connecting to the store may take.",
            source: "-",
            effect: .restart
        ),
        .init(
            "cluster.command_timeout",
            \.cluster.commandTimeout,
            .duration(.milliseconds(1)),
            "How long a command may take.",
            source: "-",
            effect: .restart
        ),
    ]

    /// What differs by provider.
    static let vendors: [PoolSettings.Option] =
        [
            .init(
                "providers.gigachat.scope",
                \.providers.gigachat.scope,
                .word(["GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP"]),
                "Which contract the account has.",
                source: "Sber",
                effect: .drain
            ),
            .init(
                "providers.gigachat.concurrency",
                \.providers.gigachat.concurrency,
                .optional(.integer(1...10_000)),
                "Requests at once.",
                source: "Sber",
                effect: .live,
                missing: "1 for PERS, else 10"
            ),
        ] + account("gigachat", \.providers.gigachat.account.refreshAhead, \.providers.gigachat.account.propagatesTrace)
        + [
            .init(
                "providers.yandexgpt.concurrency",
                \.providers.yandexgpt.concurrency,
                .integer(1...10_000),
                "Requests at once.",
                source: "Yandex",
                effect: .live
            )
        ]
        + account(
            "yandexgpt",
            \.providers.yandexgpt.account.refreshAhead,
            \.providers.yandexgpt.account.propagatesTrace
        )
        + [
            .init(
                "providers.naparnik.concurrency",
                \.providers.naparnik.concurrency,
                .integer(1...10_000),
                "Requests at once.",
                source: "-",
                effect: .live
            )
        ]
        + account("naparnik", \.providers.naparnik.account.refreshAhead, \.providers.naparnik.account.propagatesTrace)

    /// What every provider has.
    private static func account(
        _ name: String,
        _ refreshAhead: any WritableKeyPath<PoolSettings, Duration?> & Sendable,
        _ propagatesTrace: any WritableKeyPath<PoolSettings, Bool> & Sendable
    ) -> [PoolSettings.Option] {
        [
            .init(
                "providers.\(name).auth.refresh_ahead",
                refreshAhead,
                .optional(.duration(.zero)),
                "How long before its end a token is renewed.",
                source: "GigaChat 60",
                effect: .live,
                missing: "10 %, at least 60"
            ),
            .init(
                "providers.\(name).trace.propagate",
                propagatesTrace,
                .bool,
                "Whether traceparent is sent to it.",
                source: "-",
                effect: .live
            ),
        ]
    }
}
