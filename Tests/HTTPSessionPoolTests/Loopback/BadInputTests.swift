@testable import HTTPSessionPool
import TestSupport
import Testing

/// Servers that misbehave, and configurations that cannot work: a clear typed error each, and nothing left behind.
@Suite(.timeLimit(.minutes(1)))
struct BadInputTests {
    struct Misbehaviour: Sendable, CustomTestStringConvertible {
        let name: String
        let code: SessionError.Code
        let reply: LoopbackReply

        var testDescription: String { name }
    }

    private static let misbehaviours: [Misbehaviour] = [
        Misbehaviour(name: "garbage", code: .malformedResponse, reply: .raw("\u{1}\u{2}garbage\r\n\r\n").then(.close)),
        Misbehaviour(name: "HTTP/0.9", code: .malformedResponse, reply: .raw("<html>hello</html>").then(.close)),
        Misbehaviour(name: "no answer", code: .connectionLost, reply: .closeWithoutAnswer),
        Misbehaviour(name: "reset", code: .connectionLost, reply: .resetWithoutAnswer),
        Misbehaviour(name: "half a status line", code: .connectionLost, reply: .raw("HTTP/1.1 2").then(.close)),
        Misbehaviour(
            name: "half a header section",
            code: .connectionLost,
            reply: .raw("HTTP/1.1 200 OK\r\nX-A: secret").then(.close)
        ),
        Misbehaviour(name: "truncated body", code: .connectionLost, reply: .truncated("secret", contentLength: 1_000)),
        Misbehaviour(
            name: "truncated chunk",
            code: .connectionLost,
            reply: .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nsecret").then(.close)
        ),
        Misbehaviour(
            name: "chunks without an end",
            code: .connectionLost,
            reply: .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n").then(.close)
        ),
        Misbehaviour(
            // libcurl has one code for this and for a connection that breaks.
            name: "malformed chunk size",
            code: .connectionLost,
            reply: .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nsecret\r\n").then(.close)
        ),
        Misbehaviour(name: "header flood", code: .headersTooLarge, reply: .headerFlood),
        Misbehaviour(
            name: "endless trailer line",
            code: .headersTooLarge,
            reply: LoopbackReply([
                .send(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n0\r\nX: ".utf8)),
                .sendForever([UInt8](repeating: UInt8(ascii: "a"), count: 4_096)),
            ])
        ),
        Misbehaviour(name: "endless header line", code: .headersTooLarge, reply: .endlessHeaderLine),
    ]

    @Test(arguments: misbehaviours, CancellationTests.Kind.allCases)
    func `a misbehaving server`(case: Misbehaviour, kind: CancellationTests.Kind) async throws {
        try await SessionFixture.run { request in
            request.target == "/bad" ? `case`.reply : .text("ok")
        } _: { fixture in
            let error = await failure { try await kind.run(fixture.session, "/bad") }
            #expect(error?.code == `case`.code)
            #expect(error?.delivery == .maybeProcessed)
            #expect(error?.isRetryable == false)
            #expect(error?.origin == fixture.session.baseURL.origin)
            #expect(error?.description.contains("secret") == false)
            #expect(error?.description.contains("/bad") == false)
            try await fixture.server.waitForOpenConnections(0)
            // The session is none the worse.
            let response = try await fixture.session.get("/")
            #expect(response.text == "ok")
        }
    }

    @Test func `a body that announces 2 GB is refused before it is read`() async throws {
        try await SessionFixture.run {
            $0.limits.maxBodyBytes = 1_000_000
        } handler: { _ in
            LoopbackReply([
                .send(LoopbackReply.head(status: 200, headers: ["Content-Length: 2147483648"])),
                .sendForever([UInt8](repeating: 120, count: 16_384)),
            ])
        } _: { fixture in
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .bodyTooLarge)
            #expect(error?.delivery == .maybeProcessed)
            let counts = try await fixture.server.waitForOpenConnections(0)
            #expect(counts.bytesWritten < 64 * 1_024 * 1_024)
        }
    }

