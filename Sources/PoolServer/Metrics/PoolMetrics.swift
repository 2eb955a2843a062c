internal import CurlTransport
internal import HTTPSessionPool

/// A pool's metrics: OpenTelemetry's names for requests and connections, `session_pool_` for what is a pool's own.
struct PoolMetrics {
    typealias Labels = [(name: String, value: String)]

    let pool: PoolStatistics
    private let isReady: Bool
    /// By server: sessions of one host and port are one series, whatever tells them apart in the pool.
    let servers: [(labels: ServerLabels, statistics: SessionStatistics)]
    let poolLabels: Labels

    init(_ pool: PoolStatistics, isReady: Bool) {
        self.pool = pool
        self.isReady = isReady
        var sums: [ServerLabels: SessionStatistics] = [:]
        for origin in pool.origins {
            let labels = ServerLabels(origin: origin.origin)
            sums[labels] = sums[labels].map { $0 + origin.statistics } ?? origin.statistics
        }
        servers = sums.sorted { $0.key < $1.key }.map { (labels: $0.key, statistics: $0.value) }
        poolLabels = [("pool", pool.name)]
    }

    var families: [MetricFamily] { requestFamilies + gauges + histograms + connectionCounters + requestCounters }

    // MARK: Of the pool

    private func one(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Int) -> MetricFamily {
        .numbers(name, kind, help, [(poolLabels, Double(value))])
    }

    private func several(
        _ name: String,
        _ kind: MetricFamily.Kind,
        _ help: String,
        label: String,
        _ values: [(String, Int)]
    ) -> MetricFamily {
        .numbers(name, kind, help, values.map { (poolLabels + [(label, $0.0)], Double($0.1)) })
    }

    private var gauges: [MetricFamily] {
        let total = pool.total
        let limit = pool.sessions.reduce(0) { $0 + $1.limits.maxConnections }
        let states: [PoolStatistics.State] = [.running, .draining, .closed]
        return [
            several(
                "session_pool_connections",
                .gauge,
                "Connections of the pool by state.",
                label: "state",
                [("idle", total.idleConnections), ("used", total.inUseConnections)]
            ),
            one(
                "session_pool_connections_max",
                .gauge,
                "Connections that the sessions may open.",
                min(limit, pool.maxTotalConnections ?? limit)
            ),
            one(
                "session_pool_connections_min",
                .gauge,
                "Connections that the sessions keep open without need.",
                pool.sessions.reduce(0) { $0 + $1.minConnections }
            ),
            one(
                "session_pool_connections_peak",
                .gauge,
                "The most connections that were open at a time.",
                pool.peakConnections
            ),
            one(
                "session_pool_pending_requests",
                .gauge,
                "Requests that wait for a permit, and callers who wait for a session.",
                pool.pendingRequests
            ),
            one("session_pool_sessions", .gauge, "Sessions that the pool holds.", pool.sessions.count),
            one("session_pool_sessions_max", .gauge, "Sessions that the pool may hold.", pool.maxSessions),
            byServer("session_pool_concurrency_in_use", .gauge, "Permits that requests hold.") { $0.running },
            concurrencyLimit,
            unhealthySessions,
            several(
                "session_pool_state",
                .gauge,
                "1 for the state that the pool is in.",
                label: "state",
                states.map { ($0.rawValue, $0 == pool.state ? 1 : 0) }
            ),
            one("session_pool_ready", .gauge, "Whether the pool takes requests.", isReady ? 1 : 0),
            .numbers(
                "session_pool_uptime_seconds",
                .gauge,
                "How long ago the pool was made.",
                unit: "seconds",
                [(poolLabels, Double(pool.uptime.wholeNanoseconds) / 1e9)]
            ),
        ]
    }

    private func histogram(
        _ name: String,
        _ help: String,
        _ histogram: LatencyHistogram,
        _ bounds: [Double]
    ) -> MetricFamily {
        let sample = MetricBounds.sample(histogram, bounds, poolLabels)
        return MetricFamily(name: name, help: help, kind: .histogram, unit: "seconds", samples: [sample])
    }

    private var histograms: [MetricFamily] {
        let total = pool.total
        return [
            histogram(
                "session_pool_acquire_wait_seconds",
                "How long requests waited for a permit.",
                total.waits,
                MetricBounds.wait
            ),
            histogram(
                "session_pool_connection_create_seconds",
                "How long new connections took, TLS included.",
                total.connects,
                MetricBounds.wait
            ),
            histogram(
                "session_pool_connection_use_seconds",
                "How long requests used their connection.",
                total.durations,
                MetricBounds.request
            ),
            histogram(
                "session_pool_time_to_first_chunk_seconds",
                "From the call of a streamed request to the first piece of its body.",
                total.firstChunks,
                MetricBounds.request
            ),
        ]
    }

    private var connectionCounters: [MetricFamily] {
        let total = pool.total
        let reasons = ConnectionCloseReason.allCases.map { ($0.rawValue, total.closeReasons[$0] ?? 0) }
        let health = total.health
        return [
            one("session_pool_connections_created", .counter, "Connections opened.", total.connectionsCreated),
            several(
                "session_pool_connections_destroyed",
                .counter,
                "Connections closed, by the reason.",
                label: "reason",
                reasons
            ),
            one("session_pool_connections_reused", .counter, "Requests on a kept connection.", total.reuses),
            one("session_pool_tls_handshakes", .counter, "TLS handshakes.", total.tlsHandshakes),
            one(
                "session_pool_validation_failures",
                .counter,
                "Kept connections found dead before their reuse.",
                total.validationFailures
            ),
            several(
                "session_pool_health_checks",
                .counter,
                "Health checks by their result.",
                label: "result",
                [("success", health.checks - health.failures), ("failure", health.failures)]
            ),
            one("session_pool_health_check_failures", .counter, "Health checks that failed.", health.failures),
            one("session_pool_sessions_created", .counter, "Sessions created.", pool.sessionsCreated),
            one("session_pool_evictions", .counter, "Sessions closed to make room.", pool.evictions),
        ]
    }

    private var requestCounters: [MetricFamily] {
        let total = pool.total
        return [
            several(
                "session_pool_requests",
                .counter,
                "Requests that ended, by their result.",
                label: "result",
                [
                    ("success", total.requests - total.failures - total.cancellations),
                    ("failure", total.failures),
                    ("cancelled", total.cancellations),
                ]
            ),
            one("session_pool_requests_queued", .counter, "Requests that waited for a permit.", total.queued),
            one(
                "session_pool_acquire_timeouts",
                .counter,
                "Requests that got no permit in time, and callers who got no session.",
                pool.acquireTimeouts
            ),
            one("session_pool_timeouts", .counter, "Requests that a time limit ended.", total.timeoutErrors),
            one(
                "session_pool_streams_interrupted",
                .counter,
                "Streams that broke off.",
                total.interruptedStreams
            ),
        ]
    }
}
