import HTTPSessionPool
import TestSupport
import Testing

/// Server and client certificates against a real nginx.
@Suite(.timeLimit(.minutes(10))) struct NginxCertificateTests {
    /// What is wrong with a server's certificate.
    enum Fault: CaseIterable {
        case expired
        case wrongHost
        case unknownAuthority

        func certificate(_ certificates: TestCertificates) -> TestCertificate {
            switch self {
            case .expired: certificates.expired
            case .wrongHost: certificates.wrongHost
            case .unknownAuthority: certificates.stranger
            }
        }
    }

    @Test(arguments: Fault.allCases)
    func `a server certificate with a fault is rejected before anything is sent`(_ fault: Fault) async throws {
        var options = NginxServer.Options()
        options.certificate = fault.certificate
        try await NginxServer.serving(options) { nginx in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates)
                let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                let error = await #expect(throws: SessionError.self) { try await session.post("/", body: [1]) }
                #expect(error?.code == .certificateRejected)
                #expect(error?.delivery == .notSent)
                #expect(error?.isRetryable == false)
                #expect(nginx.requests.isEmpty)
            }
        }
    }

    @Test func `a further root is trusted besides the system's, not instead of them`() async throws {
        var strangers = NginxServer.Options()
        strangers.certificate = \.stranger
        try await NginxServer.serving { nginx in
            try await NginxServer.serving(strangers) { other in
                // A process of its own, because the environment says what the system's bundle is.
                let urls = [nginx.tlsURL, other.tlsURL]
                let (further, system) = (nginx.certificates.authority, nginx.certificates.strangerAuthority)
                await #expect(processExitsWith: .success) {
                    [urls = urls as [String], further = further as String, system = system as String] in
                    Environment.set("SSL_CERT_FILE", system)
                    try await Self.getWithFurtherRoot(urls, further: further)
                    await SessionPool.closeShared()
                }
            }
        }
    }

    /// Holds its sessions, and with them their event loop, no longer than it runs: the process exits after it.
    private static func getWithFurtherRoot(_ urls: [String], further: String) async throws {
        var configuration = SessionConfiguration()
        configuration.tls.additionalRoots = [.file(further)]
        configuration.proxy = .none
        for url in urls {
            let session = try await SessionPool.shared.session(for: url, configuration: configuration)
            #expect(try await session.get("/").status == 200)
        }
        configuration.tls.trustsSystemRoots = false
        let session = try await SessionPool.shared.session(for: urls[1], configuration: configuration)
        let error = await #expect(throws: SessionError.self) { try await session.get("/") }
        #expect(error?.code == .certificateRejected)
    }

    @Test func `roots may be given as bytes`() async throws {
        try await NginxServer.serving { nginx in
            let authority = try await Command.run("cat", [nginx.certificates.authority])
            let configuration = SessionConfiguration.testing(nginx.certificates) {
                $0.tls.additionalRoots = [.bytes(Array(authority.utf8))]
            }
            try await SessionPool.own { pool in
                let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                #expect(try await session.get("/").status == 200)
            }
        }
    }

    @Test func `a client certificate is shown, and sessions with different ones share nothing`() async throws {
        var options = NginxServer.Options()
        options.verifiesClients = true
        try await NginxServer.serving(options) { nginx in
            let certificates = nginx.certificates
            try await SessionPool.own { pool in
                func status(_ client: TestCertificate?) async throws -> Int {
                    let configuration = SessionConfiguration.testing(certificates) {
                        $0.tls.clientCertificate = client.map {
                            .init(certificate: .file($0.certificate), privateKey: .file($0.key))
                        }
                    }
                    let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                    return try await session.get("/").status.rawValue
                }
                var statuses: [Int] = []
                // nginx takes the handshake and answers 400; the right one again must find its own connection.
                for client in [certificates.client, nil, certificates.strangerClient, certificates.client] {
                    statuses.append(try await status(client))
                }
                #expect(statuses == [200, 400, 400, 200])
                let requests = try await nginx.waitForRequests(4)
                #expect(requests.map(\.client) == ["CN=client", "-", "CN=stranger-client", "CN=client"])
                #expect(requests[0].connection == requests[3].connection)
                #expect(requests.connectionCount == 3)
                #expect(pool.statistics.sessionsCreated == 3)
            }
        }
    }

    @Test func `a key that is not the certificate's is a configuration error`() async throws {
        var options = NginxServer.Options()
        options.verifiesClients = true
        try await NginxServer.serving(options) { nginx in
            let configuration = SessionConfiguration.testing(nginx.certificates) {
                $0.tls.clientCertificate = .init(
                    certificate: .file(nginx.certificates.client.certificate),
                    privateKey: .file(nginx.certificates.strangerClient.key)
                )
            }
            try await SessionPool.own { pool in
                let error = await #expect(throws: SessionError.self) {
                    try await pool.session(for: nginx.tlsURL, configuration: configuration).get("/")
                }
                #expect(error?.code == .invalidTLSConfiguration)
                #expect(error?.delivery == .notSent)
            }
        }
    }
}
