/// The file of root certificates that a session trusts.
///
/// libcurl keeps a parsed bundle only when it comes from a file (`CAINFO_BLOB` is parsed for every connection), and takes
/// one file only. So further roots and the system's become one private file, named by its content.
package enum CABundle {
    /// A bundle that cannot be made.
    package struct Failure: Error, Sendable, Hashable {
        package let message: String

        package init(message: String) {
            self.message = message
        }
    }

    /// Where distributions keep their bundle, when libcurl does not say.
    private static let wellKnownFiles = [
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Alpine
        "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, RHEL
        "/etc/ssl/ca-bundle.pem",  // openSUSE
        "/etc/ssl/cert.pem",
    ]

    /// The system's bundle: `SSL_CERT_FILE`, then libcurl's own default, then the well-known places.
    package static var systemFile: String? {
        let named = [ProcessEnvironment.value("SSL_CERT_FILE"), CurlGlobal.shared.defaultCAFile].compactMap(\.self)
        return (named + wellKnownFiles).first { !$0.isEmpty && SystemFile.isReadable($0) }
    }

    /// The file for these roots.
    ///
    /// - Parameters:
    ///   - trustsSystemRoots: Whether the system's bundle is part of it.
    ///   - additional: PEM texts of further roots.
    /// - Returns: The object, or `nil`.
    /// - Throws: ``Failure`` when there is no bundle, a text has no certificate, or the file cannot be written.
    package static func file(trustsSystemRoots: Bool, additional: [[UInt8]]) throws(Failure) -> String {
        for text in additional where !contains(text, "-----BEGIN CERTIFICATE-----") {
            throw Failure(message: "An additional root contains no PEM certificate.")
        }
        var system: [UInt8] = []
        if trustsSystemRoots {
            guard let file = systemFile else {
                throw Failure(message: "No system CA bundle was found; install ca-certificates or set SSL_CERT_FILE.")
            }
            if additional.isEmpty { return file }
            system = try read(file)
        }
        guard !system.isEmpty || !additional.isEmpty else {
            throw Failure(message: "Neither the system's roots nor any others are trusted: nothing could be verified.")
        }
        return try store(([system] + additional).joined(separator: [0x0a]).map(\.self))
    }

    private static func store(_ bundle: [UInt8]) throws(Failure) -> String {
        let base = ProcessEnvironment.value("TMPDIR") ?? "/tmp"
        let directory = "\(base)/session-pool-\(SystemFile.userID)"
        let path = "\(directory)/roots-\(name(of: bundle)).pem"
        do throws(SystemFile.Failure) {
            try SystemFile.makePrivateDirectory(directory)
            // The name is a checksum and no proof: an existing file counts only when it is this bundle.
            if SystemFile.isReadable(path), try SystemFile.read(path) == bundle { return path }
            try SystemFile.writePrivately(bundle, to: path)
        } catch {
            throw Failure(message: "The bundle of root certificates cannot be written: \(error.message).")
        }
        return path
    }

    private static func read(_ path: String) throws(Failure) -> [UInt8] {
        do {
            return try SystemFile.read(path)
        } catch {
            throw Failure(message: "The CA file cannot be read: \(error.message).")
        }
    }

    /// FNV-1a in 64 bits, twice with different beginnings.
    private static func name(of bytes: [UInt8]) -> String {
        var hashes: (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15)
        for byte in bytes {
            hashes.0 = (hashes.0 ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            hashes.1 = (hashes.1 ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return String(hashes.0, radix: 16) + String(hashes.1, radix: 16)
    }

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        bytes.split(separator: 0x0a).contains { $0.starts(with: text.utf8) }
    }
}
