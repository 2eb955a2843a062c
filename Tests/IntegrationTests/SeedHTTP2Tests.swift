import HTTPSessionPool
import TestSupport
import Testing

/// What seed 001 says of HTTP/2, against a real nginx; each test is named after its sentence.
@Suite(.timeLimit(.minutes(5))) struct SeedHTTP2Tests {
    @Test func `All requests share the same HTTP/2 connection - 100 requests`() async throws {
        let gate = Gate()
        try await BehindNginx.run(concurrentStreams: 128) { _ in
            .text("ok").after(.wait(gate))
        } _: { behind in
            let session = try await behind.session { $0.limits.maxConcurrentRequests = 100 }
            // The connection is there, and known to speak HTTP/2, before the streams share it.
            #expect(try await session.ensureWarm(1).connections == 1)
            async let responses = session.post("/upstream/x", times: 100)
            try await behind.server.waitUntil("100 in flight") { $0.requestsInFlight == 100 }
            gate.open()
            #expect(try await responses.allSatisfy { $0.status == 200 && $0.metrics.httpVersion == "2" })
            #expect(try await behind.nginx.waitForRequests(101).connectionCount == 1)
            #expect(session.statistics.reuses == 100)
        }
    }

    @Test func `Server push is not asked for`() async throws {
        var options = NginxServer.Options()
        // nginx pushes this to a client that does not forbid it.
        options.directives = "location = /pushing { http2_push /pushed; return 200 'ok'; }"
        try await NginxServer.serving(options) { nginx in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.httpVersion = .http2 }
                let session = try await pool.session(for: nginx.http2URL, configuration: configuration)
                let response = try await session.get("/pushing")
                #expect(response.text == "ok" && response.metrics.httpVersion == "2")
                _ = try await session.get("/after")
                #expect(try await nginx.waitForRequests(2).map(\.path) == ["/pushing", "/after"])
            }
        }
    }
}
