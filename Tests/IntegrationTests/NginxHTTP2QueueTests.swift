import HTTPSessionPool
import TestSupport
import Testing

/// Requests that wait for a free stream of an HTTP/2 connection.
@Suite(.timeLimit(.minutes(2))) struct NginxHTTP2QueueTests {
    /// libcurl's own default is a hundred to a connection.
    @Test func `as many requests run at once as the session and its server allow`() async throws {
        let gate = Gate()
        try await BehindNginx.run(concurrentStreams: 10_000) { _ in
            .text("ok").after(.wait(gate))
        } _: { behind in
            let session = try await behind.session { $0.limits.maxConcurrentRequests = 150 }
            async let responses = session.post("/upstream/x", times: 150)
            try await behind.server.waitUntil("all are there") { $0.requestsInFlight == 150 }
            gate.open()
            #expect(try await responses.allSatisfy { $0.text == "ok" })
            #expect(session.statistics.failures == 0)
        }
    }

    /// The wait for a stream is queue time: it never counts as connecting.
    @Test func `a request that waits for a stream longer than connecting may take is served`() async throws {
        let gate = Gate()
        let unanswering = try UnansweringPort()
        try await BehindNginx.run(concurrentStreams: 4) { request in
            request.target == "/upstream/held" ? .text("ok").after(.wait(gate)) : .text("ok")
        } _: { behind in
            let limit = Duration.milliseconds(300)
            let session = try await behind.session {
                $0.limits.maxConcurrentRequests = 12
                $0.limits.maxConnections = 1
                $0.timeouts.connect = limit
            }
            // Its connection is made, and not under the eyes of a busy machine's clock.
            try await eventually { (try? await session.get("/upstream/x")) != nil }
            let failures = session.statistics.failures
            async let responses = session.post("/upstream/held", times: 12)
            try await behind.server.waitUntil("the connection is full") { $0.requestsInFlight == 4 }
            // Twice as long as connecting may take, by somebody who cannot connect.
            let plain = SessionConfiguration.testing(behind.nginx.certificates) { $0.timeouts.connect = limit }
            let other = try await behind.pool.session(for: "http://127.0.0.1:\(unanswering.port)", configuration: plain)
            for _ in 0..<2 {
                let error = await #expect(throws: SessionError.self) { try await other.get("/") }
                #expect(error?.code == .connectTimeout)
            }
            gate.open()
            #expect(try await responses.allSatisfy { $0.text == "ok" })
            #expect(session.statistics.failures == failures)
        }
    }

    /// Nobody is connected: the requests that wait for the one that connects fail with it, and not one after the other.
    @Test func `requests to a server that cannot be reached all fail by the limit for connecting`() async throws {
        let unanswering = try UnansweringPort()
        let certificates = try await TestCertificates.shared()
        try await SessionPool.own { pool in
            let configuration = SessionConfiguration.testing(certificates) {
                $0.httpVersion = .http2
                $0.timeouts.connect = .milliseconds(300)
            }
            let session = try await pool.session(
                for: "https://127.0.0.1:\(unanswering.port)",
                configuration: configuration
            )
            let codes = await withTaskGroup(of: SessionError.Code?.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        do {
                            _ = try await session.get("/")
                            return nil
                        } catch {
                            return (error as? SessionError)?.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == Array(repeating: .connectTimeout, count: 5))
        }
    }
}
