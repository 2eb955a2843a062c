/// How long something took, over any number of times, in constant memory.
///
/// Times are counted in fixed buckets. The count, the sum and the maximum are exact; a percentile is interpolated inside
/// its bucket, whose bounds are at most half of its value apart.
public struct LatencyHistogram: Sendable, Hashable {
    /// Which buckets a histogram has.
    package enum Scale: UInt8, Sendable, Hashable {
        /// 100 µs to 640 s.
        case latency
        /// 10 ms to 1 h.
        case lifetime

        var layout: HistogramLayout {
            switch self {
            case .latency: .latency
            case .lifetime: .lifetime
            }
        }
    }

    private let scale: Scale
    private var buckets: [Int]
    /// How many times were recorded.
    public private(set) var count = 0
    /// All times together, in nanoseconds; stays at the largest number instead of overflowing.
    package private(set) var totalNanoseconds: Int64 = 0
    /// The longest time, in nanoseconds.
    package private(set) var maximumNanoseconds: Int64 = 0

    /// Makes an empty histogram.
    package init(_ scale: Scale = .latency) {
        self.scale = scale
        buckets = Array(repeating: 0, count: scale.layout.bucketCount)
    }

    /// Counts one time; a negative one, from a clock that was read too early, counts as zero.
    package mutating func record(_ nanoseconds: Int64) {
        let value = max(0, nanoseconds)
        buckets[scale.layout.bucket(of: value)] += 1
        count += 1
        let (sum, overflow) = totalNanoseconds.addingReportingOverflow(value)
        totalNanoseconds = overflow ? .max : sum
        if value > maximumNanoseconds { maximumNanoseconds = value }
    }
}

// MARK: - Reading

extension LatencyHistogram {
    /// All times together.
    public var sum: Duration { .nanoseconds(totalNanoseconds) }

    /// The longest time; zero when there was none.
    public var maximum: Duration { .nanoseconds(maximumNanoseconds) }

    /// The mean; zero when there was none.
    public var mean: Duration { count == 0 ? .zero : .nanoseconds(totalNanoseconds / Int64(count)) }

    /// The time that so many of all times do not exceed.
    ///
    /// - Parameter fraction: How many, from 0 to 1: 0.95 for the 95th percentile.
    /// - Returns: The time, never above ``maximum``; zero when there was none.
    public func percentile(_ fraction: Double) -> Duration {
        guard count > 0 else { return .zero }
        let rank = max(0, min(1, fraction)) * Double(count)
        var below = 0
        var lower: Int64 = 0
        for (index, upper) in scale.layout.bounds.enumerated() {
            let inside = buckets[index]
            if inside > 0, Double(below + inside) >= rank {
                let upper = min(upper, maximumNanoseconds)
                let share = max(0, rank - Double(below)) / Double(inside)
                return .nanoseconds(lower + Int64(Double(max(0, upper - lower)) * share))
            }
            below += inside
            lower = upper
        }
        return maximum
    }

    /// How many times did not exceed each bound.
    ///
    /// - Parameter bounds: In nanoseconds, ascending; each must be a bound of the histogram to be exact.
    /// - Returns: As many numbers, ascending.
    package func cumulative(upTo bounds: [Int64]) -> [Int] {
        var result: [Int] = []
        var (index, below) = (0, 0)
        for bound in bounds {
            while index < buckets.count, scale.layout.bounds[index] <= bound {
                below += buckets[index]
                index += 1
            }
            result.append(below)
        }
        return result
    }
}

// MARK: - Arithmetic

extension LatencyHistogram {
    /// Adds what another histogram of the same scale has counted.
    package mutating func merge(_ other: LatencyHistogram) {
        precondition(scale == other.scale, "LatencyHistogram: two scales cannot be added up")
        guard other.count > 0 else { return }
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
        let (sum, overflow) = totalNanoseconds.addingReportingOverflow(other.totalNanoseconds)
        totalNanoseconds = overflow ? .max : sum
        maximumNanoseconds = max(maximumNanoseconds, other.maximumNanoseconds)
    }

    /// What was counted since an earlier state of the same histogram.
    ///
    /// The maximum of the time between is not known: it is the bound of the highest bucket that grew, or the maximum of
    /// all times if that is less. A histogram that is no earlier state of this one counts as empty.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        let isEarlier =
            scale == earlier.scale && zip(buckets, earlier.buckets).allSatisfy { $0 >= $1 }
            && totalNanoseconds >= earlier.totalNanoseconds
        guard isEarlier, earlier.count > 0 else { return self }
        var difference = self
        for index in buckets.indices { difference.buckets[index] -= earlier.buckets[index] }
        difference.count -= earlier.count
        difference.totalNanoseconds -= earlier.totalNanoseconds
        let highest = difference.buckets.lastIndex { $0 > 0 }
        difference.maximumNanoseconds = highest.map { min(scale.layout.bounds[$0], maximumNanoseconds) } ?? 0
        return difference
    }
}
