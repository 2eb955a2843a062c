internal import CurlTransport

/// A file that an option names, which must hold something in PEM: found out before the first connection needs it.
struct PEMFile {
    /// What the file must hold.
    enum Content: String {
        case certificate = "CERTIFICATE"
        case key = "PRIVATE KEY"
    }

    /// The option that names it.
    let option: String
    private let path: String
    private let content: Content

    /// A file; nil when the option names none.
    init?(_ option: String, _ path: String?, _ content: Content) {
        guard let path else { return nil }
        self.option = option
        self.path = path
        self.content = content
    }

    /// What is wrong with it, as a rule; nil when nothing is.
    var problem: String? {
        guard let bytes = try? SystemFile.read(path) else { return "must be a file that can be read" }
        let begins = Array("-----BEGIN ".utf8)
        let ends = Array("\(content.rawValue)-----".utf8)
        let isThere = bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }).contains { line in
            // OpenSSL takes white space behind the dashes.
            let line = line.reversed().drop { $0 == 0x20 || $0 == 0x09 }
            return line.starts(with: ends.reversed()) && line.reversed().starts(with: begins)
        }
        guard !isThere else { return nil }
        switch content {
        case .certificate: return "must be a PEM file with a certificate"
        case .key: return "must be a PEM file with a private key"
        }
    }
}
