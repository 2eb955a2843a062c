extension String {
    /// The string without white space at its ends.
    var trimmingWhitespace: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// The string, or `nil` when it is empty: some providers write an empty string where others leave a field out.
    var nonEmpty: String? { isEmpty ? nil : self }

    /// The string without the slashes at its end.
    var withoutTrailingSlashes: String {
        var result = self[...]
        while result.hasSuffix("/") { result = result.dropLast() }
        return String(result)
    }

    /// What follows the first occurrence of `words`; `nil` when they do not occur.
    func following(_ words: String) -> Substring? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(words) { return self[start...].dropFirst(words.count) }
            start = index(after: start)
        }
        return nil
    }

    /// What follows the first occurrence of ASCII words in a long text: bytes are compared, each place once.
    func utf8Following(_ words: String) -> Substring? {
        let bytes = utf8
        let first = words.utf8.first
        var start = bytes.startIndex
        while let found = bytes[start...].firstIndex(where: { $0 == first }) {
            if bytes[found...].starts(with: words.utf8) {
                return self[bytes.index(found, offsetBy: words.utf8.count)...]
            }
            start = bytes.index(after: found)
        }
        return nil
    }

    /// Whether it can be a credential in a header: not empty, and printable ASCII without spaces.
    var isPrintableASCII: Bool { !isEmpty && utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    /// The string as one segment of a URL's path: everything but unreserved characters is percent-encoded.
    var pathSegment: String {
        utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
