import CurlTransport
import Dispatch
@testable import HTTPSessionPool
import TestSupport
import Testing

/// Bytes on a connection on which no request is under way are no answer to the next one (RFC 9112, section 9.2).
///
/// Seen in the wild as curl/curl#10690, golang/go#32310 (408 before the close), aio-libs/aiohttp#2782 (an empty line).
@Suite(.timeLimit(.minutes(1)))
struct UnaskedBytesTests {
    private static let unasked = [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "\r\n",
        "x",
    ]

    private static func head(_ text: String) -> LoopbackReply {
        .raw("HTTP/1.1 \(text)\r\n\r\n")
    }

    @Test(arguments: unasked)
    func `what a server says between two requests is not the answer to the second`(bytes: String) async throws {
        let (gate, sent) = (Gate(), Gate())
        try await SessionFixture.run { _ in
        } handler: { request in
            guard request.target == "/first" else { return .text(request.target) }
            return .text("first").then(.wait(gate)).then(.send(Array(bytes.utf8))).then(.wait(sent))
        } _: { fixture in
            let first = try await fixture.session.get("/first")
            #expect(first.text == "first")
            let written = try await Self.bytesOfFirstAnswer(fixture)
            gate.open()
            try await fixture.server.waitUntil("the bytes are sent") { $0.bytesWritten == written + bytes.utf8.count }
            sent.open()
            for path in ["/second", "/third"] {
                let response = try await fixture.session.post(path, body: [1])
                #expect(response.text == path)
            }
            #expect(fixture.server.requests.map(\.target) == ["/first", "/second", "/third"])
            #expect(fixture.server.acceptedConnections == 2)
        }
    }

    /// The loop has not looked at its sockets since they came: only a look before the request is sent can find them.
    @Test(arguments: unasked)
    func `what is there already when a request is sent is not its answer`(bytes: String) async throws {
        let (gate, sent) = (Gate(), Gate())
        try await SessionFixture.run { _ in
        } handler: { request in
            guard request.target == "/first" else { return .text(request.target) }
            return .text("first").then(.wait(gate)).then(.send(Array(bytes.utf8))).then(.wait(sent))
        } _: { fixture in
            _ = try await fixture.session.get("/first")
            let written = try await Self.bytesOfFirstAnswer(fixture)
            let (isHeld, letGo) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let loop = fixture.session.core.loop
            let second = Task(executorPreference: loop) {
                Self.hold(isHeld, until: letGo)
                return try await fixture.session.post("/second", body: [1])
            }
            try await eventually { isHeld.wait(timeout: .now()) == .success }
            gate.open()
            try await fixture.server.waitUntil("the bytes are sent") { $0.bytesWritten == written + bytes.utf8.count }
            sent.open()
            letGo.signal()
            let response = try await second.value
            #expect(response.text == "/second")
            #expect(fixture.server.requests.map(\.target) == ["/first", "/second"])
            #expect(fixture.server.acceptedConnections == 2)
        }
    }

    /// How much the server has sent so far; it counts that after the client may have read it.
    private static func bytesOfFirstAnswer(_ fixture: SessionFixture) async throws -> Int {
        try await fixture.server.waitUntil("the first answer is counted") { $0.bytesWritten > 0 }.bytesWritten
    }

    /// Blocks the thread, which is the loop's.
    private static func hold(_ isHeld: DispatchSemaphore, until letGo: DispatchSemaphore) {
        isHeld.signal()
        letGo.wait()
    }

    @Test(arguments: unasked)
    func `bytes that come with an answer are not the next one's`(bytes: String) async throws {
        try await SessionFixture.run { _ in
        } handler: { request in
            var reply = LoopbackReply.head(status: 200, headers: ["Content-Length: \(request.target.utf8.count)"])
            reply += Array(request.target.utf8)
            return .raw(request.target == "/first" ? reply + Array(bytes.utf8) : reply)
        } _: { fixture in
            for path in ["/first", "/second", "/third"] {
                let response = try await fixture.session.post(path, body: [1])
                #expect(response.text == path)
            }
        }
    }

    @Test(arguments: [
        ("HEAD", "200 OK\r\nContent-Length: 9"), ("GET", "204 No Content\r\nX: 1"), ("GET", "304 Not Modified\r\nX: 1"),
    ])
    func `a body where there is none is not the next answer`(method: String, status: String) async throws {
        let gate = Gate()
        try await SessionFixture.run { _ in
        } handler: { request in
            guard request.target == "/first" else { return .text("the answer") }
            return Self.head(status).then(.wait(gate)).then(.send(Array("late-body".utf8)))
        } _: { fixture in
            let first = try await fixture.session.send(Request(Method(rawValue: method), "/first"))
            #expect(first.body.isEmpty)
            let written = try await Self.bytesOfFirstAnswer(fixture)
            gate.open()
            try await fixture.server.waitUntil("the body is sent") { $0.bytesWritten == written + 9 }
            let response = try await fixture.session.post("/second", body: [1])
            #expect(response.text == "the answer")
        }
    }

    @Test func `a connection whose server spoke unasked is counted as ended, and is not idle`() async throws {
        let gate = Gate()
        try await SessionFixture.run { _ in
        } handler: { _ in
            LoopbackReply.text("first").then(.wait(gate)).then(.send([1])).then(.hold)
        } _: { fixture in
            _ = try await fixture.session.get("/")
            #expect(fixture.session.statistics.idleConnections == 1)
            gate.open()
            try await eventually { fixture.session.statistics.totalConnections == 0 }
            #expect(fixture.session.statistics.idleConnections == 0)
        }
    }
}
