import Foundation
import HTTPSessionPool
import PoolServer
import TestSupport
import Testing

/// The server on its socket: what clients do to it, and what it does not let them do.
@Suite(.timeLimit(.minutes(5))) struct ServerTests {
    static func running(
        _ configure: (inout PoolServerConfiguration) -> Void = { _ in },
        _ body: (PoolServer, SessionPool) async throws -> Void
    ) async throws {
        var configuration = PoolServerConfiguration()
        configuration.port = 0
        configure(&configuration)
        let pool = SessionPool()
        let server = try PoolServer(pool, configuration: configuration)
        do {
            try await body(server, pool)
        } catch {
            server.stop()
            throw error
        }
        server.stop()
        await pool.shutdown(grace: .zero)
        #expect(!ReservedPort.isListening(server.port))
    }

    static let closing = "Host: localhost\r\nConnection: close\r\n\r\n"

    /// Sends one request, and reads until the server closes.
    static func ask(_ server: PoolServer, _ request: String) async throws -> String {
        let connection = try RawConnection(port: server.port)
        connection.send(request)
        return await connection.read()
    }

    @Test func `HEAD has the head of GET and no body`() async throws {
        try await Self.running { server, _ in
            let get = try await Self.ask(server, "GET /healthz HTTP/1.1\r\n" + Self.closing)
            let head = try await Self.ask(server, "HEAD /healthz HTTP/1.1\r\n" + Self.closing)
            #expect(get.hasPrefix("HTTP/1.1 200 ") && get.hasSuffix("\r\n\r\n{\"status\":\"ok\"}"))
            #expect(head.hasPrefix("HTTP/1.1 200 ") && head.hasSuffix("\r\n\r\n"))
            #expect(head.contains("Content-Length: 15") && head.contains("Content-Type: application/json"))
        }
    }

    @Test func `one connection serves many requests, queries are ignored`() async throws {
        try await Self.running { server, _ in
            let connection = try RawConnection(port: server.port)
            for _ in 0..<5 { connection.send("GET /healthz?full=1 HTTP/1.1\r\nHost: localhost\r\n\r\n") }
            let answers = await connection.read { $0.components(separatedBy: "\"ok\"").count == 6 }
            #expect(answers.components(separatedBy: "HTTP/1.1 200 ").count == 6)
            #expect(server.connections == 1)
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "BREW"])
    func `methods that change something are refused, whether their body comes or not`(_ method: String) async throws {
        try await Self.running { server, _ in
            for body in ["", "Content-Length: 5\r\n\r\nhello", "Content-Length: 1000000000\r\n\r\nhel"] {
                let head = "\(method) /pool/stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                let connection = try RawConnection(port: server.port)
                connection.send(head + (body.isEmpty ? "\r\n" : body))
                let answer = await connection.read { $0.contains("\r\n\r\n") }
                #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("Allow: GET, HEAD"), "\(answer)")
            }
        }
    }

    @Test func `what is no request is refused, and the server lives on`() async throws {
        try await Self.running({ $0.patience = .seconds(3) }) { server, _ in
            let long = String(repeating: "x", count: 100_000)
            for garbage in [
                "\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\(long) HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nX: \(long)\r\n\r\n",
                "GET /%00%ff%2e%2e HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            ] {
                let answer = try await Self.ask(server, garbage)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 5"), "\(answer)")
            }
            let healthy = try await Self.ask(server, "GET /healthz HTTP/1.1\r\n" + Self.closing)
            #expect(healthy.hasPrefix("HTTP/1.1 200 "))
        }
    }

    /// RFC 9112, 6.3 and 11.2: what a proxy before this server may read differently.
    @Test(arguments: [
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length : 5\r\n", "Transfer-Encoding : chunked\r\n", "Host: localhost\r\n", "Content-Length: +5\r\n",
        "Content-Length: 5x\r\n",
    ])
    func `a request that can be read in two ways is refused, and its connection ends`(_ field: String) async throws {
        try await Self.running { server, _ in
            let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n"
            let answer = try await Self.ask(server, request + "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            #expect(!answer.contains("\"ok\"") && !answer.contains("# TYPE"), "\(answer)")
        }
    }

    @Test func `a GET with a body is answered before it comes, and its connection ends`() async throws {
        try await Self.running { server, _ in
            let head = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000000\r\n\r\n"
            let answer = try await Self.ask(server, head + String(repeating: "x", count: 1_000))
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        }
    }

    @Test func `clients that send nothing, or half of a request, keep nobody out`() async throws {
        try await Self.running({ $0.maxConnections = 8 }) { server, _ in
            var slow: [RawConnection] = []
            for index in 0..<200 {
                let connection = try RawConnection(port: server.port)
                connection.send(["", "GET / HT", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"][index % 3])
                slow.append(connection)
                guard index % 20 == 0 else { continue }
                let answer = try await Self.ask(server, "GET /healthz HTTP/1.1\r\n" + Self.closing)
                #expect(answer.hasPrefix("HTTP/1.1 200 "), "after \(index + 1) slow clients")
            }
            #expect(server.connections <= 8)
            // The first ones were shut out long ago.
            #expect(await slow[0].read().isEmpty)
        }
    }

    @Test func `clients that do not read their answer keep nobody out`() async throws {
        try await Self.running({ $0.maxConnections = 8 }) { server, _ in
            var slow: [RawConnection] = []
            for index in 0..<30 {
                let connection = try RawConnection(port: server.port)
                connection.shrinkReceiveBuffer()
                for _ in 0..<40 { connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }
                slow.append(connection)
                let answer = try await Self.ask(server, "GET /healthz HTTP/1.1\r\n" + Self.closing)
                #expect(answer.hasPrefix("HTTP/1.1 200 "), "after \(index + 1) clients")
            }
        }
    }

    @Test func `whoever drips its request is closed when the patience is over`() async throws {
        try await Self.running({ $0.patience = .milliseconds(300) }) { server, _ in
            let connection = try RawConnection(port: server.port)
            connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n")
            // Drips until the server closes: that it does is the test.
            while connection.send("X: y\r\n") { try await Task.sleep(for: .milliseconds(50)) }
            #expect(await connection.read().isEmpty)
        }
    }

    @Test func `a stopped server frees its port and its threads, and stopping again does nothing`() async throws {
        let pool = SessionPool()
        var configuration = PoolServerConfiguration()
        configuration.port = 0
        let first = try PoolServer(pool, configuration: configuration)
        configuration.port = first.port
        let error = #expect(throws: PoolServerError.self) { try PoolServer(pool, configuration: configuration) }
        #expect(error?.code == .addressUnavailable && error?.message.contains("\(first.port)") == true)
        let open = try RawConnection(port: first.port)
        open.send("GET / HT")
        first.stop()
        first.stop()
        #expect(await open.read().isEmpty)
        let second = try PoolServer(pool, configuration: configuration)
        #expect(second.port == first.port)
        second.stop()
        await pool.shutdown(grace: .zero)
    }

    @Test func `only loopback is open to everybody`() async throws {
        for host in ["0.0.0.0", "::", "192.0.2.1"] {
            var configuration = PoolServerConfiguration()
            configuration.host = host
            configuration.port = 0
            let error = #expect(throws: PoolServerError.self) {
                try PoolServer(SessionPool(), configuration: configuration)
            }
            #expect(error?.code == .invalidConfiguration && error?.message.contains("token") == true, "\(host)")
        }
        for host in ["example.com", "", "127.1", "300.0.0.1"] {
            var configuration = PoolServerConfiguration()
            configuration.host = host
            let error = #expect(throws: PoolServerError.self) {
                try PoolServer(SessionPool(), configuration: configuration)
            }
            #expect(error?.message.contains("no IPv4 or IPv6 address") == true, "\(host)")
        }
        try await Self.running({
            $0.host = "0.0.0.0"
            $0.token = "a-token-for-everybody"
        }) { server, _ in
            #expect(server.url == "http://0.0.0.0:\(server.port)")
            let refused = try await Self.ask(server, "GET /metrics HTTP/1.1\r\n" + Self.closing)
            #expect(refused.hasPrefix("HTTP/1.1 401 "))
            let authorized = "GET /metrics HTTP/1.1\r\nAuthorization: Bearer a-token-for-everybody\r\n" + Self.closing
            let answer = try await Self.ask(server, authorized)
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `IPv6 loopback is loopback, in brackets where it is a URL`() async throws {
        try await Self.running({ $0.host = "::1" }) { server, pool in
            #expect(server.url == "http://[::1]:\(server.port)")
            let session = try Session(server.url)
            let answer = try await session.get("/healthz")
            #expect(answer.text == #"{"status":"ok"}"#)
            await session.close()
        }
    }

    @Test func `a pool's requests arrive in its statistics, and shutting it down in its readiness`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { target in
            try await Self.running { server, pool in
                for _ in 0..<3 { _ = try await pool.session(for: target.url).get("/") }
                let client = try Session(server.url)
                let stats = try await client.get("/pool/stats").text
                #expect(stats.contains(#""connections_created":1,"connections_destroyed":0,"connections_reused":2"#))
                #expect(!stats.contains(#""avg_release_s":0,"#), "\(stats)")
                let before = try await client.get("/readyz")
                #expect(before.status == 200)
                await pool.shutdown(grace: .zero)
                let after = try await client.get("/readyz")
                #expect(after.status == 503 && after.text.contains("shut down"))
                await client.close()
            }
        }
    }

    @Test func `many clients at once get whole answers`() async throws {
        try await Self.running { server, _ in
            var configuration = SessionConfiguration()
            configuration.limits.maxConcurrentRequests = 32
            configuration.limits.maxConnections = 32
            let client = try Session(server.url, configuration: configuration)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<400 {
                    let path = ["/", "/metrics", "/pool/stats", "/pool/history"][index % 4]
                    group.addTask { try await client.get(path).status == 200 }
                }
                for try await isWhole in group { #expect(isWhole) }
            }
            await client.close()
        }
    }
}
