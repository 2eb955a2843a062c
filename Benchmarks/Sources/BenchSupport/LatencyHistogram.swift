/// Times in buckets that are at most 1/16 wide; the same buckets as in the client in C.
public struct LatencyHistogram: Sendable {
    private var buckets = [Int](repeating: 0, count: 1_024)
    private var count = 0

    /// An empty histogram.
    public init() {}

    /// Counts one time.
    public mutating func add(nanoseconds: Int64) {
        buckets[Self.bucket(of: max(0, nanoseconds / 1_000))] += 1
        count += 1
    }

    /// Adds what another one has counted.
    public mutating func merge(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
    }

    /// The time in microseconds that `share` of all times do not exceed.
    public func percentile(_ share: Double) -> Double {
        let rank = Int(share * Double(count))
        var seen = 0
        for (index, bucket) in buckets.enumerated() {
            seen += bucket
            if seen > rank { return Self.middle(of: index) }
        }
        return 0
    }

    private static func bucket(of microseconds: Int64) -> Int {
        guard microseconds >= 16 else { return Int(microseconds) }
        let exponent = 63 - microseconds.leadingZeroBitCount
        return min(1_023, (exponent - 3) * 16 + Int((microseconds >> (exponent - 4)) & 15))
    }

    private static func middle(of bucket: Int) -> Double {
        guard bucket >= 16 else { return Double(bucket) }
        let exponent = bucket / 16 + 3
        return Double(1 << exponent) + (Double(bucket % 16) + 0.5) * Double(1 << (exponent - 4))
    }
}
