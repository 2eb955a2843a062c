import HTTPSessionPool
import TestSupport
import Testing

/// Requests through real proxies: tinyproxy for HTTP and CONNECT, microsocks for SOCKS5.
@Suite(.timeLimit(.minutes(10))) struct ProxyTests {
    private static let credentials = ProxyCredentials(user: "user", password: "correct-horse")

    @Test func `https goes through one tunnel, kept for the next request`() async throws {
        try await NginxServer.serving { nginx in
            try await ForwardProxy.serving { proxy in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.proxy = .url(proxy.url) }
                try await SessionPool.own { pool in
                    let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                    for _ in 0..<3 { #expect(try await session.post("/", body: [1]).status == 200) }
                    #expect(try await nginx.waitForRequests(3).connectionCount == 1)
                    #expect(try await proxy.waitForRequests(1) == ["CONNECT localhost:\(nginx.tlsPort) HTTP/1.1"])
                }
            }
        }
    }

    @Test func `http goes through with its whole URL`() async throws {
        try await NginxServer.serving { nginx in
            try await ForwardProxy.serving { proxy in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.proxy = .url(proxy.url) }
                try await SessionPool.own { pool in
                    let session = try await pool.session(for: nginx.plainURL, configuration: configuration)
                    #expect(try await session.get("/path").status == 200)
                    #expect(try await proxy.waitForRequests(1) == ["GET \(nginx.plainURL)/path HTTP/1.1"])
                }
            }
        }
    }

    @Test(arguments: ["localhost", "LOCALHOST", "example.com,localhost", "*"])
    func `hosts that are excepted are reached directly`(_ exception: String) async throws {
        try await NginxServer.serving { nginx in
            try await ForwardProxy.serving { proxy in
                let configuration = SessionConfiguration.testing(nginx.certificates) {
                    $0.proxy = .url(proxy.url, except: exception.split(separator: ",").map(String.init))
                }
                try await SessionPool.own { pool in
                    let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                    #expect(try await session.get("/").status == 200)
                    #expect(proxy.requestLines.isEmpty)
                }
            }
        }
    }

    @Test func `the environment's proxy and its exceptions are obeyed`() async throws {
        try await NginxServer.serving { nginx in
            try await ForwardProxy.serving { proxy async throws in
                let urls = [nginx.tlsURL, nginx.plainURL]
                // A process of its own: changing the environment beside other threads is not allowed.
                await #expect(processExitsWith: .success) {
                    [
                        urls = urls as [String], authority = nginx.certificates.authority as String,
                        proxy = proxy.url as String
                    ] in
                    Environment.set("https_proxy", proxy)
                    Environment.set("http_proxy", proxy)
                    Environment.set("no_proxy", "127.0.0.1")
                    Environment.set("NO_PROXY", nil)
                    var configuration = SessionConfiguration()
                    configuration.tls.additionalRoots = [.file(authority)]
                    for url in urls {
                        let session = try await SessionPool.shared.session(for: url, configuration: configuration)
                        #expect(try await session.get("/").status == 200)
                    }
                    await SessionPool.closeShared()
                }
                #expect(try await nginx.waitForRequests(2).count == 2)
                #expect(try await proxy.waitForRequests(1) == ["CONNECT localhost:\(nginx.tlsPort) HTTP/1.1"])
            }
        }
    }

    @Test func `a proxy's password is sent to it, and a wrong one is a proxy error without secrets`() async throws {
        let credentials = Self.credentials
        try await NginxServer.serving { nginx in
            try await ForwardProxy.serving(credentials: credentials) { proxy in
                func get(_ password: String) async throws -> Response {
                    let configuration = SessionConfiguration.testing(nginx.certificates) {
                        $0.proxy = .url("http://\(credentials.user):\(password)@127.0.0.1:\(proxy.port)")
                    }
                    return try await SessionPool.own { pool in
                        try await pool.session(for: nginx.tlsURL, configuration: configuration).get("/")
                    }
                }
                let response = try await get(credentials.password)
                #expect(response.status == 200)
                let error = await #expect(throws: SessionError.self) { try await get("wrong-secret") }
                #expect(error?.code == .proxyFailed)
                #expect(error?.delivery == .notSent)
                #expect(error?.description.contains("wrong-secret") == false)
            }
        }
    }

    @Test func `a proxy that is not there is a proxy or connection error`() async throws {
        let (port, certificates) = (try ReservedPort(), try await TestCertificates.shared())
        let configuration = SessionConfiguration.testing(certificates) {
            $0.proxy = .url("http://127.0.0.1:\(port.number)")
        }
        try await SessionPool.own { pool in
            let error = await #expect(throws: SessionError.self) {
                try await pool.session(for: "https://localhost", configuration: configuration).get("/")
            }
            #expect([.proxyFailed, .connectionFailed].contains(error?.code))
            #expect(error?.delivery == .notSent)
        }
    }

    @Test func `SOCKS5h lets the proxy resolve the name`() async throws {
        let credentials = Self.credentials
        try await NginxServer.serving { nginx in
            try await SOCKS5Proxy.serving(credentials: credentials) { proxy in
                let configuration = SessionConfiguration.testing(nginx.certificates) {
                    $0.proxy = .url("socks5h://\(credentials.user):\(credentials.password)@127.0.0.1:\(proxy.port)")
                }
                try await SessionPool.own { pool in
                    let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                    for _ in 0..<2 { #expect(try await session.post("/", body: [1]).status == 200) }
                    #expect(try await nginx.waitForRequests(2).connectionCount == 1)
                    #expect(try await proxy.waitForDestinations(1) == ["localhost:\(nginx.tlsPort)"])
                }
                let wrong = SessionConfiguration.testing(nginx.certificates) { $0.proxy = .url(proxy.url) }
                try await SessionPool.own { pool in
                    let error = await #expect(throws: SessionError.self) {
                        try await pool.session(for: nginx.tlsURL, configuration: wrong).get("/")
                    }
                    #expect(error?.code == .proxyFailed)
                    #expect(error?.delivery == .notSent)
                }
            }
        }
    }
}
