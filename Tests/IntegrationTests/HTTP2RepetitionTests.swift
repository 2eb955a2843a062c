import HTTPSessionPool
import TestSupport
import Testing

/// What is sent again on HTTP/2, and what never: a POST twice is a paid answer bought twice.
///
/// A request was not processed when its stream is above a GOAWAY's last one, or was refused (RFC 9113, sections 6.8 and
/// 8.7). The end of a connection, of TLS or of a stream for any other reason says nothing.
@Suite(.timeLimit(.minutes(2))) struct HTTP2RepetitionTests {
    private static let body = Array("{}".utf8)

    @Test(arguments: ["close_notify", "fin", "reset_and_close", "goaway_processed", "breaks_protocol"])
    func `a POST that may have been processed is sent once`(_ script: String) async throws {
        try await ScriptedHTTP2.serving(script) { server in
            try await server.withSession { session in
                _ = try await session.post("/first", body: Self.body)
                let error = await #expect(throws: SessionError.self) {
                    try await session.post("/paid", body: Self.body)
                }
                #expect(error?.code == .connectionLost && error?.delivery == .maybeProcessed)
                #expect(server.requests.count == 2, "\(server.output)")
                // And the session goes on.
                #expect(try await session.get("/third").text == "ok")
            }
        }
    }

    /// INTERNAL_ERROR, FLOW_CONTROL_ERROR, CANCEL, ENHANCE_YOUR_CALM, and a reset without any error before an answer.
    @Test(arguments: [0, 2, 3, 8, 11])
    func `a POST whose stream was reset for another reason than a refusal is sent once`(_ code: Int) async throws {
        try await ScriptedHTTP2.serving("reset", code) { server in
            try await server.withSession { session in
                _ = try await session.post("/first", body: Self.body)
                let error = await #expect(throws: SessionError.self) {
                    try await session.post("/paid", body: Self.body)
                }
                #expect(error?.code == .connectionLost && error?.delivery == .maybeProcessed)
                #expect(server.requests.count == 2, "\(server.output)")
            }
        }
    }

    /// dotnet/corefx#39013, hyperium/hyper#2500, swift-server/async-http-client#660.
    @Test(
        arguments: ["goaway_left_open", "goaway_and_close", "goaway_first", "goaway_first_and_close"],
        ["GET", "POST"]
    )
    func `a request above the last stream of GOAWAY is sent again`(_ script: String, _ method: String) async throws {
        try await ScriptedHTTP2.serving(script) { server in
            try await server.withSession { session in
                func send() async throws -> String {
                    guard method == "POST" else { return try await session.get("/x").text }
                    return try await session.post("/x", body: Self.body).text
                }
                for _ in 0..<3 {
                    let text = try await send()
                    #expect(text == "ok", "\(server.output)")
                }
                #expect(session.statistics.failures == 0)
            }
        }
    }

    @Test func `a stream above the last one of GOAWAY is opened again`() async throws {
        try await ScriptedHTTP2.serving("goaway_left_open") {
            $0.streamsShareHTTP2 = true
        } _: { server in
            try await server.withSession { session in
                for _ in 0..<3 {
                    let response = try await session.stream(Request(.post, "/x", body: Self.body))
                    #expect(String(decoding: try await response.body.collect(), as: UTF8.self) == "ok")
                }
            }
        }
    }

    /// nginx answers fifty requests on a connection, says GOAWAY and reads no more of it.
    @Test func `of four hundred POSTs to an nginx that ends connections after fifty requests none is lost`()
        async throws
    {
        try await BehindNginx.run(directives: "keepalive_requests 50;") { _ in
            .text("ok")
        } _: { behind in
            let session = try await behind.session { $0.limits.maxConcurrentRequests = 400 }
            let responses = try await session.post("/upstream/x", times: 400)
            #expect(responses.allSatisfy { $0.text == "ok" })
            #expect(session.statistics.failures == 0)
            // Each was passed on once.
            #expect(behind.server.counts.requests.count == 400)
        }
    }
}
