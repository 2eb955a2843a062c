import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// A reader that is slow, stops or goes away, and what the sender notices of it.
@Suite(.timeLimit(.minutes(1)))
struct BackPressureTests {
    private static let smallBuffers: LoopbackServer.Options = {
        var options = LoopbackServer.Options()
        options.sendBuffer = 32 * 1_024
        return options
    }()

    @Test func `a reader that stops stops the sender, and goes on where it stopped`() async throws {
        try await SessionFixture.run(options: Self.smallBuffers) { _ in
            .endlessBody()
        } _: { fixture in
            let response = try await fixture.session.stream(Request(.get, "/"))
            var pieces = response.body.makeAsyncIterator()
            #expect(try await pieces.next()?.isEmpty == false)
            let stalled = try await fixture.server.waitForStalledWriter()
            // The pool's buffer, and what the kernel keeps for both ends: far less than what an open tap would bring.
            #expect(stalled.bytesWritten < 16 * 1_024 * 1_024)
            var read = 0
            while read < 2 * stalled.bytesWritten { read += try await pieces.next()?.count ?? 0 }
            #expect(fixture.server.counts.bytesWritten > stalled.bytesWritten)
        }
    }

    @Test(arguments: [1_024, 16 * 1_024, 64 * 1_024])
    func `bytes in memory stay under the high-water mark and one chunk`(highWaterMark: Int) async throws {
        try await SessionFixture.run(options: Self.smallBuffers) {
            $0.limits.streamHighWaterMark = highWaterMark
        } handler: { _ in
            .endlessBody()
        } _: { fixture in
            let response = try await fixture.session.stream(Request(.get, "/"))
            var pieces = response.body.makeAsyncIterator()
            try await fixture.server.waitForStalledWriter()
            // libcurl hands over at most its receive buffer, 16 KiB, at a time.
            let limit = highWaterMark + 16 * 1_024
            let peak = await fixture.session.core.peakStreamBytes
            #expect(try #require(peak) > 0)
            #expect(try #require(peak) <= limit)
            for _ in 0..<50 { #expect(try await pieces.next()?.count ?? 0 <= limit) }
        }
    }

    @Test func `a paused stream whose server has sent everything and closed loses no byte`() async throws {
        let length = 60_000
        try await SessionFixture.run {
            $0.limits.streamHighWaterMark = 1_024
        } handler: { _ in
            let head = LoopbackReply.head(status: 200, headers: ["Connection: close"])
            return LoopbackReply([.send(head), .send([UInt8](repeating: 120, count: length)), .close])
        } _: { fixture in
            let response = try await fixture.session.stream(Request(.get, "/"))
            // The server is done; its end of the stream is in our kernel, behind the bytes that nobody has read.
            try await fixture.server.waitForOpenConnections(0)
            _ = await fixture.session.permitsInUse  // the loop has seen the hang-up
            #expect(fixture.session.statistics.idleConnections == 0)
            let body = try await response.body.collect()
            #expect(body.count == length)
        }
    }

    /// Sent, answered and paused within one call of libcurl's, which then has nothing to tell of the socket.
    @Test func `a stream that is answered before its request's send returns keeps its connection and every byte`()
        async throws
    {
        let length = 60_000
        try await SessionFixture.run {
            $0.limits.streamHighWaterMark = 1_024
        } handler: { request in
            guard request.target == "/answered-while-sending" else { return .text("ok") }
            let head = LoopbackReply.head(status: 200, headers: ["Connection: close"])
            return LoopbackReply([.send(head + [UInt8](repeating: 120, count: length)), .close])
        } _: { fixture in
            // On a kept connection: of a new one libcurl tells when it connects.
            _ = try await fixture.session.get("/")
            let response = try await fixture.session.stream(Request(.get, "/answered-while-sending"))
            try await fixture.server.waitForOpenConnections(0)
            _ = await fixture.session.permitsInUse  // the loop has seen the hang-up
            #expect(fixture.session.statistics.idleConnections == 0)
            #expect(await fixture.pool.prune(idleFor: .zero) == 0)
            #expect(try await response.body.collect().count == length)
        }
    }

    @Test func `an abandoned stream frees its connection and its permit`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
        } handler: {
            $0.target == "/endless" ? .endlessBody() : .text("next")
        } _: { fixture in
            do {
                let response = try await fixture.session.stream(Request(.get, "/endless"))
                #expect(response.status == 200)
            }
            try await fixture.server.waitForOpenConnections(0)
            // One permit: this would wait for ever.
            #expect(try await fixture.session.get("/").text == "next")
        }
    }

    @Test func `breaking out of the reading loop frees connection and permit`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
        } handler: {
            $0.target == "/endless" ? .endlessBody() : .text("next")
        } _: { fixture in
            for try await piece in try await fixture.session.stream(Request(.get, "/endless")).body {
                #expect(!piece.isEmpty)
                break
            }
            try await fixture.server.waitForOpenConnections(0)
            #expect(try await fixture.session.get("/").text == "next")
        }
    }

    @Test func `a stream that has been read to its end leaves a warm connection`() async throws {
        try await SessionFixture.run { _ in
            .chunked(["a", "b"])
        } _: { fixture in
            for _ in 0..<5 {
                let body = try await fixture.session.stream(Request(.get, "/")).body.collect()
                #expect(body == Array("ab".utf8))
            }
            #expect(fixture.server.acceptedConnections == 1)
        }
    }

    @Test func `two readers of one body are told, and the stream goes on`() async throws {
        let gate = Gate()
        try await SessionFixture.run { _ in
            .chunked(["late"], gates: [gate])
        } _: { fixture in
            let body = try await fixture.session.stream(Request(.get, "/")).body
            let first = Task {
                var pieces = body.makeAsyncIterator()
                return try await pieces.next()
            }
            try await eventually { await fixture.session.core.hasReader }
            let error = await failure {
                var pieces = body.makeAsyncIterator()
                return try await pieces.next()
            }
            #expect(error?.code == .invalidRequest)
            gate.open()
            #expect(try await first.value == Array("late".utf8))
        }
    }

    @Test func `a slow reader costs no memory, however much the server has to send`() async {
        // In a process of its own: other tests need memory too.
        await #expect(processExitsWith: .success) {
            try await LoopbackServer.serving { _ in
                .endlessBody()
            } _: { server in
                let pool = SessionPool()
                let session = try await pool.session(for: server.url)
                let before = try ProcessFacts.residentBytes()
                var bodies: [ResponseBody] = []
                for _ in 0..<8 { bodies.append(try await session.stream(Request(.get, "/")).body) }
                try await server.waitUntil("8 writers stall") { $0.stalledWriters == 8 }
                let grown = try ProcessFacts.residentBytes() - before
                // An open tap brings hundreds of MB in the third of a second that a stalled writer takes to be noticed.
                try invariant(grown < 50 * 1_024 * 1_024, "8 streams that nobody reads hold \(grown) bytes")
                bodies = []
                try await server.waitForOpenConnections(0)
                await pool.shutdown()
            }
        }
    }
}

extension SessionCore {
    /// The most bytes that a running stream has held at once.
    var peakStreamBytes: Int? { streams.values.map(\.sink.peakBytes).max() }

    /// Whether somebody waits for the next piece of a stream.
    var hasReader: Bool { streams.values.contains { unsafe $0.reader != nil } }
}
