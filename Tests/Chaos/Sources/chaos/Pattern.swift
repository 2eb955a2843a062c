/// The bytes that bodies consist of; `servers/answers.py` has the same.
///
/// A body is a line, `chaos KIND NUMBER TIME POISONED LENGTH CRC32`, and bytes of a table from a place that the number
/// decides: of every byte can be told whose it is.
enum Pattern {
    private static let period = 65_521
    static let longest = 524_288

    private static let table: [UInt8] = {
        var state: UInt32 = 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(longest + 3 * period)
        for _ in 0..<period {
            state = (state &* 1_103_515_245 &+ 12_345) & 0x7fff_ffff
            bytes.append(UInt8(truncatingIfNeeded: state >> 16))
        }
        let once = bytes
        while bytes.count < longest + 2 * period { bytes += once }
        return bytes
    }()

    /// The bytes of a number.
    static func payload(_ number: Int, _ length: Int) -> ArraySlice<UInt8> {
        let start = number * 7_919 % period
        return table[start..<(start + length)]
    }

    /// The body of a request.
    static func body(_ number: Int, length: Int) -> [UInt8] {
        let bytes = payload(number, length)
        return Array("chaos request \(number) 0 0 \(length) \(crc32(bytes))\n".utf8) + bytes
    }

    private static let crcTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }

    static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes { sum = crcTable[Int((sum ^ UInt32(byte)) & 0xff)] ^ sum >> 8 }
        return ~sum
    }
}

/// Looks at a body while it arrives, piece by piece.
struct Verifier {
    /// Whose bytes they are, and when they were sent.
    struct Source: Sendable {
        var kind: String
        var number: Int
        var time: Int64
        /// Whether the connection has carried bytes that nobody asked for.
        var isPoisoned: Bool

        init?(_ words: ArraySlice<Substring>) {
            let words = Array(words)
            guard words.count == 4, let number = Int(words[1]), let time = Int64(words[2]) else { return nil }
            (kind, self.number, self.time, isPoisoned) = (String(words[0]), number, time, words[3] == "1")
        }
    }

    /// What a body's first line says.
    struct Line: Sendable {
        var source: Source
        var length: Int
        var crc: UInt32
    }

    /// What the field `X-Chaos` says.
    var headers: String?
    private(set) var line: Line?
    /// Bytes behind the line.
    private(set) var received = 0
    /// What is wrong with the bytes; nil while nothing is.
    private(set) var damage: String?
    private var beginning: [UInt8] = []

    /// Whether any byte of a body came.
    var hasBegun: Bool { line != nil || !beginning.isEmpty || damage != nil }

    /// Whose the answer is, by its head.
    var source: Source? {
        headers.flatMap { Source($0.split(separator: " ")[...]) } ?? line?.source
    }

    /// Takes the next bytes.
    mutating func take(_ bytes: [UInt8]) {
        guard damage == nil else { return }
        guard let line else { return takeBeginning(bytes) }
        compare(bytes[...], line)
    }

    private mutating func takeBeginning(_ bytes: [UInt8]) {
        beginning += bytes
        guard let end = beginning.firstIndex(of: 0x0a) else {
            if beginning.count > 200 { damage = "the body begins with \(Self.quoted(beginning))" }
            return
        }
        guard let line = Self.parse(beginning[..<end]) else {
            return damage = "the body begins with \(Self.quoted(beginning))"
        }
        self.line = line
        let rest = beginning[(end + 1)...]
        beginning = []
        compare(rest, line)
    }

    private mutating func compare(_ bytes: ArraySlice<UInt8>, _ line: Line) {
        guard received + bytes.count <= line.length else {
            return damage = "more than the \(line.length) bytes of the body of \(line.source.number)"
        }
        let expected = Pattern.payload(line.source.number, line.length).dropFirst(received).prefix(bytes.count)
        if !expected.elementsEqual(bytes) {
            let offset = zip(expected, bytes).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
            damage =
                "byte \(received + offset) of \(line.length) of the body of \(line.source.number) is another's: "
                + Self.quoted(Array(bytes.dropFirst(offset)))
        }
        received += bytes.count
    }

    private static func parse(_ bytes: ArraySlice<UInt8>) -> Line? {
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count == 7, words[0] == "chaos", let source = Source(words[1...4]),
            let length = Int(words[5]), length <= Pattern.longest, let crc = UInt32(words[6])
        else { return nil }
        return Line(source: source, length: length, crc: crc)
    }

    private static func quoted(_ bytes: [UInt8]) -> String {
        bytes.prefix(80).map { byte in
            (0x20..<0x7f).contains(byte) ? String(UnicodeScalar(byte)) : "."
        }.joined()
    }
}
