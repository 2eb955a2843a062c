internal import CurlTransport
internal import HTTPSessionPool

/// The answer of `/pool/stats`: the object of the old pools' guide, and everything else under `details`.
struct StatisticsDocument {
    let pool: PoolStatistics
    /// What the sessions' upkeep knows, by their numbers.
    let conditions: [UInt64: SessionCondition]
    /// In seconds; `nil` when nobody checks.
    let healthCheckInterval: Duration?
    /// When the snapshot was taken, in nanoseconds since 1970.
    let wallTime: Int64
    /// Why the program takes no requests; empty when it does.
    let reasons: [String]

    private var total: SessionStatistics { pool.total }

    var json: JSON {
        .object([
            ("pool_enabled", .bool(pool.isEnabled)),
            ("stats", stats),
            ("details", details),
        ])
    }

    /// Zeros when nothing is pooled: what private sessions do is no pool's.
    private var stats: JSON {
        let isEnabled = pool.isEnabled
        func count(_ value: Int) -> JSON { .integer(isEnabled ? value : 0) }
        return .object([
            ("connections_created", count(total.connectionsCreated)),
            ("connections_destroyed", count(total.connectionsDestroyed)),
            ("connections_reused", count(total.reuses)),
            ("acquire_timeouts", count(pool.acquireTimeouts)),
            ("health_check_failures", count(total.health.failures)),
            ("total_connections", count(total.totalConnections)),
            ("available_connections", count(total.idleConnections)),
            ("in_use_connections", count(total.inUseConnections)),
        ])
    }

    private var details: JSON {
        .object([
            ("pool", .string(pool.name)),
            ("state", .string(pool.state.rawValue)),
            ("time", .string(Timestamp.text(wallTime))),
            ("uptime_seconds", .seconds(pool.uptime)),
            ("ready", .bool(reasons.isEmpty)),
            ("reasons", .array(reasons.map(JSON.string))),
            ("pending_requests", .integer(pool.pendingRequests)),
            ("pool_utilization", .share(total.utilization)),
            ("pool_size_peak", .integer(pool.peakConnections)),
            ("sessions", .integer(pool.sessions.count)),
            ("max_sessions", .integer(pool.maxSessions)),
            ("max_connections", pool.maxTotalConnections.map(JSON.integer) ?? .null),
            ("sessions_created", .integer(pool.sessionsCreated)),
            ("evictions", .integer(pool.evictions)),
            ("reuse_ratio", .share(total.reuseRatio)),
            ("reuses_per_connection", .share(total.reusesPerConnection)),
            ("pool_efficiency", .share(total.efficiency)),
            ("requests", requests),
            ("wait", wait),
            ("connections", connections),
            ("last_24h", last24h),
            ("health", health),
            ("pools", .array(pool.sessions.map(session))),
        ])
    }

    private var requests: JSON {
        let durations = total.durations
        return .object([
            ("total", .integer(total.requests)),
            ("failed", .integer(total.failures)),
            ("cancelled", .integer(total.cancellations)),
            ("active", .integer(total.running)),
            ("timeouts", .integer(total.timeoutErrors)),
            ("streamed", .integer(total.streams)),
            ("streams_interrupted", .integer(total.interruptedStreams)),
            ("error_rate", .share(total.errorRate)),
            ("avg_s", .seconds(durations.mean)),
            ("p50_s", .seconds(durations.percentile(0.5))),
            ("p95_s", .seconds(durations.percentile(0.95))),
            ("p99_s", .seconds(durations.percentile(0.99))),
            ("max_s", .seconds(durations.maximum)),
            ("ttfc_p50_s", .seconds(total.firstChunks.percentile(0.5))),
            ("ttfc_p95_s", .seconds(total.firstChunks.percentile(0.95))),
            ("ttfc_p99_s", .seconds(total.firstChunks.percentile(0.99))),
            ("by_result", .array(results)),
        ])
    }

