/// How the simulator speaks TLS.
///
/// It makes a CA and a leaf for `localhost`, `127.0.0.1` and `::1` (EC P-256) in memory at every start.
public struct SimulatorTLS: Hashable, Sendable {
    /// Which clients are let in.
    public enum ClientCertificates: Hashable, Sendable {
        /// Clients are not asked.
        case ignored
        /// Clients are asked; one that presents the simulator's client certificate needs no GigaChat token.
        case requested
        /// A client without the simulator's client certificate fails the handshake.
        case required
    }

    /// What the server shows.
    public enum Certificate: Hashable, Sendable {
        /// A certificate that the CA file makes valid.
        case valid
        /// One past its validity.
        case expired
        /// One for a host name that is not this machine's.
        case wrongHost
    }

    /// Which clients are let in; `.ignored` by default.
    public var clientCertificates: ClientCertificates

    /// What the server shows; `.valid` by default.
    public var certificate: Certificate

    /// Whether clients may resume sessions by ticket; true by default.
    public var allowsSessionResumption: Bool

    /// Creates TLS options.
    public init(
        clientCertificates: ClientCertificates = .ignored,
        certificate: Certificate = .valid,
        allowsSessionResumption: Bool = true
    ) {
        self.clientCertificates = clientCertificates
        self.certificate = certificate
        self.allowsSessionResumption = allowsSessionResumption
    }
}

/// The private files of a simulator with TLS; they are removed when it stops.
public struct SimulatorTLSFiles: Hashable, Sendable {
    /// The CA to trust.
    public let caFile: String
    /// A client certificate of that CA.
    public let clientCertificateFile: String
    /// The client certificate's key, not encrypted.
    public let clientKeyFile: String
    /// Where they are: a directory that is the simulator's own.
    let directory: String

    init(in directory: String) {
        self.directory = directory
        caFile = directory + "/ca.pem"
        clientCertificateFile = directory + "/client.pem"
        clientKeyFile = directory + "/client.key"
    }

    /// Removes what there is of them.
    func remove() {
        for path in [caFile, clientCertificateFile, clientKeyFile, directory] { PrivateFiles.remove(path) }
    }
}