    @Test func `10: a chunked body without end stops at the limit`() async throws {
        try await SessionFixture.run {
            $0.limits.maxBodyBytes = 1_000_000
        } handler: { _ in
            .endlessBody()
        } _: { fixture in
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .bodyTooLarge)
            try await fixture.server.waitForOpenConnections(0)
            var request = Request(.get, "/")
            request.maxResponseBodyBytes = 10
            let own = await failure { [request] in try await fixture.session.send(request) }
            #expect(own?.code == .bodyTooLarge)
            let collected = await failure {
                try await fixture.session.stream(Request(.get, "/")).body.collect(upTo: 100_000)
            }
            #expect(collected?.code == .bodyTooLarge)
        }
    }

    @Test func `10: a gzip bomb stops at the limit of what it unpacks to`() async throws {
        let bomb = try await GzipBomb.bytes(of: 64 * 1_024 * 1_024)
        #expect(bomb.count < 100_000)
        try await SessionFixture.run {
            $0.decompresses = true
            $0.limits.maxBodyBytes = 1_000_000
        } handler: { _ in
            .bytes(bomb, headers: ["Content-Encoding: gzip"])
        } _: { fixture in
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .bodyTooLarge)
            #expect(fixture.server.requests.first?["accept-encoding"]?.contains("gzip") == true)
        }
    }

    @Test func `a body of exactly the limit is accepted`() async throws {
        try await SessionFixture.run {
            $0.limits.maxBodyBytes = 1_000
        } handler: { request in
            request.target == "/fits"
                ? .bytes([UInt8](repeating: 1, count: 1_000)) : .bytes([UInt8](repeating: 1, count: 1_001))
        } _: { fixture in
            let response = try await fixture.session.get("/fits")
            #expect(response.body.count == 1_000)
            let error = await failure { try await fixture.session.get("/over") }
            #expect(error?.code == .bodyTooLarge)
        }
    }

    @Test func `a line of an event stream without end is an error`() async throws {
        try await SessionFixture.run { _ in
            LoopbackReply([
                .send(LoopbackReply.head(status: 200, headers: ["Transfer-Encoding: chunked"])),
                .send(LoopbackReply.chunk(Array("data: secret".utf8))),
                .sendForever(LoopbackReply.chunk([UInt8](repeating: 120, count: 65_536))),
            ])
        } _: { fixture in
            let error = await failure {
                for try await _ in try await fixture.session.stream(Request(.get, "/")).body.events {}
            }
            #expect(error?.code == .malformedStream)
            #expect(error?.delivery == .maybeProcessed)
            #expect(error?.description.contains("secret") == false)
            try await fixture.server.waitForOpenConnections(0)
        }
    }

    @Test func `nobody listens: the request was not sent and may be repeated`() async throws {
        let pool = SessionPool()
        let port = try ReservedPort()
        let error = await failure { try await pool.session(for: "http://127.0.0.1:\(port.number)").get("/") }
        #expect(error?.code == .connectionFailed)
        #expect(error?.delivery == .notSent)
        #expect(error?.isRetryable == true)
        await pool.shutdown()
    }

    @Test func `a name that does not exist`() async throws {
        let pool = SessionPool()
        let error = await failure { try await pool.session(for: "http://missing.unknown.test").get("/") }
        #expect(error?.code == .nameResolutionFailed)
        #expect(error?.delivery == .notSent)
        await pool.shutdown()
    }

    // MARK: Configurations

    @Test func `a CA file that cannot be read`() async throws {
        let error = await failure { try await Self.session { $0.additionalRoots = [.file("/nowhere/roots.pem")] } }
        #expect(error?.code == .invalidTLSConfiguration)
        #expect(error?.delivery == .notSent)
        #expect(error?.message.contains("cannot be read") == true)
    }

    @Test func `a CA file without a certificate`() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("roots.pem", "-----BEGIN SECRET-----\nsecret\n")
        for root in [TLSConfiguration.PEM.file(path), .bytes([]), .bytes(Array("secret".utf8))] {
            let error = await failure { try await Self.session { $0.additionalRoots = [root] } }
            #expect(error?.code == .invalidTLSConfiguration)
            #expect(error?.message.contains("no PEM certificate") == true)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test func `a directory instead of a CA file, and nobody trusted at all`() async throws {
        let directory = try TemporaryDirectory()
        let first = await failure { try await Self.session { $0.additionalRoots = [.file(directory.path)] } }
        #expect(first?.code == .invalidTLSConfiguration)
        let second = await failure { try await Self.session { $0.trustsSystemRoots = false } }
        #expect(second?.code == .invalidTLSConfiguration)
    }

    @Test(arguments: ["", "http://", "ftp://proxy", "http://pro xy", "http://proxy:70000"])
    func `a proxy that cannot be one`(url: String) async throws {
        let pool = SessionPool()
        var configuration = SessionConfiguration()
        configuration.proxy = .url(url)
        let error = await failure { [configuration] in
            try await pool.session(for: "http://host.test", configuration: configuration)
        }
        #expect(error?.code == .invalidURL)
        #expect(error?.delivery == .notSent)
        await pool.shutdown()
    }

    @Test func `HTTP/2 without TLS says what it needs`() async throws {
        let pool = SessionPool()
        var configuration = SessionConfiguration()
        configuration.httpVersion = .http2PriorKnowledge
        do {
            _ = try await pool.session(for: "http://host.test", configuration: configuration)
        } catch {
            // With libcurl 8.0 and newer it works, and nothing is thrown.
            #expect(error.code == .unsupported)
            #expect(error.message.contains("8.0"))
        }
        await pool.shutdown()
    }

    private static func session(_ configure: (inout TLSConfiguration) -> Void) async throws -> Session {
        var configuration = SessionConfiguration()
        configure(&configuration.tls)
        let pool = SessionPool()
        return try await pool.session(for: "https://host.test", configuration: configuration)
    }
}
