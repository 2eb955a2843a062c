/// The escapes of RFC 3986, section 2.1.
package enum PercentEncoding {
    /// Encodes what must not stand in a URL, and leaves the rest, escapes included, as it is.
    package static func encode(_ text: String) -> String {
        guard text.utf8.contains(where: mustEncode) else { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            guard mustEncode(byte) else {
                bytes.append(byte)
                continue
            }
            bytes.append(0x25)
            bytes.append(contentsOf: [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func mustEncode(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7f...: true
        case 0x22, 0x3c, 0x3e, 0x5c, 0x5e, 0x60, 0x7b, 0x7c, 0x7d: true  // " < > \ ^ ` { | }
        default: false
        }
    }
}
