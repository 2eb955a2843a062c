/// Whom a session trusts and who it says it is.
public struct TLSConfiguration: Sendable, Hashable {
    /// PEM certificates from a file or from memory.
    public enum PEM: Sendable, Hashable {
        /// A file, read when the session is created.
        case file(String)
        /// The text itself.
        case bytes([UInt8])
    }

    /// A certificate and its key, shown to servers that ask for one (mutual TLS).
    public struct ClientCertificate: Sendable, Hashable {
        /// The certificate chain.
        public var certificate: PEM
        /// The private key.
        public var privateKey: PEM
        /// The key's passphrase, if it has one.
        public var passphrase: String?

        /// Makes a client certificate.
        public init(certificate: PEM, privateKey: PEM, passphrase: String? = nil) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.passphrase = passphrase
        }
    }

    /// How far a server's certificate is checked.
    public enum Verification: Sendable, Hashable {
        /// The chain and the name: the default.
        case full
        /// Nothing is checked: anyone on the path can read and change everything. For experiments only.
        case disabledInsecurely
    }

    /// Root certificates trusted besides the system's; GigaChat needs one.
    public var additionalRoots: [PEM] = []
    /// Whether the system's root certificates are trusted.
    ///
    /// Default `true`.
    public var trustsSystemRoots = true
    /// A certificate of our own, for mutual TLS.
    public var clientCertificate: ClientCertificate?
    /// How far the server's certificate is checked.
    ///
    /// Default ``Verification/full``.
    public var verification: Verification = .full

    /// Makes the default: system roots, full checks.
    public init() {}
}
