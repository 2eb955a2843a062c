/// The file of root certificates that a session trusts.
///
/// libcurl keeps a parsed bundle only when it comes from a file (`CAINFO_BLOB` is parsed for every connection), and takes
/// one file only. So further roots and the system's become one file, in memory: it cannot be swapped by another user nor
/// swept away under a session that runs for months, as a file in a temporary folder can.
package struct CABundle: Sendable {
    /// The file, as libcurl opens it.
    package let path: String
    /// Tells bundles of different content apart within the process; the name of a system's file stands for it.
    let fingerprint: Int
    /// Keeps a file in memory alive.
    private let file: MemoryFile?

    /// A bundle that cannot be made.
    package struct Failure: Error, Sendable, Hashable {
        package let message: String
        /// Whether it is only that there were no more descriptors.
        package var isExhaustion = false

        package init(message: String) {
            self.message = message
        }

        /// A file that cannot be read or made; `words` say which and what for.
        package init(_ words: String, _ file: SystemFile.Failure) {
            message = "\(words): \(file.message)."
            isExhaustion = SystemFile.isExhaustion(file.code)
        }
    }

    /// Where distributions keep their bundle, when libcurl does not say.
    private static let wellKnownFiles = [
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Alpine
        "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, RHEL
        "/etc/ssl/ca-bundle.pem",  // openSUSE
        "/etc/ssl/cert.pem",
    ]

    /// The system's bundle: `SSL_CERT_FILE`, or else libcurl's own default, or else the well-known places.
    package static var systemFile: String? {
        // A file that was named and cannot be read must not widen what is trusted.
        if let named = ProcessEnvironment.value("SSL_CERT_FILE") { return SystemFile.isReadable(named) ? named : nil }
        return ([CurlGlobal.shared.defaultCAFile] + wellKnownFiles).first { !$0.isEmpty && SystemFile.isReadable($0) }
    }

    /// Finds or makes the file for these roots.
    ///
    /// - Parameters:
    ///   - trustsSystemRoots: Whether the system's bundle is part of it.
    ///   - additional: PEM texts of further roots.
    /// - Throws: ``Failure`` when there is no bundle, a text has no certificate, or there is no memory for it.
    package init(trustsSystemRoots: Bool, additional: [[UInt8]]) throws(Failure) {
        for text in additional where !Self.contains(text, "-----BEGIN CERTIFICATE-----") {
            throw Failure(message: "An additional root contains no PEM certificate.")
        }
        var bundle: [UInt8] = []
        if trustsSystemRoots {
            guard let system = Self.systemFile else {
                throw Failure(message: "No readable CA bundle was found; install ca-certificates or set SSL_CERT_FILE.")
            }
            if additional.isEmpty {
                (path, file, fingerprint) = (system, nil, system.hashValue)
                return
            }
            bundle = try Self.read(system)
        }
        for text in additional { bundle += [0x0a] + text }
        guard !bundle.isEmpty else {
            throw Failure(message: "Neither the system's roots nor any others are trusted: nothing could be verified.")
        }
        do {
            let file = try MemoryFile(bundle, name: "root-certificates")
            (path, self.file, fingerprint) = (file.path, file, bundle.hashValue)
        } catch {
            throw Failure("The bundle of root certificates cannot be made", error)
        }
    }

    private static func read(_ path: String) throws(Failure) -> [UInt8] {
        do {
            return try SystemFile.read(path)
        } catch {
            throw Failure("The CA file cannot be read", error)
        }
    }

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        bytes.split(separator: 0x0a).contains { $0.starts(with: text.utf8) }
    }
}
