@testable import HTTPSessionPool
import TestSupport
import Testing

/// Every time limit fails the request with its own code, and nothing but it.
///
/// Each test sets one short limit and switches the others off, so that no other can be the one that fires.
@Suite(.timeLimit(.minutes(1)))
struct TimerTests {
    private static let short: Duration = .milliseconds(80)

    private static func only(_ set: (inout Timeouts) -> Void) -> (inout SessionConfiguration) -> Void {
        var timeouts = Timeouts()
        timeouts.acquire = nil
        timeouts.connect = nil
        timeouts.firstByte = nil
        timeouts.idle = nil
        timeouts.noProgress = nil
        timeouts.total = nil
        set(&timeouts)
        return { [timeouts] in $0.timeouts = timeouts }
    }

    private static let half = LoopbackReply([
        .send(LoopbackReply.head(status: 200, headers: ["Content-Length: 1000"])), .send([1, 2, 3]), .hold,
    ])

    @Test(arguments: CancellationTests.Kind.allCases)
    func `connect: nothing was sent`(kind: CancellationTests.Kind) async throws {
        let port = try UnansweringPort()
        try await SessionFixture.run(Self.only { $0.connect = Self.short }) { _ in
            .text("ok")
        } _: { fixture in
            let stuck = try await fixture.pool.session(for: "http://127.0.0.1:\(port.port)")
            let error = await failure { try await kind.run(stuck) }
            #expect(error?.code == .connectTimeout)
            #expect(error?.delivery == .notSent)
            #expect(error?.isRetryable == true)
            #expect(await stuck.core.socketCount == 0)
            try await kind.run(fixture.session)
        }
    }

    @Test(arguments: CancellationTests.Kind.allCases)
    func `first byte: the server may have acted`(kind: CancellationTests.Kind) async throws {
        try await SessionFixture.run(Self.only { $0.firstByte = Self.short }) { _ in
            .silence
        } _: { fixture in
            let error = await failure { try await kind.run(fixture.session) }
            #expect(error?.code == .firstByteTimeout)
            #expect(error?.delivery == .maybeProcessed)
            try await fixture.server.waitForOpenConnections(0)
        }
    }

    @Test func `first byte: counts from the last byte of a body that takes longer to send`() async throws {
        var options = LoopbackServer.Options()
        options.receiveBuffer = 64 * 1_024
        options.bodyReadPause = .milliseconds(1)
        let limit: Duration = .milliseconds(400)
        let body = [UInt8](repeating: 7, count: 32 * 1_024 * 1_024)
        try await SessionFixture.run(options: options, Self.only { $0.firstByte = limit }) { request in
            .text("\(request.bodyLength)")
        } _: { fixture in
            let response = try await fixture.session.post("/", body: body)
            #expect(response.text == "\(body.count)")
            #expect(response.metrics.total > limit, "the upload was too fast to show anything")
        }
    }

    @Test(arguments: CancellationTests.Kind.allCases)
    func `idle: the body stopped`(kind: CancellationTests.Kind) async throws {
        try await SessionFixture.run(Self.only { $0.idle = Self.short }) { _ in
            Self.half
        } _: { fixture in
            let error = await failure { try await kind.run(fixture.session) }
            #expect(error?.code == .idleTimeout)
            #expect(error?.delivery == .maybeProcessed)
            try await fixture.server.waitForOpenConnections(0)
        }
    }

