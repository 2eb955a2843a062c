import TestSupport

/// The ways in which the tests cut a body into the pieces that a decoder gets.
enum Chunks {
    /// In one piece.
    static func whole(_ bytes: [UInt8]) -> [[UInt8]] {
        [bytes]
    }

    /// Byte by byte.
    static func single(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.map { [$0] }
    }

    /// In two pieces, cut before the byte at `index`.
    static func halves(_ bytes: [UInt8], at index: Int) -> [[UInt8]] {
        [Array(bytes[..<index]), Array(bytes[index...])]
    }

    /// At random places, with empty pieces among them.
    static func random(_ bytes: [UInt8], using random: inout SplitMix64) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        let longest = 1 + random.below(1 + random.below(64))
        var index = 0
        while index < bytes.count {
            let end = min(bytes.count, index + random.below(longest + 1))
            chunks.append(Array(bytes[index..<end]))
            index = end
        }
        return chunks
    }
}
