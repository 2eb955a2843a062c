@testable import HTTPSessionPool
import TestSupport
import Testing

/// Where redirects lead, by what a server is asked for.
@Suite(.timeLimit(.minutes(1)))
struct RedirectTargetTests {
    private static func targets(of location: @escaping @Sendable (LoopbackRequest) -> String) async throws -> [String] {
        let landed = Observed([String]())
        try await SessionFixture.run {
            $0.maxRedirects = 1
        } handler: { request in
            request.index == 0 ? .redirect(to: location(request)) : .text("ok")
        } _: { fixture in
            let response = try await fixture.session.get("/dir/a?x=1")
            #expect(response.text == "ok")
            let targets = fixture.server.requests.map(\.target)
            landed.update { $0 = targets }
        }
        return Array(landed.value.dropFirst())
    }

    @Test(arguments: [
        ("/new place", "/new%20place"), ("HOST/new place", "/new%20place"), ("HOST/?a b", "/?a%20b"),
        ("?a b", "/dir/a?a%20b"),
        ("#frag", "/dir/a?x=1"), ("", "/dir/a?x=1"), ("HOST/é", "/%C3%A9"), ("é", "/dir/%C3%A9"), ("../b", "/b"),
    ])
    func `a redirect is followed as RFC 3986 says`(location: String, target: String) async throws {
        let targets = try await Self.targets { request in
            location.replacing("HOST", with: "http://\(request["host"] ?? "")")
        }
        #expect(targets == [target])
    }

    @Test func `a folded Location is one`() async throws {
        let targets = try await Self.targets { _ in "/a\r\n b" }
        #expect(targets == ["/a%20b"])
    }

    /// curl/curl#1441; the name is looked up, and is not there.
    @Test func `an international name is looked up in its ASCII form`() async throws {
        try await SessionFixture.run {
            $0.maxRedirects = 1
        } handler: { _ in
            .redirect(to: "http://пример.invalid/x")
        } _: { fixture in
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .nameResolutionFailed)
        }
    }

    @Test func `a redirect from a Unix socket to another origin is refused`() async throws {
        let directory = try TemporaryDirectory("unix")
        var options = LoopbackServer.Options()
        options.unixSocketPath = directory.file("socket")
        try await LoopbackServer.serving(options: options) { request in
            switch request.target {
            case "/away": .redirect(to: "http://127.0.0.1:9/landed")
            case "/within": .redirect(to: "http://service/landed")
            default: .text("ok")
            }
        } _: { server in
            var configuration = SessionConfiguration()
            configuration.maxRedirects = 3
            configuration.unixSocketPath = server.options.unixSocketPath
            let pool = SessionPool()
            let session = try await pool.session(for: "http://service", configuration: configuration)
            let response = try await session.get("/within")
            #expect(response.text == "ok")
            let error = await failure { try await session.get("/away") }
            #expect(error?.code == .redirectRefused)
            #expect(server.requests.map(\.target) == ["/within", "/landed", "/away"])
            await pool.shutdown(grace: .seconds(10))
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 108), "a\u{0}b"])
    func `a path that no socket can have is refused when the session is made`(path: String) async throws {
        var configuration = SessionConfiguration()
        configuration.unixSocketPath = path
        let pool = SessionPool()
        let error = await failure { [configuration] in
            try await pool.session(for: "http://service", configuration: configuration)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("unixSocketPath") == true)
        await pool.shutdown(grace: .zero)
    }

    @Test func `a socket that is not there is told as that`() async throws {
        let directory = try TemporaryDirectory("unix")
        var configuration = SessionConfiguration()
        configuration.unixSocketPath = directory.file("missing")
        let pool = SessionPool()
        let session = try await pool.session(for: "http://service", configuration: configuration)
        let error = await failure { try await session.get("/") }
        #expect(error?.code == .connectionFailed)
        #expect(error?.delivery == .notSent)
        #expect(error?.message.contains("Unix socket: No such file") == true)
        await pool.shutdown(grace: .zero)
    }
}