    @Test func `total: a buffered request from the call to its last byte`() async throws {
        try await SessionFixture.run(Self.only { $0.total = .seconds(1) }) { _ in
            Self.half
        } _: { fixture in
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.delivery == .maybeProcessed)
        }
    }

    @Test func `total: a streamed request has its own, off by default`() async throws {
        try await SessionFixture.run(Self.only { $0.total = .milliseconds(1) }) { _ in
            .chunked(["late"])
        } _: { fixture in
            // The limit of buffered requests does not touch a stream.
            let body = try await fixture.session.stream(Request(.get, "/")).body.collect()
            #expect(body == Array("late".utf8))
        }
        try await SessionFixture.run(Self.only { $0.streamTotal = Self.short }) { _ in
            LoopbackReply([
                .send(LoopbackReply.head(status: 200, headers: ["Transfer-Encoding: chunked"])),
                .sendForever(LoopbackReply.chunk([1])),
            ])
        } _: { fixture in
            let error = await failure {
                for try await _ in try await fixture.session.stream(Request(.get, "/")).body {}
            }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test func `a slow drip is not idle, however long it takes`() async throws {
        try await SessionFixture.run(Self.only { $0.idle = .seconds(2) }) { _ in
            LoopbackReply(
                [.send(LoopbackReply.head(status: 200, headers: ["Content-Length: 30"]))]
                    + (0..<30).flatMap { _ in [LoopbackReply.Step.pause(.milliseconds(100)), .send([1])] }
            )
        } _: { fixture in
            let response = try await fixture.session.get("/")
            #expect(response.body.count == 30)
        }
    }

    @Test func `idle does not run while the reader is the slow side`() async throws {
        var options = LoopbackServer.Options()
        options.sendBuffer = 32 * 1_024
        let limit: Duration = .milliseconds(500)
        try await SessionFixture.run(options: options, Self.only { $0.idle = limit }) { _ in
            .endlessBody()
        } _: { fixture in
            let response = try await fixture.session.stream(Request(.get, "/"))
            var pieces = response.body.makeAsyncIterator()
            try await fixture.server.waitForStalledWriter()
            try await Task.sleep(for: limit * 3)
            for _ in 0..<20 { #expect(try await pieces.next()?.isEmpty == false) }
        }
    }

    @Test func `no progress: heartbeats of an event stream do not reset it`() async throws {
        try await SessionFixture.run(
            Self.only {
                $0.noProgress = .milliseconds(300)
                $0.idle = .seconds(30)
            }
        ) { _ in
            LoopbackReply(
                [
                    .send(LoopbackReply.head(status: 200, headers: ["Transfer-Encoding: chunked"])),
                    .send(LoopbackReply.chunk(Array("data: one\n\n".utf8))),
                ]
                    + (0..<1_000).flatMap { _ in
                        [LoopbackReply.Step.pause(.milliseconds(20)), .send(LoopbackReply.chunk(Array(":\n\n".utf8)))]
                    }
            )
        } _: { fixture in
            var events = try await fixture.session.stream(Request(.get, "/")).body.events.makeAsyncIterator()
            #expect(try await events.next()?.data == "one")
            let error = await failure { try await events.next() }
            #expect(error?.code == .noProgress)
            #expect(error?.delivery == .maybeProcessed)
            try await fixture.server.waitForOpenConnections(0)
        }
    }

    @Test func `no progress: a reader that thinks for long between two events is not to blame`() async throws {
        let limit: Duration = .milliseconds(150)
        let gate = Gate()
        try await SessionFixture.run(Self.only { $0.noProgress = limit }) { _ in
            .chunked(["data: one\n\n", "data: two\n\n"], gates: [.opened(), gate])
        } _: { fixture in
            var events = try await fixture.session.stream(Request(.get, "/")).body.events.makeAsyncIterator()
            #expect(try await events.next()?.data == "one")
            try await Task.sleep(for: limit * 3)
            gate.open()
            #expect(try await events.next()?.data == "two")
            #expect(try await events.next() == nil)
        }
    }

    @Test func `a request's own limits replace the session's`() async throws {
        try await SessionFixture.run(Self.only { _ in }) { _ in
            .silence
        } _: { fixture in
            var request = Request(.get, "/")
            request.timeouts = Timeouts()
            request.timeouts?.firstByte = Self.short
            let error = await failure { [request] in try await fixture.session.send(request) }
            #expect(error?.code == .firstByteTimeout)
        }
    }
}
