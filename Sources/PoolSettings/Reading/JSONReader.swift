/// Reads a JSON document (RFC 8259) and keeps the place of every value.
///
/// Foundation's decoder tells no places and lets the last of several equal keys win silently; a setting that is given
/// twice must not be lost.
struct JSONReader {
    /// Where the document is: a file, or a variable that holds it.
    enum Place: Sendable {
        case file(String)
        case variable(String)
        case option(String)
        case code
    }

    private let place: Place
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var lineStart = 0
    /// The keys and indices that lead to where the reader is.
    private var path = "$"
    private var depth = 0

    private init(_ bytes: [UInt8], _ place: Place) {
        self.bytes = bytes
        self.place = place
        // A byte order mark may be ignored.
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { at = 3 }
        lineStart = at
    }

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: The document, UTF-8.
    ///   - place: Where it is.
    /// - Returns: Its value.
    /// - Throws: ``SyntaxError`` with the first place that is wrong.
    static func read(_ bytes: [UInt8], at place: Place) throws(SyntaxError) -> SettingsNode {
        var reader = JSONReader(bytes, place)
        let node = try reader.value()
        reader.skipSpace()
        guard reader.at == bytes.count else { throw reader.error("unexpected \(reader.found) after the value") }
        return node
    }

    private var origin: PoolSettings.Origin {
        switch place {
        case .file(let file): .json(file: file, line: line, column: column, path: path)
        case .variable(let name): .variable(name, path: path)
        case .option(let name): .option(name)
        case .code: .code
        }
    }

    /// Counted in characters.
    private var column: Int { bytes[lineStart..<at].count { $0 & 0xc0 != 0x80 } + 1 }

    private func error(_ message: String) -> SyntaxError { SyntaxError(message: message, origin: origin) }

    /// What is here, for a message.
    private var found: String {
        guard at < bytes.count else { return "end of the text" }
        // A piece of a character would show as a replacement character.
        let piece = String(decoding: bytes[at...].prefix(8), as: UTF8.self).unicodeScalars.prefix(1)
        return String(String.UnicodeScalarView(piece)).quoted
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) {
            at += 1
            if bytes[at - 1] == 0x0a { (line, lineStart) = (line + 1, at) }
        }
    }

    private mutating func take(_ byte: Character) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == byte.asciiValue else { return false }
        at += 1
        return true
    }

    // MARK: Values

    private mutating func value() throws(SyntaxError) -> SettingsNode {
        skipSpace()
        let origin = origin
        guard at < bytes.count else { throw error("the text ends where a value should be") }
        guard depth < 32 else { throw error("more than 32 values inside each other") }
        depth += 1
        defer { depth -= 1 }
        let content: SettingsNode.Content
        switch bytes[at] {
        case UInt8(ascii: "{"): content = .table(try members())
        case UInt8(ascii: "["): content = .array(try elements())
        case UInt8(ascii: "\""): content = .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): content = try number()
        default: content = try word()
        }
        return SettingsNode(content: content, origin: origin)
    }

    private mutating func members() throws(SyntaxError) -> [SettingsNode.Member] {
        at += 1
        var members: [SettingsNode.Member] = []
        var keys: Set<String> = []
        let outer = path
        defer { path = outer }
        if take("}") { return [] }
        repeat {
            path = outer
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw error("expected a key in double quotes, found \(found)")
            }
            let before = self
            let key = try string()
            path = outer + "." + key
            guard keys.insert(key).inserted else {
                var place = before
                place.path = path
                throw place.error("the key \(key.quoted) is there twice")
            }
            var place = before
            place.path = path
            guard take(":") else { throw error("expected \":\" after the key \(key.quoted), found \(found)") }
            members.append(SettingsNode.Member(key: key, keyOrigin: place.origin, node: try value()))
        } while take(",")
        path = outer
        guard take("}") else { throw error("expected \",\" or \"}\", found \(found)") }
        return members
    }

    private mutating func elements() throws(SyntaxError) -> [SettingsNode] {
        at += 1
        var elements: [SettingsNode] = []
        let outer = path
        defer { path = outer }
        if take("]") { return [] }
        repeat {
            path = outer + "[\(elements.count)]"
            elements.append(try value())
        } while take(",")
        path = outer
        guard take("]") else { throw error("expected \",\" or \"]\", found \(found)") }
        return elements
    }

    private mutating func word() throws(SyntaxError) -> SettingsNode.Content {
        let words: [(String, SettingsNode.Content)] = [("true", .bool(true)), ("false", .bool(false)), ("null", .null)]
        for (word, content) in words where bytes[at...].starts(with: word.utf8) {
            at += word.utf8.count
            return content
        }
        throw error("expected a value, found \(found)")
    }

    private mutating func number() throws(SyntaxError) -> SettingsNode.Content {
        let start = self
        let text = bytes[at...].prefix { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
        }
        at += text.count
        let number = String(decoding: text, as: UTF8.self)
        guard let parts = NumberText(number), !parts.hasPlus, !parts.hasLeadingZero else {
            throw start.error("\(number.quoted) is no number")
        }
        if parts.isWhole {
            guard let integer = Int64(number) else { throw start.error("the number \(number) needs more than 64 bits") }
            return .integer(integer)
        }
        return .number(Double(number) ?? .infinity)
    }

    // MARK: Strings

    private mutating func string() throws(SyntaxError) -> String {
        let start = self
        at += 1
        var text: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw start.error("the string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text += Array(try escape().utf8)
            case ..<0x20: throw error("a control character in a string; write it as an escape")
            default:
                text.append(byte)
                at += 1
            }
        }
        throw start.error("the string has no end")
    }

    private mutating func escape() throws(SyntaxError) -> String {
        let plain: [UInt8: String] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
            UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        let start = self
        at += 1
        guard at < bytes.count else { throw start.error("the string has no end") }
        if let character = plain[bytes[at]] {
            at += 1
            return character
        }
        guard let first = unit() else { throw start.error("an unknown escape in a string") }
        if let scalar = Unicode.Scalar(first) { return String(scalar) }
        // A character beyond 16 bits is a pair of escapes.
        guard first < 0xdc00, at < bytes.count, bytes[at] == UInt8(ascii: "\\") else {
            throw start.error("half of a surrogate pair in a string")
        }
        at += 1
        guard let second = unit(), (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw start.error("half of a surrogate pair in a string") }
        return String(scalar)
    }

    /// `u` and four hexadecimal digits.
    private mutating func unit() -> UInt32? {
        guard at + 5 <= bytes.count, bytes[at] == UInt8(ascii: "u") else { return nil }
        let digits = bytes[(at + 1)..<(at + 5)]
        at += 5
        guard digits.allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
