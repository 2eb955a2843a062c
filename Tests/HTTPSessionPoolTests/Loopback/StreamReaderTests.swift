@testable import HTTPSessionPool
import TestSupport
import Testing

/// What a stream's reader can rely on beside the bytes: limits of its own, an end when it stalls, what the stream cost.
@Suite(.timeLimit(.minutes(1)))
struct StreamReaderTests {
    /// HikariCP's leak detection, .NET's and Go's forgotten response bodies: one that is kept and not read holds a permit,
    /// and with one permit an account.
    @Test func `a reader that takes nothing loses its stream, and its permit is free`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.limits.streamHighWaterMark = 1_024
            $0.timeouts.readerStall = .milliseconds(200)
            $0.timeouts.acquire = nil
            $0.timeouts.idle = nil
        } handler: { request in
            request.target == "/endless" ? .endlessBody() : .text("ok")
        } _: { fixture in
            let kept = try await fixture.session.stream(Request(.get, "/endless"))
            // Waits until the permit is back: the stream itself is still held.
            #expect(try await fixture.session.get("/").text == "ok")
            var pieces = kept.body.makeAsyncIterator()
            #expect(try await pieces.next()?.isEmpty == false, "what had arrived is the reader's")
            let error = await failure { try await pieces.next() }
            #expect(error?.code == .readerStalled)
            #expect(error?.delivery == .maybeProcessed)
            #expect(kept.metrics?.bodyBytes ?? 0 >= 1_024)
        }
    }

    @Test func `a reader that is slow, but takes something in time, keeps its stream`() async throws {
        let body = [UInt8](repeating: 7, count: 4 << 20)
        try await SessionFixture.run {
            $0.limits.streamHighWaterMark = 64 * 1_024
            $0.timeouts.readerStall = .seconds(30)
        } handler: { _ in
            .bytes(body)
        } _: { fixture in
            let response = try await fixture.session.stream(Request(.get, "/"))
            var count = 0
            for try await piece in response.body { count += piece.count }
            #expect(count == body.count)
        }
    }

    /// OpenAI's image events are larger than a megabyte.
    @Test func `the limits of events and objects can be set`() async throws {
        let long = String(repeating: "x", count: 3 << 20)
        for (limit, isEnough) in [(1 << 20, false), (4 << 20, true)] {
            try await SessionFixture.run {
                $0.limits.maxEventBytes = limit
                $0.limits.maxObjectBytes = limit
            } handler: { request in
                request.target == "/events"
                    ? .text("data: \(long)\n\n", headers: ["Content-Type: text/event-stream"])
                    : .text("{\"text\":\"\(long)\"}")
            } _: { fixture in
                let events = try await fixture.session.stream(Request(.get, "/events")).body.events
                let objects = try await fixture.session.stream(Request(.get, "/objects")).body.jsonObjects
                if isEnough {
                    var iterator = events.makeAsyncIterator()
                    #expect(try await iterator.next()?.data.utf8.count == long.utf8.count)
                    var others = objects.makeAsyncIterator()
                    #expect(try await others.next()?.count == long.utf8.count + 11)
                } else {
                    let error = await failure { for try await _ in events {} }
                    #expect(error?.code == .malformedStream)
                    #expect(error?.message.contains("limits.maxEventBytes") == true)
                    let other = await failure { for try await _ in objects {} }
                    #expect(other?.code == .malformedStream)
                    #expect(other?.message.contains("limits.maxObjectBytes") == true)
                }
            }
        }
    }

    @Test func `a stream has metrics once it has ended`() async throws {
        let gate = Gate()
        try await SessionFixture.run { _ in
            .chunked(["one", "two"], gates: [.opened(), gate])
        } _: { fixture in
            let first = try await fixture.session.stream(Request(.get, "/"))
            #expect(first.metrics == nil, "it runs")
            gate.open()
            #expect(try await first.body.collect() == Array("onetwo".utf8))
            let metrics = try #require(first.metrics)
            #expect(metrics.connectionsOpened == 1)
            #expect(metrics.bodyBytes == 6)
            #expect(metrics.firstByte > .zero)
            #expect(metrics.resends == 0)
            let second = try await fixture.session.stream(Request(.get, "/"))
            _ = try await second.body.collect()
            #expect(second.metrics?.reusedConnection == true)
        }
    }

    @Test func `the event of a request's end tells first byte, bytes, reuse and resends, of a broken stream too`()
        async throws
    {
        let observer = RecordingObserver()
        var configuration = PoolConfiguration()
        configuration.observer = observer
        try await SessionFixture.run(pool: configuration) { request in
            request.target == "/cut" ? .truncated("half", contentLength: 8) : .text("whole")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            let broken = try await fixture.session.stream(Request(.get, "/cut"))
            #expect(await failure { try await broken.body.collect() }?.code == .connectionLost)
            let ends = try await observer.heard.wait("both have ended") { $0.ended.count == 2 }.ended
            #expect(ends[0].bodyBytes == 5)
            #expect(ends[0].firstByte != nil)
            #expect(ends[0].reusedConnection == false)
            #expect(ends[1].error == .connectionLost)
            #expect(ends[1].status == 200, "its head had come")
            #expect(ends[1].bodyBytes == 4)
            #expect(ends[1].reusedConnection)
            #expect(ends[1].resends == 0)
        }
    }
}
