import HTTPSessionPool
import TestSupport
import Testing

/// Redirects between a real nginx and another origin.
@Suite(.timeLimit(.minutes(10))) struct RedirectTests {
    /// Fields that carry credentials, the standard ones and those that providers made up.
    private static let credentials: HeaderFields = [
        "Authorization": "Bearer secret-1", "Cookie": "session=secret-2", "X-API-Key": "secret-3",
        "Proxy-Authorization": "Basic secret-4", "x-folder-id": "secret-5",
    ]

    private static func serving(
        _ body: (NginxServer, LoopbackServer) async throws -> Void
    ) async throws {
        try await LoopbackServer.serving { _ in
            .text("landed")
        } _: { server in
            var options = NginxServer.Options()
            options.upstreamPort = server.port
            options.directives = """
                location = /away { return 307 http://127.0.0.1:\(server.port)/landing; }
                location = /within { return 307 /upstream/landing; }
                location = /loop { return 302 /loop; }
                """
            try await NginxServer.serving(options) { nginx in try await body(nginx, server) }
        }
    }

    @Test func `by default a redirect is an answer`() async throws {
        try await Self.serving { nginx, server in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates)
                let session = try await pool.session(for: nginx.plainURL, configuration: configuration)
                let response = try await session.get("/away")
                #expect(response.status == 307)
                #expect(response.headers["location"] == "\(server.url)/landing")
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test func `another origin gets no credentials, the same one does`() async throws {
        try await Self.serving { nginx, server in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) {
                    $0.maxRedirects = 3
                    $0.headers["X-Constant-Key"] = "secret-6"
                }
                let session = try await pool.session(for: nginx.plainURL, configuration: configuration)
                for path in ["/away", "/within"] {
                    let response = try await session.post(path, headers: Self.credentials, body: Array("body".utf8))
                    #expect(response.text == "landed")
                }
                let requests = server.requests
                #expect(requests.map(\.target) == ["/landing", "/upstream/landing"])
                #expect(requests.allSatisfy { $0.method == "POST" && $0.text == "body" })
                let away = requests[0].headers
                #expect(!away.contains { $0.value.contains("secret") }, "sent to the other origin: \(away)")
                #expect(requests[1].headers.count { $0.value.contains("secret") } >= Self.credentials.count)
            }
        }
    }

    @Test func `a streamed request follows by the same rules`() async throws {
        try await Self.serving { nginx, server in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.maxRedirects = 3 }
                let session = try await pool.session(for: nginx.plainURL, configuration: configuration)
                let response = try await session.stream(Request(.get, "/away", headers: Self.credentials))
                #expect(try await response.body.collect() == Array("landed".utf8))
                #expect(server.requests.count == 1)
                #expect(server.requests.first?.headers.contains { $0.value.contains("secret") } == false)
            }
        }
    }

    @Test func `https does not fall back to http`() async throws {
        try await Self.serving { nginx, server in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.maxRedirects = 3 }
                let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                let error = await #expect(throws: SessionError.self) { try await session.get("/away") }
                #expect(error?.code == .redirectRefused)
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test func `a loop of redirects ends at the limit`() async throws {
        try await Self.serving { nginx, _ in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.maxRedirects = 3 }
                let session = try await pool.session(for: nginx.plainURL, configuration: configuration)
                let response = try await session.get("/loop")
                #expect(response.status == 302)
                #expect(try await nginx.waitForRequests(4).count == 4)
            }
        }
    }
}
