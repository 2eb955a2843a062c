import Foundation
import TestSupport

/// A certificate with its key, as files.
struct TestCertificate: Sendable {
    let certificate: String
    let key: String
}

/// Certificates for the tests, made by the `openssl` program: two authorities, and leaves with one fault each.
struct TestCertificates: Sendable {
    /// The authority that the tests trust.
    let authority: String
    /// The authority that nobody was told to trust.
    let strangerAuthority: String
    /// For `localhost` and 127.0.0.1.
    let server: TestCertificate
    /// For the same names, and no longer valid since 2021.
    let expired: TestCertificate
    /// For `elsewhere.example` only.
    let wrongHost: TestCertificate
    /// For the right names, by the stranger.
    let stranger: TestCertificate
    /// A client that the servers accept.
    let client: TestCertificate
    /// A client certified by the stranger.
    let strangerClient: TestCertificate

    private let directory: TemporaryDirectory

    /// The certificates of this test run, made at the first call.
    static func shared() async throws -> TestCertificates {
        try await store.certificates()
    }

    private static let store = Store()

    private actor Store {
        private var task: Task<TestCertificates, any Error>?

        func certificates() async throws -> TestCertificates {
            let task = self.task ?? Task { try await TestCertificates() }
            self.task = task
            return try await task.value
        }
    }

    private init() async throws {
        directory = try TemporaryDirectory("certificates")
        directory.removeAtExit()
        let authority = try await TestAuthority("session-pool-test", in: directory)
        let stranger = try await TestAuthority("stranger", in: directory)
        let names = "DNS:localhost,IP:127.0.0.1"
        self.authority = authority.certificate
        strangerAuthority = stranger.certificate
        server = try await authority.issue("server", names: names)
        expired = try await authority.issue("expired", names: names, from: "20200101000000Z", until: "20210101000000Z")
        wrongHost = try await authority.issue("wrong-host", names: "DNS:elsewhere.example")
        self.stranger = try await stranger.issue("stranger-server", names: names)
        client = try await authority.issue("client", names: "DNS:client")
        strangerClient = try await stranger.issue("stranger-client", names: "DNS:client")
    }
}

/// A certificate authority in a directory.
private struct TestAuthority {
    let certificate: String
    private let settings: String
    private let directory: TemporaryDirectory
    private let name: String

    init(_ name: String, in directory: TemporaryDirectory) async throws {
        self.name = name
        self.directory = directory
        certificate = directory.file("\(name)-ca.pem")
        let key = directory.file("\(name)-ca.key")
        try directory.write("\(name).index", "")
        // `openssl ca` and not `openssl x509`: before 3.4 only it can make a certificate that has expired.
        settings = try directory.write(
            "\(name).cnf",
            """
            [ca]
            default_ca = this
            [this]
            database = \(directory.file("\(name).index"))
            new_certs_dir = \(try directory.makeDirectory("\(name)-issued"))
            certificate = \(certificate)
            private_key = \(key)
            default_md = sha256
            policy = any
            rand_serial = yes
            unique_subject = no
            [any]
            commonName = supplied
            """
        )
        try await Command.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout", key, "-out", certificate,
            ]
        )
    }

    func issue(
        _ leaf: String,
        names: String,
        from start: String = "20240101000000Z",
        until end: String = "20991231000000Z"
    ) async throws -> TestCertificate {
        let request = directory.file("\(leaf).csr")
        let issued = TestCertificate(certificate: directory.file("\(leaf).pem"), key: directory.file("\(leaf).key"))
        try await Command.run(
            "openssl",
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=\(leaf)", "-keyout", issued.key, "-out", request,
            ]
        )
        let extensions = try directory.write(
            "\(leaf).ext",
            "subjectAltName=\(names)\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
        )
        try await Command.run(
            "openssl",
            [
                "ca", "-batch", "-notext", "-config", settings, "-extfile", extensions,
                "-startdate", start, "-enddate", end, "-in", request, "-out", issued.certificate,
            ]
        )
        return issued
    }
}
