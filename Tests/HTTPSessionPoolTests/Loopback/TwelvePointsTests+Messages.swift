import CurlTransport
import Glibc
@testable import HTTPSessionPool
import TestSupport
import Testing

/// What goes on the wire, to whom, and what never does.
extension TwelvePointsTests {
    // MARK: 10. Injection

    @Test(arguments: ["\r\nX-Injected: yes", "\n", "\r", "\u{0}", "a\r\nb"])
    func `10: a line break or NUL in a header value, an idempotency key or a method is refused`(
        text: String
    ) async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            var keyed = Request(.post, "/")
            keyed.idempotencyKey = "secret\(text)"
            let requests = [
                Request(.get, "/", headers: ["X-Test": "secret\(text)"]),
                Request(.get, "/", headers: ["User-Agent": "secret\(text)"]),
                Request(.get, "/", headers: ["X-Te\(text)st": "secret"]),
                Request(Method(rawValue: "GET\(text)"), "/"),
                keyed,
            ]
            for request in requests {
                let error = await failure { try await fixture.session.send(request) }
                #expect(error?.code == .invalidRequest)
                #expect(error?.delivery == .notSent)
                #expect(error?.description.contains("secret") == false)
                let streamed = await failure { try await fixture.session.stream(request) }
                #expect(streamed?.code == .invalidRequest)
            }
            let path = await failure { try await fixture.session.get("/secret\(text)") }
            #expect(path?.code == .invalidURL)
            #expect(path?.description.contains("secret") == false)
            #expect(fixture.server.acceptedConnections == 0)
            try await fixture.server.waitForOpenConnections(0)
        }
    }

    @Test(arguments: [
        "", " ", "X Y", "X:", "Имя", "X\t", "(x)", "Host", "Content-Length", "transfer-encoding", "EXPECT",
    ])
    func `10: a header name that is no token, or would lie about the message, is refused`(name: String) async throws {
        let pool = SessionPool()
        let session = try await pool.session(for: "http://host.test")
        let error = await failure { try await session.get("/", headers: [name: "1"]) }
        #expect(error?.code == .invalidRequest)
        var configuration = SessionConfiguration()
        configuration.headers = [name: "1"]
        let own = await failure { [configuration] in
            try await pool.session(for: "http://host.test", configuration: configuration)
        }
        #expect(own?.code == .invalidRequest)
        await pool.shutdown()
    }

    @Test(arguments: ["", "GET /x", "GET\t", "CONNECT", "ПОЛУЧИТЬ"])
    func `10: a method that is no token is refused`(method: String) async throws {
        let pool = SessionPool()
        let session = try await pool.session(for: "http://host.test")
        let error = await failure { try await session.send(Request(Method(rawValue: method), "/")) }
        #expect(error?.code == .invalidRequest)
        await pool.shutdown()
    }

    @Test func `header fields and empty values arrive as they were given`() async throws {
        try await SessionFixture.run {
            $0.headers = ["User-Agent": "mine", "X-Session": "every"]
        } handler: { _ in
            .text("ok", headers: ["X-Latin: caf\u{e9}", "Set-Cookie: a=1", "Set-Cookie: b=2", "X-Empty:"])
        } _: { fixture in
            let response = try await fixture.session.get(
                "/",
                headers: ["X-Empty": "", "X-Text": "имя", "x-session": "own"]
            )
            let request = try #require(fixture.server.requests.first)
            #expect(request["X-Empty"] == "")
            #expect(request["X-Text"] == "имя")
            #expect(request.values("X-Session") == ["own"])
            #expect(request.values("User-Agent") == ["mine"])
            #expect(response.headers.values(for: "set-cookie") == ["a=1", "b=2"])
            #expect(response.headers["x-empty"] == "")
        }
    }

    // MARK: 10. What libcurl adds of its own accord

    @Test func `10: a large body is sent at once, without Expect and without a form's content type`() async throws {
        let body = [UInt8](repeating: 65, count: 2 * 1_024 * 1_024)
        try await SessionFixture.run { request in
            .text("\(request.bodyLength)")
        } _: { fixture in
            for method in [Method.post, .put, .patch] {
                let response = try await fixture.session.send(Request(method, "/", body: body))
                #expect(response.text == "\(body.count)")
            }
            for request in fixture.server.requests {
                #expect(request["expect"] == nil)
                #expect(request["content-type"] == nil)
                #expect(request.values("content-length") == ["\(body.count)"])
            }
        }
    }

    @Test func `10: an empty POST says so, and a GET has no body`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.post("/")
            _ = try await fixture.session.get("/")
            _ = try await fixture.session.delete("/")
            _ = try await fixture.session.send(Request(.options, "*"))
            let requests = fixture.server.requests
            #expect(requests.map(\.method) == ["POST", "GET", "DELETE", "OPTIONS"])
            #expect(requests[0]["content-length"] == "0")
            #expect(requests[1]["content-length"] == nil)
        }
    }

    @Test func `10: cookies are never kept`() async throws {
        try await SessionFixture.run { _ in
            .text("ok", headers: ["Set-Cookie: session=secret; Path=/"])
        } _: { fixture in
            for _ in 0..<2 { _ = try await fixture.session.get("/") }
            #expect(fixture.server.requests.allSatisfy { $0["cookie"] == nil })
        }
    }

    @Test func `10: bodies are compressed only when asked for, and streams never`() async throws {
        try await SessionFixture.run {
            $0.decompresses = true
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            _ = try await fixture.session.stream(Request(.get, "/")).body.collect()
            _ = try await fixture.session.get("/")
            #expect(fixture.server.requests.map { $0["accept-encoding"] != nil } == [true, false, true])
        }
    }

    @Test func `10: the environment's proxy is read once, when the session is created`() async {
        // In a process of its own, because the environment belongs to all.
        await #expect(processExitsWith: .success) {
            try await LoopbackServer.serving({ _ in .text("proxied") }) { proxy in
                try await LoopbackServer.serving({ _ in .text("direct") }) { server in
                    let pool = SessionPool()
                    var other = SessionConfiguration()
                    other.credentialsScope = "created later"
                    let before = try await pool.session(for: server.url)
                    unsafe setenv("http_proxy", proxy.url, 1)
                    let after = try await pool.session(for: server.url, configuration: other)
                    #expect(try await before.get("/").text == "direct")
                    #expect(try await after.get("/").text == "proxied")
                    unsafe unsetenv("http_proxy")
                    #expect(try await before.get("/").text == "direct")
                    #expect(try await after.get("/").text == "proxied")
                    // A CGI server makes HTTP_PROXY of a client's field: never read.
                    unsafe setenv("HTTP_PROXY", proxy.url, 1)
                    other.credentialsScope = "third"
                    let third = try await pool.session(for: server.url, configuration: other)
                    #expect(try await third.get("/").text == "direct")
                    await pool.shutdown()
                }
            }
        }
    }

    // MARK: 10. Redirects

    private static let secrets: HeaderFields = [
        "Authorization": "Bearer secret", "X-API-Key": "secret", "Cookie": "a=secret", "X-Custom": "secret",
        "Accept": "text/plain",
    ]

    @Test func `10: redirects are handed to the caller unless asked for`() async throws {
        try await SessionFixture.run { _ in
            .redirect(to: "/elsewhere")
        } _: { fixture in
            let response = try await fixture.session.get("/")
            #expect(response.status == 302)
            #expect(response.headers["location"] == "/elsewhere")
            #expect(fixture.server.requests.count == 1)
        }
    }

    @Test(arguments: CancellationTests.Kind.allCases)
    func `10: no credential follows a redirect to another origin`(kind: CancellationTests.Kind) async throws {
        var options = LoopbackServer.Options()
        options.address = "127.0.0.2"
        try await LoopbackServer.serving(options: options, { _ in .text("other") }) { other in
            try await SessionFixture.run {
                $0.maxRedirects = 3
                $0.headers = ["User-Agent": "mine", "X-Session-Key": "secret"]
            } handler: { request in
                request.target == "/start" ? .redirect(to: "/second") : .redirect(to: "\(other.url)/end")
            } _: { fixture in
                let request = Request(.get, "/start", headers: Self.secrets)
                switch kind {
                case .buffered:
                    let response = try await fixture.session.send(request)
                    #expect(response.text == "other")
                case .streamed:
                    let body = try await fixture.session.stream(request).body.collect()
                    #expect(body == Array("other".utf8))
                }
                // The same origin gets everything, the other nothing that could be a secret.
                #expect(fixture.server.requests.map(\.target) == ["/start", "/second"])
                #expect(fixture.server.requests.allSatisfy { $0["x-api-key"] == "secret" && $0["cookie"] != nil })
                let end = try #require(other.requests.first)
                #expect(!"\(end.headers)".contains("secret"))
                #expect(end["accept"] == "text/plain")
            }
        }
    }

    @Test(arguments: [
        "http://127.0.0.1:1/", "ftp://host.test/", "file:///etc/passwd", "http://user:secret@host.test/", "http://",
        "https://[",
    ])
    func `10: a redirect that must not be followed is refused`(target: String) async throws {
        try await SessionFixture.run {
            $0.maxRedirects = 3
        } handler: { _ in
            .redirect(to: target)
        } _: { fixture in
            let error = await failure { try await fixture.session.get("/") }
            if target.hasPrefix("http://127") {
                #expect(error?.code == .connectionFailed)
            } else {
                #expect(error?.code == .redirectRefused)
                // The first server has answered: the request was sent.
                #expect(error?.delivery == .maybeProcessed)
            }
            #expect(error?.description.contains("secret") == false)
            #expect(fixture.server.requests.count == 1)
        }
    }

    @Test func `10: https never falls back to http`() throws {
        let (secure, plain) = ("https://host.test", "http://host.test")
        func route(from origin: String) -> RedirectRoute {
            let request = TransferRequest(head: RequestHead(method: "GET", url: "\(origin)/a"))
            return RedirectRoute(request, origin: origin, maxRedirects: 3, hasClientCertificate: false)
        }
        var first = route(from: secure)
        let error = #expect(throws: SessionError.self) {
            try first.follow(status: 302, location: "http://host.test/a")
        }
        #expect(error?.code == .redirectRefused)
        var other = route(from: plain)
        #expect(try other.follow(status: 302, location: "https://host.test/b"))
        #expect(other.request.head.url == "https://host.test/b")
    }

    @Test(arguments: [
        (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"),
        (307, "POST", "POST"), (308, "POST", "POST"), (301, "PUT", "PUT"), (302, "DELETE", "DELETE"),
    ])
    func `10: the method after a redirect`(status: Int, before: String, after: String) async throws {
        try await SessionFixture.run {
            $0.maxRedirects = 1
        } handler: { request in
            request.target == "/a"
                ? .redirect(to: "b?x=1", status: status) : .raw(LoopbackReply.head(status: 204, headers: []))
        } _: { fixture in
            let body: [UInt8]? = before == "POST" || before == "PUT" ? [1, 2, 3] : nil
            let request = Request(Method(rawValue: before), "/a", headers: ["Content-Type": "x/y"], body: body)
            let response = try await fixture.session.send(request)
            #expect(response.status == 204)
            let second = try #require(fixture.server.requests.last)
            #expect(second.method == after)
            #expect(second.target == "/b?x=1")
            #expect(second.body == (before == after ? body ?? [] : []))
        }
    }

    @Test func `10: redirects in a circle end at their limit`() async throws {
        try await SessionFixture.run {
            $0.maxRedirects = 5
        } handler: { request in
            .redirect(to: "/\(request.index)")
        } _: { fixture in
            let response = try await fixture.session.get("/")
            #expect(response.status == 302)
            #expect(fixture.server.requests.count == 6)
        }
    }

    // MARK: 11. Few header bytes

    @Test func `11: nothing is sent that was not asked for`() async throws {
        try await SessionFixture.run {
            $0.headers = [:]
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            _ = try await fixture.session.post("/", headers: ["Content-Type": "application/json"], body: [1])
            let names = fixture.server.requests.map { Set($0.headers.map { $0.name.lowercased() }) }
            #expect(names == [["host", "accept"], ["host", "accept", "content-type", "content-length"]])
        }
    }
}
