import CurlTransport
import HTTPSessionPool
import TestSupport
import Testing

/// HTTP/2 by choice against a real nginx that allows few or many streams on a connection.
@Suite(.timeLimit(.minutes(10))) struct NginxHTTP2Tests {
    @Test func `with 128 streams allowed, 64 concurrent requests share one connection`() async throws {
        let gate = Gate()
        try await BehindNginx.run(concurrentStreams: 128) { _ in
            .text("ok").after(.wait(gate))
        } _: { behind in
            let session = try await behind.session { $0.limits.maxConcurrentRequests = 64 }
            // The connection must be known to speak HTTP/2 before streams can share it.
            let first = try await session.get("/")
            #expect(first.metrics.httpVersion == "2")
            async let responses = session.post("/upstream/x", times: 64)
            try await behind.server.waitUntil("64 in flight") { $0.requestsInFlight == 64 }
            gate.open()
            #expect(try await responses.allSatisfy { $0.status == 200 && $0.text == "ok" })
            let requests = try await behind.nginx.waitForRequests(65)
            #expect(requests.connectionCount == 1)
            #expect(requests.allSatisfy { $0.version == "HTTP/2.0" && $0.tlsVersion == "TLSv1.3" })
        }
    }

    @Test(arguments: [1, 4])
    func `with 4 streams allowed, the limit holds and every request is answered once`(limit: Int) async throws {
        let gate = Gate()
        // Before libcurl 8.1 a session keeps to one connection, however many are allowed.
        let connections = CurlBehavior.current.sharesHTTP2Well ? limit : 1
        try await BehindNginx.run(concurrentStreams: 4) { _ in
            .text("ok").after(.wait(gate))
        } _: { behind in
            let session = try await behind.session {
                $0.limits.maxConcurrentRequests = 64
                $0.limits.maxConnections = limit
            }
            async let responses = session.post("/upstream/x", times: 64)
            try await behind.server.waitUntil("a connection is full") { $0.requestsInFlight >= 4 }
            // While none is answered: afterwards the next request may be there before the last is counted off.
            #expect(behind.server.counts.requestsInFlight <= 4 * connections)
            gate.open()
            #expect(try await responses.allSatisfy { $0.status == 200 && $0.text == "ok" })
            let requests = try await behind.nginx.waitForRequests(64)
            #expect(requests.count == 64)
            #expect(requests.allSatisfy { $0.version == "HTTP/2.0" })
        }
    }

    @Test func `streams that share HTTP/2 arrive whole beside one that is not read`() async throws {
        try await NginxServer.serving { nginx in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) {
                    $0.httpVersion = .http2
                    $0.streamsShareHTTP2 = true
                }
                let session = try await pool.session(for: nginx.http2URL, configuration: configuration)
                let unread = try await session.stream(Request(.get, "/large"))
                let read = try await session.stream(Request(.get, "/large"))
                var length = 0
                for try await piece in read.body { length += piece.count }
                #expect(length == NginxServer.largeLength)
                #expect(unread.status == 200)
            }
        }
    }

    @Test func `streams take HTTP/1.1 unless they may share, and plain requests stay on HTTP/2`() async throws {
        try await NginxServer.serving { nginx in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.httpVersion = .http2 }
                let session = try await pool.session(for: nginx.http2URL, configuration: configuration)
                _ = try await session.get("/plain")
                _ = try await session.stream(Request(.get, "/streamed")).body.collect()
                let versions = try await nginx.waitForRequests(2).map { [$0.path, $0.version] }
                #expect(versions == [["/plain", "HTTP/2.0"], ["/streamed", "HTTP/1.1"]])
            }
        }
    }

    @Test func `a server without HTTP/2 is spoken to in HTTP/1.1`() async throws {
        try await NginxServer.serving { nginx in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates) { $0.httpVersion = .http2 }
                let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                let response = try await session.get("/")
                #expect(response.status == 200)
                #expect(response.metrics.httpVersion == "1.1")
            }
        }
    }

    @Test func `a check that would wait for the one connection is put off, and is no failure`() async throws {
        let gate = Gate()
        try await BehindNginx.run { _ in
            .text("ok").after(.wait(gate))
        } _: { behind in
            let session = try await behind.session {
                $0.health.mode = .connect
                $0.health.interval = .milliseconds(50)
                $0.health.unhealthyAfter = 1
            }
            async let slow = session.get("/upstream/slow")
            try await behind.server.waitForRequests(1)
            // From libcurl 8.1 on the check opens a connection of its own.
            try await eventually { session.health.yieldedChecks + session.health.checks >= 3 }
            #expect(session.health.failedChecks == 0 && session.health.state != .unhealthy)
            gate.open()
            #expect(try await slow.text == "ok")
            // With the connection idle a check is made again.
            let checks = session.health.checks
            try await eventually { session.health.checks > checks }
            #expect(session.health.failedChecks == 0)
        }
    }
}
