import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

@Suite struct LatencyHistogramTests {
    /// OpenTelemetry's advised bounds for requests, and those for models that think, in seconds.
    static let advised = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 320, 640,
    ]

    @Test(arguments: [LatencyHistogram.Scale.latency, .lifetime])
    func `the bucket found by bits is the one found by looking at every bound`(_ scale: LatencyHistogram.Scale) {
        let layout = scale.layout
        func search(_ value: Int64) -> Int? { layout.bounds.firstIndex { value <= $0 } }
        for bound in layout.bounds {
            for value in [bound - 1, bound, bound == .max ? bound : bound + 1] {
                #expect(layout.bucket(of: value) == search(value), "\(value) ns")
            }
        }
        for exponent in 0..<63 {
            let power = Int64(1) << Int64(exponent)
            for value in [power - 1, power, power + 1, power + power / 3] {
                #expect(layout.bucket(of: value) == search(value), "\(value) ns")
            }
        }
        #expect(layout.bucket(of: -5) == 0)
        #expect(layout.bucket(of: .max) == layout.bucketCount - 1)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `random times fall into the bucket that holds them`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let layout = HistogramLayout.latency
        for _ in 0..<100_000 {
            let value = Int64(random.next() >> UInt64(1 + random.below(62)))
            let bucket = layout.bucket(of: value)
            try invariant(value <= layout.bounds[bucket], "\(value) is above its bucket")
            try invariant(bucket == 0 || value > layout.bounds[bucket - 1], "\(value) is below its bucket")
        }
    }

    @Test func `all bounds that metrics show are bounds of the histogram`() {
        for bound in Self.advised.map({ Int64(($0 * 1e9).rounded()) }) {
            #expect(HistogramLayout.latency.bounds.contains(bound), "\(bound) ns")
        }
        for seconds in [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600] {
            #expect(HistogramLayout.lifetime.bounds.contains(Int64(seconds * 1e9)), "\(seconds) s")
        }
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func `percentiles are inside the bucket of the true one, and never above the maximum`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var histogram = LatencyHistogram()
        let times = (0..<5_000).map { _ in Int64(100_000 + random.below(1_000_000) * (1 + random.below(10_000))) }
        for time in times { histogram.record(time) }
        let sorted = times.sorted()
        let bounds = HistogramLayout.latency.bounds
        for fraction in [0.01, 0.5, 0.9, 0.95, 0.99, 1] {
            let exact = sorted[max(0, Int((fraction * Double(sorted.count)).rounded(.up)) - 1)]
            let found = histogram.percentile(fraction).wholeNanoseconds
            let bucket = HistogramLayout.latency.bucket(of: exact)
            #expect(found <= bounds[bucket] && found >= (bucket == 0 ? 0 : bounds[bucket - 1]), "p\(fraction)")
            #expect(found <= histogram.maximum.wholeNanoseconds)
        }
        #expect(histogram.count == times.count)
        #expect(histogram.sum == .nanoseconds(times.reduce(0, +)))
        #expect(histogram.maximum == .nanoseconds(sorted[sorted.count - 1]))
        #expect(histogram.mean == .nanoseconds(times.reduce(0, +) / Int64(times.count)))
    }

    @Test func `an empty histogram says zero, not nothing`() {
        let histogram = LatencyHistogram()
        #expect(histogram.percentile(0.99) == .zero)
        #expect(histogram.mean == .zero && histogram.maximum == .zero && histogram.sum == .zero)
        #expect(histogram.cumulative(upTo: [1_000_000_000]) == [0])
    }

    @Test func `cumulative counts include their bound`() {
        var histogram = LatencyHistogram()
        for milliseconds in [5, 6, 10, 11, 700_000] as [Int64] { histogram.record(milliseconds * 1_000_000) }
        #expect(histogram.cumulative(upTo: [5_000_000, 10_000_000, 640_000_000_000, .max]) == [1, 3, 4, 5])
    }

    @Test func `the difference of two states holds what was recorded between them`() {
        var histogram = LatencyHistogram()
        for _ in 0..<100 { histogram.record(1_000_000) }
        let earlier = histogram
        for _ in 0..<10 { histogram.record(80_000_000) }
        let difference = histogram.since(earlier)
        #expect(difference.count == 10)
        #expect(difference.sum == .milliseconds(800))
        #expect(difference.percentile(0.5) > .milliseconds(75) && difference.percentile(0.5) <= .milliseconds(80))
        #expect(histogram.since(histogram).count == 0)
        #expect(earlier.since(histogram) == earlier, "a histogram that began anew counts from zero")
    }

    @Test func `sums saturate instead of overflowing`() {
        var histogram = LatencyHistogram()
        histogram.record(.max)
        histogram.record(.max)
        #expect(histogram.sum == .nanoseconds(Int64.max))
        var sum = histogram
        sum.merge(histogram)
        #expect(sum.count == 4 && sum.sum == .nanoseconds(Int64.max))
    }
}
