internal import CurlTransport

/// Numbers that look random and follow from a seed: a test gives the seed, a process has one of its own.
package struct Jitter: Sendable, Hashable {
    private let seed: UInt64

    /// Makes the numbers of a seed.
    package init(seed: UInt64) {
        self.seed = seed
    }

    /// The n-th number, from 0 to less than 1.
    ///
    /// SplitMix64's finaliser: one multiplication more than a counter, and no state to keep per connection.
    package func fraction(_ index: UInt64) -> Double {
        var bits = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return Double(bits >> 11) * 0x1p-53
    }

    /// A duration shortened by up to `share` of it.
    package func shortened(_ duration: Duration, by share: Double, _ index: UInt64) -> Duration {
        duration.multiplied(by: 1 - share * fraction(index))
    }

    /// A duration changed by up to `share` of it in both directions.
    package func varied(_ duration: Duration, by share: Double, _ index: UInt64) -> Duration {
        duration.multiplied(by: 1 + share * (2 * fraction(index) - 1))
    }
}
