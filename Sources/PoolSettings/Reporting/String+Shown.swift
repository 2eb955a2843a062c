extension String {
    /// The text in double quotes, escaped as both TOML and JSON demand it.
    var quoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// The text in quotes, cut when it is long: what a message shows of a value that somebody gave.
    var excerpt: String {
        let limit = 80
        let shown = withoutCredentials
        return shown.count <= limit ? shown.quoted : String(shown.prefix(limit)).quoted + "..."
    }

    /// Whether it is an address with a user name or a password.
    var hasCredentials: Bool { withoutCredentials != self }

    /// An address with `***` instead of what stands before its host; any other text as it is.
    var withoutCredentials: String {
        // A proxy may be given without a scheme. A password may hold any sign: what is before the last @ is hidden.
        let start = firstRange(of: "://")?.upperBound ?? startIndex
        let rest = self[start...]
        guard let at = rest.lastIndex(of: "@") else { return self }
        return String(self[..<start]) + "***" + rest[at...]
    }

    /// The text without white space around it.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}

extension String {
    /// Where another text begins in this one.
    fileprivate func firstRange(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}
