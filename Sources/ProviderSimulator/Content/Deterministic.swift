/// A small generator of random numbers whose numbers depend on the seed alone (SplitMix64).
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Identifiers that look like the providers' and repeat from run to run.
final class IdentifierSource: Sendable {
    private let generator: Guarded<SplitMix64>

    /// A sequence of its own for each provider, so that requests to one do not shift another's.
    init(seed: UInt64, _ provider: SimulatorProvider) {
        let offset = provider.rawValue.utf8.reduce(0) { $0 &* 257 &+ UInt64($1) }
        generator = Guarded(SplitMix64(seed: seed &+ offset))
    }

    /// A UUID of version 4, in lower case.
    func uuid() -> String {
        let (high, low) = generator.withLock { ($0.next(), $0.next()) }
        let digits = Array(
            Self.hexadecimal(high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000)
                + Self.hexadecimal(low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
        )
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    /// Text of that many characters from an alphabet.
    func text(_ count: Int, from alphabet: String) -> String {
        let letters = Array(alphabet)
        return generator.withLock { generator in
            String((0..<count).map { _ in letters[Int(generator.next() % UInt64(letters.count))] })
        }
    }

    static let base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Embeddings that depend on the text alone.
enum EmbeddingMaker {
    /// Numbers between -2 and 2 with at most eleven binary places, so that they survive any JSON parser.
    static func vector(_ text: String, dimensions: Int) -> [Double] {
        var seed: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var generator = SplitMix64(seed: seed)
        return (0..<dimensions).map { _ in Double(Int(generator.next() % 8192) - 4096) / 2048 }
    }
}
