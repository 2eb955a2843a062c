internal import CurlTransport
import Synchronization

/// A response's header section as it came, and its fields once somebody has asked for them.
final class WireHeaderSection: Sendable {
    private let bytes: [UInt8]
    private let parsed = Locked<[HeaderField]?>(nil)

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The fields in their order, those that go on in further lines put together (RFC 9112, section 5.2).
    ///
    /// Values are UTF-8 where they are, and ISO 8859-1 letter for letter where they are not (RFC 9110, section 5.5).
    var fields: [HeaderField] {
        parsed.withLock { parsed in
            if let parsed { return parsed }
            let fields = Self.parse(bytes)
            parsed = fields
            return fields
        }
    }

    private static func parse(_ bytes: [UInt8]) -> [HeaderField] {
        var fields: [HeaderField] = []
        fields.reserveCapacity(16)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.count
            if bytes[start] == 0x20 || bytes[start] == 0x09, !fields.isEmpty {
                fields[fields.count - 1].continueValue(with: text(trim(bytes[start..<end])))
            } else if let colon = bytes[start..<end].firstIndex(of: 0x3a) {
                let name = String(decoding: trim(bytes[start..<colon]), as: UTF8.self)
                fields.append(HeaderField(name: name, value: text(trim(bytes[(colon + 1)..<end]))))
            }
            start = end + 1
        }
        return fields
    }

    private static func text(_ value: ArraySlice<UInt8>) -> String {
        String(validating: value, as: UTF8.self)
            ?? String(String.UnicodeScalarView(value.map(Unicode.Scalar.init)))
    }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var (start, end) = (bytes.startIndex, bytes.endIndex)
        while start < end, isSpace(bytes[start]) { start += 1 }
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return bytes[start..<end]
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0d
    }
}

extension HeaderField {
    /// Adds what a further line of the field says; a blank stands for the line's end.
    fileprivate mutating func continueValue(with text: String) {
        if !value.isEmpty, !text.isEmpty { value += " " }
        value += text
    }
}

extension HeaderFields {
    /// Checks the fields of a request, and hands them over in the engine's terms.
    ///
    /// libcurl sends what it is given: a line break in a value would be a header line, or a request, of its own.
    ///
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidRequest``, naming the field but not its value.
    func checked(origin: String) throws(SessionError) -> [TransferHeader] {
        var headers: [TransferHeader] = []
        headers.reserveCapacity(count)
        for field in self {
            guard Self.isToken(field.name) else {
                throw SessionError(.invalidRequest, "A header field's name is not an RFC 9110 token.", origin: origin)
            }
            guard !field.value.utf8.contains(where: { $0 == 0x0d || $0 == 0x0a || $0 == 0x00 }) else {
                throw SessionError(
                    .invalidRequest,
                    "The header field '\(field.name)' contains a line break or NUL; remove it.",
                    origin: origin
                )
            }
            guard !Self.reservedNames.contains(where: { Self.matches($0, field.name) }) else {
                throw SessionError(
                    .invalidRequest,
                    "The header field '\(field.name)' is set by the transport and cannot be given.",
                    origin: origin
                )
            }
            // libcurl takes a value of blanks for the order to send no such field.
            let value = field.value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? "" : field.value
            headers.append(TransferHeader(name: field.name, value: value))
        }
        return headers
    }

    /// Fields by which a request would lie about its framing or its host.
    private static let reservedNames = [
        "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer",
    ]

    /// Whether the text is a token of RFC 9110, section 5.6.2.
    package static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
                default: false
                }
            }
    }
}
