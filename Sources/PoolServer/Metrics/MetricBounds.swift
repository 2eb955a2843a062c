internal import HTTPSessionPool

/// The buckets that metrics show, in seconds: every one a bound of the pool's own, finer histograms.
enum MetricBounds {
    /// What OpenTelemetry advises for requests, and more for models that think.
    static let request: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 320, 640,
    ]
    /// What OpenTelemetry advises for the life of a connection, up to an hour.
    static let lifetime: [Double] = [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600,
    ]
    /// For waits and set-up, which should be short.
    static let wait: [Double] = [
        0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
    ]

    static func sample(
        _ histogram: LatencyHistogram,
        _ bounds: [Double],
        _ labels: [(name: String, value: String)]
    ) -> MetricFamily.Sample {
        let counts = histogram.cumulative(upTo: bounds.map { Int64(($0 * 1e9).rounded()) })
        return MetricFamily.Sample(
            labels: labels,
            value: .histogram(
                buckets: zip(bounds, counts).map { (bound: $0, count: $1) },
                count: histogram.count,
                sum: Double(histogram.totalNanoseconds) / 1e9
            )
        )
    }
}
