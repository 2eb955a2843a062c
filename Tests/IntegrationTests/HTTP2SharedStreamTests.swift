import HTTPSessionPool
import TestSupport
import Testing

/// Streams that are not read, on an HTTP/2 connection that others use: a connection is in use as long as one of its
/// streams is, and what one stream has not taken is never another's.
@Suite(.timeLimit(.minutes(2))) struct HTTP2SharedStreamTests {
    private static func share(_ configuration: inout SessionConfiguration) {
        configuration.streamsShareHTTP2 = true
        configuration.limits.streamHighWaterMark = 1_024
    }

    /// libcurl says that nobody wants the socket when the last one who reads has ended; a stream at rest wants nothing.
    @Test func `one at rest keeps its connection when its sibling ends`() async throws {
        try await NginxServer.serving { nginx in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) {
                    $0.httpVersion = .http2
                    Self.share(&$0)
                }
                let session = try await pool.session(for: nginx.http2URL, configuration: configuration)
                _ = try await session.get("/")
                let unread = try await session.stream(Request(.get, "/large"))
                for _ in 0..<3 { #expect(try await session.get("/").status == 200) }
                #expect(session.statistics.connectionsCreated == 1)
                #expect(session.statistics.idleConnections == 0)
                #expect(await pool.prune(idleFor: .zero) == 0)
                var length = 0
                for try await piece in unread.body { length += piece.count }
                #expect(length == NginxServer.largeLength)
            }
        }
    }

    /// The sibling ends, the rest of the body comes, and then the end of the connection.
    @Test(arguments: ["rest_after_sibling", "rest_after_sibling_and_close"])
    func `one at rest gets what has come for it while its sibling ended`(script: String) async throws {
        let length = 60_000
        try await ScriptedHTTP2.serving(script, length) {
            Self.share(&$0)
            $0.timeouts.idle = .seconds(20)
            $0.health.interval = nil
        } _: { server in
            try await server.withSession { session in
                let unread = try await session.stream(Request(.get, "/first"))
                #expect(try await session.get("/sibling").text == "ok")
                // What is idle is ended when its server hangs up; 100 ms are time for that, and no promise depends on it.
                try await Task.sleep(for: .milliseconds(100))
                #expect(session.statistics.idleConnections == 0)
                let body = try await unread.body.collect()
                #expect(body.count == length)
                #expect(session.statistics.failures == 0)
            }
        }
    }

    /// libcurl before 8.4 keeps what a paused stream has not taken with its handle, if others use the connection when the
    /// stream ends, and hands it to the handle's next request at that one's first pause (`state.tempwrite`).
    @Test func `what an abandoned one has not taken is not in the body of the next`() async throws {
        let gate = Gate()
        let length = 40_000
        try await BehindNginx.run { request in
            guard !request.target.contains("slow") else { return .text("slow").after(.wait(gate)) }
            return .bytes([UInt8](repeating: UInt8(ascii: "c"), count: length))
        } _: { behind in
            let session = try await behind.session(Self.share)
            // The connection stays in use all the time.
            async let slow = session.get("/upstream/slow")
            try await behind.server.waitForRequests(1)
            for _ in 0..<5 {
                do {
                    let abandoned = try await session.stream(Request(.get, "/large"))
                    var pieces = abandoned.body.makeAsyncIterator()
                    // Zeroes; at the next piece that nobody takes the stream rests.
                    #expect(try await pieces.next()?.isEmpty == false)
                    try await Task.sleep(for: .milliseconds(20))
                }
                let next = try await session.stream(Request(.get, "/upstream/next"))
                var body: [UInt8] = []
                for try await piece in next.body {
                    body += piece
                    // A reader that is slow, so that this one rests, too.
                    try await Task.sleep(for: .milliseconds(1))
                }
                #expect(body.count == length)
                #expect(body.allSatisfy { $0 == UInt8(ascii: "c") })
            }
            #expect(session.statistics.connectionsCreated == 1)
            gate.open()
            #expect(try await slow.text == "slow")
        }
    }
}
