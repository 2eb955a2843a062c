@testable import HTTPSessionPool
import TestSupport
import Testing

/// Answers that come before the request is sent, and interim ones that come before the answer.
@Suite(.timeLimit(.minutes(1)))
struct EarlyAnswerTests {
    private static let body = [UInt8](repeating: 7, count: 32 * 1_024 * 1_024)

    private static func only(_ set: (inout Timeouts) -> Void) -> (inout SessionConfiguration) -> Void {
        var timeouts = Timeouts()
        (timeouts.acquire, timeouts.connect, timeouts.firstByte) = (nil, nil, nil)
        (timeouts.idle, timeouts.noProgress, timeouts.total) = (nil, nil, nil)
        set(&timeouts)
        return { [timeouts] in $0.timeouts = timeouts }
    }

    @Test(
        arguments: ["103 Early Hints\r\nLink: </a>", "100 Continue", "102 Processing"],
        CancellationTests.Kind.allCases
    )
    func `an interim answer does not end the wait for the first byte`(
        interim: String,
        kind: CancellationTests.Kind
    ) async throws {
        let set = Self.only {
            $0.firstByte = .milliseconds(200)
            $0.idle = .seconds(50)
        }
        try await SessionFixture.run(set) { _ in
            .raw("HTTP/1.1 \(interim)\r\n\r\n").then(.hold)
        } _: { fixture in
            let error = await failure { try await kind.run(fixture.session) }
            #expect(error?.code == .firstByteTimeout)
        }
    }

    /// psf/requests#2422, clj-http#277: the server has said all, and reads no more.
    @Test(arguments: ["200 OK", "413 Content Too Large"])
    func `a whole answer to an upload that the server does not read is delivered`(status: String) async throws {
        var options = LoopbackServer.Options()
        options.readsBodies = false
        options.receiveBuffer = 64 * 1_024
        try await SessionFixture.run(options: options, Self.only { $0.idle = .milliseconds(300) }) { _ in
            .raw("HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\nearly").then(.hold)
        } _: { fixture in
            let response = try await fixture.session.post("/", body: Self.body)
            #expect(response.text == "early")
            let streamed = try await fixture.session.stream(Request(.post, "/", body: Self.body)).body.collect()
            #expect(streamed == Array("early".utf8))
        }
    }

    @Test func `half an answer to such an upload is none`() async throws {
        var options = LoopbackServer.Options()
        options.readsBodies = false
        options.receiveBuffer = 64 * 1_024
        try await SessionFixture.run(options: options, Self.only { $0.idle = .milliseconds(300) }) { _ in
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nearly").then(.hold)
        } _: { fixture in
            let error = await failure { try await fixture.session.post("/", body: Self.body) }
            #expect(error?.code == .idleTimeout)
        }
    }

    @Test func `an upload that goes on after an early head is not idle`() async throws {
        let limit: Duration = .milliseconds(400)
        var options = LoopbackServer.Options()
        options.receiveBuffer = 64 * 1_024
        options.bodyReadPause = .milliseconds(1)
        options.onConnect = { _ in [.send(LoopbackReply.head(status: 200, headers: ["Content-Length: 2"]))] }
        try await SessionFixture.run(options: options, Self.only { $0.idle = limit }) { _ in
            .raw("ok")
        } _: { fixture in
            let response = try await fixture.session.post("/", body: Self.body)
            #expect(response.text == "ok")
            #expect(response.metrics.total > limit, "the upload was too fast to show anything")
        }
    }

    @Test func `a resend that finds no connection is late with connecting`() async throws {
        let server = try FadingServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        var configuration = SessionConfiguration()
        Self.only { $0.connect = .milliseconds(200) }(&configuration)
        let pool = SessionPool()
        let session = try await pool.session(for: "http://127.0.0.1:\(server.port)", configuration: configuration)
        let response = try await session.get("/")
        #expect(response.text == "ok")
        let error = await failure { try await session.get("/") }
        #expect(error?.code == .connectTimeout)
        #expect(error?.delivery == .maybeProcessed)
        await pool.shutdown(grace: .zero)
        withExtendedLifetime(server) {}
    }
}
