internal import HTTPSessionPool

/// What is told by server: OpenTelemetry's metrics, and the permits.
extension PoolMetrics {
    var requestFamilies: [MetricFamily] {
        var durations = MetricFamily(
            name: "http_client_request_duration_seconds",
            help: "Duration of requests, without their wait for a permit.",
            kind: .histogram,
            unit: "seconds"
        )
        var lifetimes = MetricFamily(
            name: "http_client_connection_duration_seconds",
            help: "How old connections were when they were closed.",
            kind: .histogram,
            unit: "seconds"
        )
        var open: [(Labels, Double)] = []
        for (server, statistics) in servers {
            durations.samples += statistics.series.map { one in
                MetricBounds.sample(one.durations, MetricBounds.request, Self.labels(of: one) + labels(server))
            }
            if statistics.lifetimes.count > 0 {
                lifetimes.samples.append(
                    MetricBounds.sample(statistics.lifetimes, MetricBounds.lifetime, labels(server))
                )
            }
            open.append((labels(server, "http_connection_state", "active"), Double(statistics.inUseConnections)))
            open.append((labels(server, "http_connection_state", "idle"), Double(statistics.idleConnections)))
        }
        return [
            durations,
            byServer("http_client_active_requests", .gauge, "Requests that run now.") { $0.running },
            .numbers("http_client_open_connections", .gauge, "Connections that are open now.", open),
            lifetimes,
        ]
    }

    private static func labels(of series: RequestSeries) -> Labels {
        var labels: Labels = [("http_request_method", series.method)]
        if let status = series.status, status > 0 {
            labels.append(("http_response_status_code", String(status)))
            if status >= 400 { labels.append(("error_type", String(status))) }
        }
        if let type = series.errorType { labels.append(("error_type", type.rawValue)) }
        if !series.httpVersion.isEmpty { labels.append(("network_protocol_version", series.httpVersion)) }
        return labels
    }

    private func labels(_ server: ServerLabels) -> Labels { poolLabels + server.pairs }

    private func labels(_ server: ServerLabels, _ name: String, _ value: String) -> Labels {
        labels(server) + [(name, value)]
    }

    func byServer(
        _ name: String,
        _ kind: MetricFamily.Kind,
        _ help: String,
        _ value: (SessionStatistics) -> Int
    ) -> MetricFamily {
        .numbers(name, kind, help, servers.map { (labels($0.labels), Double(value($0.statistics))) })
    }

    private func bySession(_ value: (PoolStatistics.SessionSnapshot) -> Int) -> [(Labels, Double)] {
        var sums: [ServerLabels: Int] = [:]
        for session in pool.sessions { sums[ServerLabels(origin: session.origin), default: 0] += value(session) }
        return sums.sorted { $0.key < $1.key }.map { (labels($0.key), Double($0.value)) }
    }

    var concurrencyLimit: MetricFamily {
        .numbers(
            "session_pool_concurrency_limit",
            .gauge,
            "Permits that there are.",
            bySession { $0.limits.maxConcurrentRequests }
        )
    }

    var unhealthySessions: MetricFamily {
        .numbers(
            "session_pool_unhealthy_sessions",
            .gauge,
            "Sessions that failed their health checks.",
            bySession { $0.statistics.health.state == .unhealthy ? 1 : 0 }
        )
    }
}
