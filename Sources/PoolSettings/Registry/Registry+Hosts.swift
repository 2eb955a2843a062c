extension Registry {
    /// Several hosts.
    static let hosts: [PoolSettings.Option] = [
        .init(
            "failover.strategy",
            \.failover.strategy,
            .choice(),
            "How requests are spread over regions.",
            source: "001",
            aliases: ["region_strategy"],
            effect: .drain
        ),
        .init(
            "failover.max_attempts",
            \.failover.maxAttempts,
            .integer(1...100),
            "Regions that are tried for one request.",
            source: "001",
            effect: .drain
        ),
        .init(
            "failover.failback_delay",
            \.failover.failbackDelay,
            .duration(.zero),
            "How long a region must be well before requests return to it.",
            source: "bifrost#120",
            effect: .drain
        ),
        .init(
            "failover.ramp",
            \.failover.ramp,
            .duration(.zero),
            "Over what time they return.",
            source: "-",
            effect: .drain
        ),
        .init(
            "failover.max_ejection_percent",
            \.failover.maxEjectionPercent,
            .integer(1...100),
            "The percentage of regions that may be left alone at once.",
            source: "ai-gateway#642",
            effect: .drain
        ),
        .init(
            "regions",
            \.regions,
            .regions,
            "The endpoints that serve the same API.",
            source: "001, 003",
            effect: .drain
        ),
        .init(
            "connections_per_host",
            \.connectionsPerHost,
            .integer(1...10_000),
            "Connections to each host of several.",
            source: "003",
            effect: .drain
        ),
    ]
}
