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

    private static func post(_ session: Session, _ kind: CancellationTests.Kind) async throws(SessionError) -> [UInt8] {
        switch kind {
        case .buffered: try await session.post("/", body: body).body
        case .streamed: try await session.stream(Request(.post, "/", body: body)).body.collect()
        }
    }

    private static func unread(receiveBuffer: Int32 = 64 * 1_024) -> LoopbackServer.Options {
        var options = LoopbackServer.Options()
        options.readsBodies = false
        options.receiveBuffer = receiveBuffer
        return options
    }

    /// psf/requests#2422, clj-http#277; RFC 9112, 9.5.
    @Test(arguments: ["200 OK", "303 See Other\r\nLocation: /", "413 Content Too Large"])
    func `an answer that was read is delivered although the server resets the upload`(status: String) async throws {
        let gate = Gate()
        try await SessionFixture.run(options: Self.unread()) { _ in
            .raw("HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\nearly").then(.wait(gate)).then(.reset)
        } _: { fixture in
            let response = try await fixture.session.stream(Request(.post, "/", body: Self.body))
            gate.open()
            let body = try await response.body.collect()
            #expect(body == Array("early".utf8))
        }
    }

    /// What comes between libcurl's last look and the piece that it sends then is lost, with any libcurl.
    @Test(arguments: ["200 OK", "413 Content Too Large"], CancellationTests.Kind.allCases)
    func `the answer of a server that resets at once is seldom lost`(
        status: String,
        kind: CancellationTests.Kind
    ) async throws {
        try await SessionFixture.run(options: Self.unread()) { _ in
            .raw("HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\nearly").then(.reset)
        } _: { fixture in
            var delivered = 0
            for _ in 0..<16 {
                do throws(SessionError) {
                    let body = try await Self.post(fixture.session, kind)
                    #expect(body == Array("early".utf8))
                    delivered += 1
                } catch {
                    #expect(error.code == .connectionLost)
                }
            }
            #expect(delivered > 8)
        }
    }

    /// The server has said all, and reads no more.
    @Test(arguments: ["200 OK", "413 Content Too Large"], CancellationTests.Kind.allCases)
    func `a whole answer to an upload that the server does not read is delivered`(
        status: String,
        kind: CancellationTests.Kind
    ) async throws {
        let gate = Gate()
        try await SessionFixture.run(options: Self.unread(), Self.only { $0.idle = .milliseconds(300) }) { _ in
            .raw("HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\nearly").then(.wait(gate)).then(.reset)
        } _: { fixture in
            let body = try await Self.post(fixture.session, kind)
            #expect(body == Array("early".utf8))
            gate.open()
        }
    }

    @Test(arguments: [
        "Content-Length: 6\r\n\r\nearly", "Content-Length: 6\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nearly",
    ])
    func `half an answer to an upload that fails is none`(rest: String) async throws {
        let gate = Gate()
        let limits = Self.only {
            $0.firstByte = .milliseconds(300)
            $0.idle = .milliseconds(300)
        }
        try await SessionFixture.run(options: Self.unread(), limits) { request in
            let answer = LoopbackReply.raw("HTTP/1.1 200 OK\r\n\(rest)")
            return request.index == 0 ? answer.then(.wait(gate)).then(.reset) : answer.then(.reset)
        } _: { fixture in
            let error = await failure { try await fixture.session.post("/", body: Self.body) }
            #expect(error?.delivery == .maybeProcessed)
            gate.open()
            let lost = await failure { try await fixture.session.post("/", body: Self.body) }
            #expect(lost?.code == .connectionLost)
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

    /// Many at a time: libcurl forgets its own limit for the second connection in one case of ten.
    @Test func `a resend that finds no connection is late with connecting`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<24 { group.addTask { try await Self.resend() } }
            try await group.waitForAll()
        }
    }

    private static func resend() async throws {
        let server = try FadingServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        var configuration = SessionConfiguration()
        only { $0.connect = .milliseconds(200) }(&configuration)
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
