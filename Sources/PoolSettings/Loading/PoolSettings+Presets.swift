extension PoolSettings.Preset {
    /// The values of the preset; the seeds' names are told in the comments.
    var values: [(path: String, value: PoolSettings.Value)] {
        switch self {
        case .highThroughput:
            Self.seed001(connections: 50, size: 100, total: 1_000, perHost: 100, connect: 2, read: 30, rate: 50_000)
        case .lowLatency:
            Self.seed001(connections: 10, size: 20, total: 100, perHost: 30, connect: 1, read: 5, rate: 10_000)
        case .batch:
            Self.seed001(connections: 5, size: 10, total: 50, perHost: 10, connect: 5, read: 120, rate: 2_000)
        case .lowTraffic:
            [
                ("min_size", .integer(1)), ("max_size", .integer(5)), ("idle_timeout", .duration(.seconds(120))),
                ("warmup_on_startup", .bool(false)),
            ]
        case .highTraffic:
            [("min_size", .integer(5)), ("max_size", .integer(20)), ("idle_timeout", .duration(.seconds(600)))]
        }
    }

    private static func seed001(
        connections: Int,
        size: Int,
        total: Int,
        perHost: Int,
        connect: Int,
        read: Int,
        rate: Int
    ) -> [(path: String, value: PoolSettings.Value)] {
        [
            ("max_sessions", .integer(connections)),  // sync_pool_connections
            ("max_size", .integer(size)),  // sync_pool_maxsize
            ("max_total_connections", .integer(total)),  // async_limit_total
            ("max_per_host", .integer(perHost)),  // async_limit_per_host
            ("timeout.connect", .duration(.seconds(connect))),  // sync_timeout_connect
            ("timeout.idle", .duration(.seconds(read))),  // sync_timeout_read
            ("limits.requests_per_minute", .integer(rate)),  // rate_limit_per_minute
        ]
    }
}
