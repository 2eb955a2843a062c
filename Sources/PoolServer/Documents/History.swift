internal import CurlTransport
internal import HTTPSessionPool

/// The last minutes of a pool, in constant memory: what each interval added, and how things were at its end.
struct History: Sendable {
    /// One interval.
    struct Sample: Sendable {
        /// When it ended, in nanoseconds since 1970.
        var wallTime: Int64
        var requests: Int
        var failures: Int
        /// Of the requests that ended in the interval; `nil` when none did.
        var p50: Duration?
        var p95: Duration?
        var p99: Duration?
        var inUse: Int
        var idle: Int
        var waiting: Int
        var running: Int
    }

    /// How many intervals are kept.
    static let capacity = 120

    /// Nanoseconds between two samples.
    let interval: Int64
    private(set) var samples: [Sample] = []
    private var last: (time: MonotonicTime, statistics: SessionStatistics, durations: LatencyHistogram)?

    init(interval: Int64) {
        self.interval = interval
    }

    /// Whether it is time for a sample; a tick may come a little early.
    func isDue(at now: MonotonicTime) -> Bool {
        guard let last else { return true }
        return now.nanoseconds - last.time.nanoseconds >= interval - interval / 10
    }

    /// Takes a sample; the first one is only what later ones are compared with.
    mutating func sample(_ pool: PoolStatistics, at now: MonotonicTime, wallTime: Int64) {
        let total = pool.total
        let durations = total.durations
        defer { last = (now, total, durations) }
        guard let last else { return }
        let recent = durations.since(last.durations)
        let hasAny = recent.count > 0
        samples.append(
            Sample(
                wallTime: wallTime,
                requests: max(0, total.requests - last.statistics.requests),
                failures: max(0, total.failures - last.statistics.failures),
                p50: hasAny ? recent.percentile(0.5) : nil,
                p95: hasAny ? recent.percentile(0.95) : nil,
                p99: hasAny ? recent.percentile(0.99) : nil,
                inUse: total.inUseConnections,
                idle: total.idleConnections,
                waiting: pool.pendingRequests,
                running: total.running
            )
        )
        if samples.count > Self.capacity { samples.removeFirst(samples.count - Self.capacity) }
    }

    var json: JSON {
        .object([
            ("interval_s", .number(Double(interval) / 1e9)),
            ("capacity", .integer(Self.capacity)),
            ("samples", .array(samples.map(\.json))),
        ])
    }
}

extension History.Sample {
    fileprivate var json: JSON {
        func time(_ duration: Duration?) -> JSON { duration.map { .seconds($0) } ?? .null }
        return .object([
            ("time", .string(Timestamp.text(wallTime))),
            ("requests", .integer(requests)),
            ("failed", .integer(failures)),
            ("p50_s", time(p50)),
            ("p95_s", time(p95)),
            ("p99_s", time(p99)),
            ("in_use_connections", .integer(inUse)),
            ("available_connections", .integer(idle)),
            ("pending_requests", .integer(waiting)),
            ("active_requests", .integer(running)),
        ])
    }
}
