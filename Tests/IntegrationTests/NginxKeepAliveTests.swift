import HTTPSessionPool
import TestSupport
import Testing

/// Connections kept to a real nginx over TLS 1.3, counted by nginx's own log.
@Suite(.timeLimit(.minutes(10))) struct NginxKeepAliveTests {
    @Test func `64 concurrent requests, then 64 more, open no new connection`() async throws {
        let first = Gate()
        let second = Gate()
        // Each half is held until all of it is in flight: 64 connections at once, not one after the other.
        try await LoopbackServer.serving {
            .text("ok").after(.wait($0.target == "/upstream/1" ? first : second))
        } _: { server in
            var options = NginxServer.Options()
            options.upstreamPort = server.port
            try await NginxServer.serving(options) { nginx in
                let configuration = SessionConfiguration.testing(nginx.certificates) {
                    $0.limits.maxConcurrentRequests = 64
                    $0.limits.maxConnections = 64
                }
                try await SessionPool.own { pool in
                    let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                    for (path, gate, total) in [("/upstream/1", first, 64), ("/upstream/2", second, 128)] {
                        async let responses = session.post(path, times: 64)
                        try await server.waitUntil("64 in flight") { $0.requests.count == total }
                        gate.open()
                        #expect(try await responses.allSatisfy { $0.status == 200 && $0.text == "ok" })
                    }
                    let requests = try await nginx.waitForRequests(128)
                    #expect(requests.count == 128)
                    #expect(requests.connectionCount == 64)
                    #expect(requests.allSatisfy { $0.tlsVersion == "TLSv1.3" && $0.version == "HTTP/1.1" })
                    let statistics = session.statistics
                    #expect(statistics.connectionsCreated == 64)
                    #expect(statistics.tlsHandshakes == 64)
                    #expect(statistics.reuses == 64)
                    #expect(statistics.idleConnections == statistics.totalConnections)
                }
            }
        }
    }

    @Test(arguments: [false, true])
    func `idle TLS connections that the server closed cost no request`(_ announcesKeepAlive: Bool) async throws {
        // libcurl 7.88.1 takes each of them for alive, tries five and then fails: more than that are needed.
        let count = 8
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("ok").after(.wait(gate))
        } _: { server in
            var options = NginxServer.Options()
            options.upstreamPort = server.port
            options.keepAliveTimeout = 2
            options.announcesKeepAlive = announcesKeepAlive
            try await NginxServer.serving(options) { nginx in
                let configuration = SessionConfiguration.testing(nginx.certificates) {
                    $0.limits.maxConcurrentRequests = count
                    $0.limits.maxConnections = count
                }
                try await SessionPool.own { pool in
                    let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                    async let warm = session.post("/upstream/warm", times: count)
                    try await server.waitForRequests(count)
                    gate.open()
                    #expect(try await warm.count == count)
                    #expect(session.statistics.connectionsCreated == count)

                    try await nginx.waitForOpenConnections(0)
                    let response = try await session.post("/upstream/after", body: Array("paid for once".utf8))
                    #expect(response.status == 200)
                    #expect(server.requests.count { $0.target == "/upstream/after" } == 1)
                    #expect(server.requests.last?.text == "paid for once")
                }
            }
        }
    }

    @Test func `a new connection to the same server resumes TLS, also after the session was closed`() async throws {
        var options = NginxServer.Options()
        options.keepAliveTimeout = 0
        try await NginxServer.serving(options) { nginx in
            let configuration = SessionConfiguration.testing(nginx.certificates)
            try await SessionPool.own { pool in
                let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                for _ in 0..<3 { _ = try await session.get("/") }
                try await pool.closeSession(for: nginx.tlsURL, configuration: configuration)
                _ = try await session.get("/")
                let requests = try await nginx.waitForRequests(4)
                #expect(requests.connectionCount == 4)
                #expect(requests.map(\.resumedTLS) == [false, true, true, true])
            }
        }
    }

    @Test func `after an eviction TLS begins with a full handshake; a connection that was only replaced resumes`()
        async throws
    {
        try await NginxServer.serving { nginx in
            let configuration = SessionConfiguration.testing(nginx.certificates)
            try await SessionPool.own { pool in
                let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                _ = try await session.get("/first")
                #expect(await pool.prune(idleFor: .zero) == 1)
                _ = try await session.get("/resumed")
                #expect(try pool.evict(nginx.tlsURL, configuration: configuration))
                _ = try await session.get("/evicted")
                #expect(await pool.prune(idleFor: .zero) == 1)
                _ = try await session.get("/resumed")
                #expect(pool.evictAll() == 1)
                _ = try await session.get("/evicted")
                try await pool.closeSession(for: nginx.tlsURL, configuration: configuration)
                _ = try await session.get("/resumed")
                let requests = try await nginx.waitForRequests(6)
                #expect(requests.connectionCount == 6)
                #expect(requests.allSatisfy { $0.resumedTLS == ($0.path == "/resumed") }, "\(requests)")
            }
        }
    }

    @Test func `a large body arrives whole, streamed and buffered`() async throws {
        try await NginxServer.serving { nginx in
            try await SessionPool.own { pool in
                let configuration = SessionConfiguration.testing(nginx.certificates)
                let session = try await pool.session(for: nginx.tlsURL, configuration: configuration)
                let response = try await session.stream(Request(.get, "/large"))
                var length = 0
                for try await piece in response.body { length += piece.count }
                #expect(length == NginxServer.largeLength)
                let buffered = try await session.get("/large")
                #expect(buffered.body.count == NginxServer.largeLength)
                #expect(try await nginx.waitForRequests(2).connectionCount == 1)
            }
        }
    }

    @Test func `a socket in the file system is connected to instead of the host`() async throws {
        try await NginxServer.serving { nginx in
            let configuration = SessionConfiguration.testing(nginx.certificates) {
                $0.unixSocketPath = nginx.unixSocketPath
            }
            try await SessionPool.own { pool in
                let session = try await pool.session(for: "http://nowhere.invalid", configuration: configuration)
                for _ in 0..<2 {
                    let response = try await session.post("/", body: [1])
                    #expect(response.body.count == NginxServer.answerLength)
                }
                #expect(try await nginx.waitForRequests(2).connectionCount == 1)
            }
        }
    }
}