    /// Requests by what became of them: a status code, or the type of the error.
    private var results: [JSON] {
        var counts: [String: Int] = [:]
        for one in total.series {
            let result = one.errorType?.rawValue ?? one.status.map { $0 == 0 ? "response" : String($0) } ?? "_OTHER"
            counts[result, default: 0] += one.durations.count
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { result, count in
            .object([("result", .string(result)), ("count", .integer(count))])
        }
    }

    private var wait: JSON {
        let waits = total.waits
        let sum = waits.sum + pool.placeWaits.sum
        let mean = total.requests == 0 ? Duration.zero : sum / total.requests
        return .object([
            ("queued", .integer(total.queued)),
            ("total_s", .seconds(sum)),
            ("avg_s", .seconds(mean)),
            ("avg_wait_time_ms", .number(Double(mean.wholeNanoseconds / 1_000) / 1e3)),
            ("p50_s", .seconds(waits.percentile(0.5))),
            ("p95_s", .seconds(waits.percentile(0.95))),
            ("p99_s", .seconds(waits.percentile(0.99))),
            ("max_s", .seconds(max(waits.maximum, pool.placeWaits.maximum))),
            ("avg_acquire_s", .seconds(waits.mean)),
            ("avg_release_s", .fineSeconds(total.releases.mean)),
        ])
    }

    private var connections: JSON {
        let reasons = ConnectionCloseReason.allCases.map { ($0.rawValue, JSON.integer(total.closeReasons[$0] ?? 0)) }
        return .object([
            ("active_connections", .integer(total.inUseConnections)),
            ("idle_connections", .integer(total.idleConnections)),
            ("total_connections", .integer(total.totalConnections)),
            ("destroyed_by_reason", .object(reasons)),
            ("tls_handshakes", .integer(total.tlsHandshakes)),
            ("validation_failures", .integer(total.validationFailures)),
            ("avg_create_s", .seconds(total.connects.mean)),
            ("p95_create_s", .seconds(total.connects.percentile(0.95))),
            ("avg_age_s", .seconds(total.lifetimes.mean)),
            ("max_age_s", .seconds(total.lifetimes.maximum)),
        ])
    }

    private var last24h: JSON {
        let day = total.last24h
        return .object([
            ("connections_created", .integer(day.connectionsCreated)),
            ("connections_destroyed", .integer(day.connectionsDestroyed)),
            ("reuse_count", .integer(day.reuses)),
            ("timeout_errors", .integer(day.timeoutErrors)),
            ("validation_failures", .integer(day.validationFailures)),
            ("requests", .integer(day.requests)),
            ("failures", .integer(day.failures)),
        ])
    }

    private var health: JSON {
        let lastCheck = pool.timeSinceHealthCheck.map { Timestamp.text(wallTime - $0.wholeNanoseconds) }
        return .object([
            ("healthy_connections", .integer(pool.healthyConnections)),
            ("unhealthy_connections", .integer(pool.unhealthyConnections)),
            ("last_health_check", lastCheck.map(JSON.string) ?? .null),
            ("check_interval", healthCheckInterval.map { .seconds($0) } ?? .null),
            ("checks", .integer(total.health.checks)),
            ("failures", .integer(total.health.failures)),
        ])
    }

    private func session(_ session: PoolStatistics.SessionSnapshot) -> JSON {
        let (statistics, limits) = (session.statistics, session.limits)
        func limit(_ limit: Int, _ inUse: Int) -> JSON {
            .object([("limit", .integer(limit)), ("in_use", .integer(inUse))])
        }
        let durations = statistics.durations
        return .object([
            ("key", .string(session.origin)),
            ("id", .integer(Int(clamping: session.id))),
            ("health", .string(statistics.health.state.rawValue)),
            (
                "limits",
                .object([
                    ("concurrency", limit(limits.maxConcurrentRequests, statistics.running)),
                    ("connections", limit(limits.maxConnections, statistics.totalConnections)),
                    ("waiters", limit(limits.maxWaiters, statistics.waiting)),
                ])
            ),
            ("connections_created", .integer(statistics.connectionsCreated)),
            ("connections_destroyed", .integer(statistics.connectionsDestroyed)),
            ("available_connections", .integer(statistics.idleConnections)),
            ("in_use_connections", .integer(statistics.inUseConnections)),
            ("pool_size_peak", .integer(statistics.peakConnections)),
            ("requests", .integer(statistics.requests)),
            ("failed", .integer(statistics.failures)),
            ("reuse_ratio", .share(statistics.reuseRatio)),
            ("p50_s", .seconds(durations.percentile(0.5))),
            ("p95_s", .seconds(durations.percentile(0.95))),
            ("p99_s", .seconds(durations.percentile(0.99))),
            ("upkeep", conditions[session.id].map(upkeep) ?? .null),
        ])
    }

    private func upkeep(_ condition: SessionCondition) -> JSON {
        let suspended: JSON =
            switch condition.suspension {
            case nil: .bool(false)
            case .indefinite: .bool(true)
            case .until(let end): .seconds(max(.zero, ContinuousClock.now.duration(to: end)))
            }
        return .object([
            ("warm_ups", .integer(condition.warmUp.runs)),
            ("warm_up_failures", .integer(condition.warmUp.failures)),
            ("last_warm_up_error", condition.warmUp.lastError.map { .string($0.code.description) } ?? .null),
            ("last_health_error", condition.health.lastError.map { .string($0.code.description) } ?? .null),
            ("suspended", suspended),
        ])
    }
}
