/// Makes JSON of what services write that is nearly JSON, for a second try after the first has failed.
///
/// Half of a character outside the basic plane, which gateways that cut texts between UTF-16 units write as `\ud83d`,
/// becomes U+FFFD; so does invalid UTF-8. `NaN` and `Infinity`, as Python writes them, become `null`. Control characters
/// inside of strings are escaped. What is no JSON for another reason stays so.
enum JSONRepair {
    /// The repaired bytes; `nil` when there is nothing to repair.
    static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
        // Decoding replaces what is no UTF-8.
        var scanner = Scanner(bytes: Array(String(decoding: bytes, as: UTF8.self).utf8))
        scanner.run()
        return scanner.output == bytes ? nil : scanner.output
    }

    private struct Scanner {
        let bytes: [UInt8]
        var output: [UInt8] = []
        private var index = 0
        private var isInString = false

        private static let replacement = Array(#"\ufffd"#.utf8)
        private static let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }

        init(bytes: [UInt8]) {
            self.bytes = bytes
            output.reserveCapacity(bytes.count)
        }

        mutating func run() {
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\"") {
                    isInString.toggle()
                    copy(1)
                } else if isInString {
                    takeInString(byte)
                } else if let word = Self.words.first(where: { bytes[index...].starts(with: $0) }) {
                    output += Array("null".utf8)
                    index += word.count
                } else {
                    copy(1)
                }
            }
        }

        private mutating func copy(_ count: Int) {
            let end = min(index + count, bytes.count)
            output += bytes[index..<end]
            index = end
        }

        private mutating func takeInString(_ byte: UInt8) {
            if byte == UInt8(ascii: "\\") { return takeEscape() }
            guard byte < 0x20 else { return copy(1) }
            let digits = Array("0123456789abcdef".utf8)
            output += Array(#"\u00"#.utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            index += 1
        }

        private mutating func takeEscape() {
            guard let unit = unit(at: index) else { return copy(2) }
            switch unit {
            case 0xD800...0xDBFF:
                if let next = self.unit(at: index + 6), (0xDC00...0xDFFF).contains(next) { return copy(12) }
            case 0xDC00...0xDFFF:
                break
            default:
                return copy(6)
            }
            output += Self.replacement
            index += 6
        }

        /// The UTF-16 unit of the escape at a place, if there is one.
        private func unit(at place: Int) -> UInt16? {
            guard place + 6 <= bytes.count, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u")
            else { return nil }
            return UInt16(String(decoding: bytes[place + 2..<place + 6], as: UTF8.self), radix: 16)
        }
    }
}
