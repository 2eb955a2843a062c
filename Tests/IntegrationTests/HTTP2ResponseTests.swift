import CurlTransport
import HTTPSessionPool
import TestSupport
import Testing

/// What is delivered of an answer on HTTP/2, and to whom.
@Suite(.timeLimit(.minutes(2))) struct HTTP2ResponseTests {
    /// libcurl before 8.4 keeps what a paused stream has not taken in its easy handle when the stream fails beside another.
    @Test func `what a failed stream had not delivered comes with no other answer`() async throws {
        try await ScriptedHTTP2.serving("reset_while_paused") {
            $0.streamsShareHTTP2 = true
            $0.limits.streamHighWaterMark = 4_096
        } _: { server in
            try await server.withSession { session in
                let failing = try await session.stream(Request(.get, "/a"))
                let endless = try await session.stream(Request(.get, "/b"))
                try await eventually { server.requests.count == 2 }
                if CurlBehavior.current.keepsPausedPieces {
                    // Nobody reads the first stream, and libcurl finds its end all the same.
                    try await eventually { session.statistics.running == 1 }
                }
                let third = try await session.stream(Request(.get, "/c"))
                let body = try await third.body.collect()
                #expect(body.count == 48_000 && body.allSatisfy { $0 == UInt8(ascii: "c") })
                await #expect(throws: SessionError.self) { try await failing.body.collect() }
                withExtendedLifetime(endless) {}
            }
        }
    }
}
