/// A pool's statistics as a person reads them.
struct StatsReport {
    private let document: StatsDocument

    init(_ document: StatsDocument) {
        self.document = document
    }

    /// The whole report.
    var text: String { [facts, sessions].filter { !$0.isEmpty }.joined(separator: "\n") }

    private var facts: String {
        let (stats, details) = (document.stats, document.details)
        let requests = details.requests
        var lines = [
            ("pool", details.pool + (document.isEnabled ? "" : " (nothing is pooled)")),
            ("state", ([details.state] + details.reasons).joined(separator: " - ")),
            ("uptime", "\(details.uptime.fixed(0)) s"),
            (
                "requests",
                "\(requests.total), \(requests.failed) failed, \(requests.cancelled) cancelled, "
                    + "\(requests.active) running, \(details.pending) waiting"
            ),
            (
                "request time",
                "p50 \(Self.time(requests.p50)), p95 \(Self.time(requests.p95)), p99 \(Self.time(requests.p99))"
            ),
            (
                "connections",
                "\(stats.totalConnections): \(stats.inUseConnections) in use, \(stats.availableConnections) idle; "
                    + "peak \(details.peak)"
            ),
            ("", "\(stats.connectionsCreated) created, \(stats.connectionsDestroyed) destroyed"),
            ("reuse", "\(stats.connectionsReused) times, \(Self.percent(details.reuseRatio))"),
            ("acquire timeouts", "\(stats.acquireTimeouts)"),
        ]
        if stats.healthCheckFailures > 0 { lines.append(("health checks", "\(stats.healthCheckFailures) failed")) }
        return CommandSpecification.columns(lines) + "\n"
    }

    private var sessions: String {
        guard !document.details.pools.isEmpty else { return "" }
        var rows = [
            [
                "session", "health", "permits", "connections", "waiting", "requests", "failed", "p50", "p95", "p99",
                "reuse",
            ]
        ]
        for one in document.details.pools {
            func use(_ name: String) -> String { one.limits[name].map { "\($0.inUse)/\($0.limit)" } ?? "-" }
            rows.append([
                one.key, one.health, use("concurrency"), use("connections"),
                one.limits["waiters"].map { "\($0.inUse)" } ?? "-", "\(one.requests)", "\(one.failed)",
                Self.time(one.p50), Self.time(one.p95), Self.time(one.p99), Self.percent(one.reuseRatio),
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { $1.padded(to: widths[$0], alignRight: $0 > 1) }.joined(separator: "  ") + "\n"
        }.joined()
    }

    private static func time(_ seconds: Double) -> String {
        seconds < 1 ? "\((seconds * 1_000).fixed(1)) ms" : "\(seconds.fixed(2)) s"
    }

    private static func percent(_ share: Double) -> String { "\((share * 100).fixed(1))%" }
}
