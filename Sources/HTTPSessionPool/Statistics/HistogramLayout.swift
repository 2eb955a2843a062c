/// The buckets of a histogram, and the way from a value to its bucket without a search.
///
/// The upper bounds are uneven - those that OpenTelemetry advises, with finer ones between them - while bit arithmetic
/// finds even ones. So a value is first put into one of eight cells of its power of two, each of which holds at most
/// one bound; a table says which, and a single comparison decides.
final class HistogramLayout: Sendable {
    /// The upper bounds in nanoseconds, ascending; the last is the largest number there is.
    let bounds: [Int64]
    // The same again in fixed places: an array would be retained and released for every value. A class, because a
    // struct of this size would be copied.
    private let fixedBounds: InlineArray<64, Int64>
    private let firstBucket: InlineArray<376, UInt8>

    private static let capacity = 64

    /// Below 2^16 ns (65 µs) nothing is told apart.
    private static let lowestExponent = 16
    private static let cellBits = 3

    /// How many buckets there are, that for everything above the last bound included.
    var bucketCount: Int { bounds.count }

    /// Makes the table.
    ///
    /// - Parameter bounds: Upper bounds in nanoseconds, above 2^16, ascending, each at least an eighth above the last.
    init(nanoseconds bounds: [Int64]) {
        precondition(bounds.count < Self.capacity, "HistogramLayout: at most \(Self.capacity - 1) bounds")
        let bounds = bounds + [.max]
        self.bounds = bounds
        fixedBounds = InlineArray { $0 < bounds.count ? bounds[$0] : .max }
        firstBucket = InlineArray { cell in
            let (octave, part) = (cell >> Self.cellBits, cell & 7)
            let lowest = Int64(8 + part) << Int64(octave + Self.lowestExponent - Self.cellBits)
            return UInt8(clamping: bounds.firstIndex { $0 >= lowest } ?? bounds.count - 1)
        }
    }

    /// The bucket of a value: the first whose bound is not below it.
    func bucket(of nanoseconds: Int64) -> Int {
        let value = max(nanoseconds, 1 << Int64(Self.lowestExponent))
        let exponent = 63 - value.leadingZeroBitCount
        let part = Int(value >> Int64(exponent - Self.cellBits)) & 7
        let bucket = Int(firstBucket[(exponent - Self.lowestExponent) << Self.cellBits | part])
        return value > fixedBounds[bucket] ? bucket + 1 : bucket
    }
}

extension HistogramLayout {
    private static let millisecond: Int64 = 1_000_000

    /// From 100 µs to 640 s, for requests, waits and phases: models think for minutes.
    static let latency: HistogramLayout = {
        let perDecade: [Int64] = [100, 150, 200, 250, 300, 400, 500, 600, 750]
        let units: [Int64] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]
        let bounds = units.flatMap { unit in perDecade.map { $0 * unit } }
        let seconds: [Int64] = [10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 160, 200, 240, 320, 400, 480, 640]
        return HistogramLayout(nanoseconds: bounds + seconds.map { $0 * 1_000 * millisecond })
    }()

    /// From 10 ms to an hour and more, for the lives of connections.
    static let lifetime = HistogramLayout(
        nanoseconds: [
            10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
            1_800_000, 3_600_000,
        ].map { $0 * millisecond }
    )
}
