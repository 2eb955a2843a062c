/// What `/pool/stats` answers, as far as the table shows it.
struct StatsDocument: Decodable, Sendable {
    struct Stats: Decodable, Sendable {
        let connectionsCreated: Int
        let connectionsDestroyed: Int
        let connectionsReused: Int
        let acquireTimeouts: Int
        let healthCheckFailures: Int
        let totalConnections: Int
        let availableConnections: Int
        let inUseConnections: Int

        enum CodingKeys: String, CodingKey {
            case connectionsCreated = "connections_created"
            case connectionsDestroyed = "connections_destroyed"
            case connectionsReused = "connections_reused"
            case acquireTimeouts = "acquire_timeouts"
            case healthCheckFailures = "health_check_failures"
            case totalConnections = "total_connections"
            case availableConnections = "available_connections"
            case inUseConnections = "in_use_connections"
        }
    }

    struct Requests: Decodable, Sendable {
        let total: Int
        let failed: Int
        let cancelled: Int
        let active: Int
        let p50: Double
        let p95: Double
        let p99: Double

        enum CodingKeys: String, CodingKey {
            case total, failed, cancelled, active
            case p50 = "p50_s"
            case p95 = "p95_s"
            case p99 = "p99_s"
        }
    }

    struct Limit: Decodable, Sendable {
        let limit: Int
        let inUse: Int

        enum CodingKeys: String, CodingKey {
            case limit
            case inUse = "in_use"
        }
    }

    struct Session: Decodable, Sendable {
        let key: String
        let health: String
        let limits: [String: Limit]
        let requests: Int
        let failed: Int
        let reuseRatio: Double
        let p50: Double
        let p95: Double
        let p99: Double

        enum CodingKeys: String, CodingKey {
            case key, health, limits, requests, failed
            case reuseRatio = "reuse_ratio"
            case p50 = "p50_s"
            case p95 = "p95_s"
            case p99 = "p99_s"
        }
    }

    struct Details: Decodable, Sendable {
        let pool: String
        let state: String
        let reasons: [String]
        let uptime: Double
        let pending: Int
        let peak: Int
        let reuseRatio: Double
        let requests: Requests
        let pools: [Session]

        enum CodingKeys: String, CodingKey {
            case pool, state, reasons, requests, pools
            case uptime = "uptime_seconds"
            case pending = "pending_requests"
            case peak = "pool_size_peak"
            case reuseRatio = "reuse_ratio"
        }
    }

    let isEnabled: Bool
    let stats: Stats
    let details: Details

    enum CodingKeys: String, CodingKey {
        case stats, details
        case isEnabled = "pool_enabled"
    }
}
