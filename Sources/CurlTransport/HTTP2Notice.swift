/// What libcurl says in its debug messages about an HTTP/2 connection, and nowhere else.
///
/// Its result codes do not tell a stream that the server never looked at from one that it may have processed, and its
/// options do not tell a transfer that waits for a stream from one that connects. Its messages do. They are no interface:
/// one that is not known is ignored, which at worst leaves a request unrepeated. Read at curl-7_88_1, curl-8_5_0,
/// curl-8_14_1 and rc-8_22_0-2, in lib/http2.c, lib/transfer.c, lib/url.c, lib/cf-socket.c and lib/vtls/openssl.c.
enum HTTP2Notice: Equatable {
    /// The transfer's request goes out as this stream.
    case streamOpened(UInt32)
    /// The server takes no more streams on the connection that the transfer reads from, and has not looked at those above
    /// `lastStream` (RFC 9113, section 6.8).
    case goAway(lastStream: UInt32)
    /// The TLS of the connection that the transfer reads from has ended, orderly or not.
    case tlsAlert
    /// libcurl is about to send the transfer's request again, or would be if it had not done so five times.
    case repeating
    /// The stream was closed before the whole request was sent.
    case streamClosed
    /// The transfer waits for a connection that others are opening, or for a free stream.
    case waiting
    /// A connection is being opened for the transfer.
    case connecting

    /// Reads a message; `nil` for the many that say something else.
    init?(_ message: UnsafeRawBufferPointer) {
        guard let first = unsafe message.first else { return nil }
        var words = unsafe Words(message)
        // The first byte decides most often, and nothing is compared.
        switch first {
        case UInt8(ascii: " ") where words.skip("  Trying "): self = .connecting
        case UInt8(ascii: "C") where words.skip("Connection died, "): self = .repeating
        case UInt8(ascii: "F") where words.skip("Found pending candidate for reuse"): self = .waiting
        case UInt8(ascii: "N") where words.skip("No more connections allowed to host"): self = .waiting
        case UInt8(ascii: "N") where words.skip("No connections available"): self = .waiting
        case UInt8(ascii: "S") where words.skip("Server doesn't support multiplex yet, wait"): self = .waiting
        case UInt8(ascii: "T") where words.skip("TLS") && words.find("(IN), TLS alert"): self = .tlsAlert
        case UInt8(ascii: "U") where words.skip("Using Stream ID: "):
            guard let stream = words.number() else { return nil }
            self = .streamOpened(stream)
        case UInt8(ascii: "W") where words.skip("Waiting on connection to negotiate"): self = .waiting
        case UInt8(ascii: "["):
            guard words.skip("[HTTP/2] ["), let stream = words.number(), words.skip("] OPENED stream") else {
                return nil
            }
            self = .streamOpened(stream)
        case UInt8(ascii: "r"):
            // curl before 8.0 writes "recveived".
            guard words.skip("received GOAWAY") || words.skip("recveived GOAWAY"), words.find("last_stream="),
                let last = words.number()
            else { return nil }
            self = .goAway(lastStream: last)
        case UInt8(ascii: "s"):
            guard words.skip("stream "), words.number() != nil, words.skip(" closed") else { return nil }
            self = .streamClosed
        default: return nil
        }
    }

    /// A message, read from the front.
    @safe
    private struct Words {
        private let bytes: UnsafeRawBufferPointer
        private var index = 0

        init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

        private func isNext(_ text: StaticString, at start: Int) -> Bool {
            guard unsafe start + text.utf8CodeUnitCount <= bytes.count else { return false }
            return (0..<text.utf8CodeUnitCount).allSatisfy { unsafe bytes[start + $0] == text.utf8Start[$0] }
        }

        mutating func skip(_ text: StaticString) -> Bool {
            guard isNext(text, at: index) else { return false }
            index += text.utf8CodeUnitCount
            return true
        }

        /// Goes on behind the next place where the text stands.
        mutating func find(_ text: StaticString) -> Bool {
            guard let start = unsafe (index..<bytes.count).first(where: { isNext(text, at: $0) }) else { return false }
            index = start + text.utf8CodeUnitCount
            return true
        }

        /// A stream's number has 31 bits.
        mutating func number() -> UInt32? {
            var value: UInt32?
            while unsafe index < bytes.count, unsafe bytes[index] &- 0x30 < 10 {
                let digit = unsafe UInt32(bytes[index] - 0x30)
                let (product, isTooLarge) = (value ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, isLarger) = product.addingReportingOverflow(digit)
                guard !isTooLarge, !isLarger else { return nil }
                value = sum
                index += 1
            }
            return value
        }
    }
}
