import HTTPSessionPool
import TestSupport
import Testing

/// HTTP/2 by choice under a pool's total of connections.
@Suite(.timeLimit(.minutes(2))) struct NginxHTTP2TotalTests {
    @Test func `a server without HTTP/2 under a total that others wait for: everybody is served, within the total`()
        async throws
    {
        let (gate, secondGate) = (Gate(), Gate())
        let held = Observed(0)
        try await BehindNginx.run(total: 2) { request in
            guard request.target == "/upstream/held" else { return .text("ok").after(.wait(gate)) }
            let number = held.update { count -> Int in
                count += 1
                return count
            }
            return .text("held").after(.wait(number <= 3 ? gate : secondGate))
        } _: { behind in
            let configuration = behind.http2 { $0.limits.maxConcurrentRequests = 20 }
            let plain = SessionConfiguration.testing(behind.nginx.certificates)
            let first = try await behind.pool.session(for: behind.nginx.tlsURL, configuration: configuration)
            let others = [
                try await behind.pool.session(for: behind.nginx.plainURL, configuration: plain),
                try await behind.otherSession(),
            ]
            // All of them begin on what they take for one connection to be shared.
            async let fallingBack = first.post("/upstream/held", times: 20)
            try await behind.server.waitForRequests(1)
            async let foreign = others[0].post("/upstream/x", times: 20)
            async let more = others[1].post("/x", times: 20)
            try await eventually { others.contains { $0.statistics.waiting > 0 } }
            gate.open()
            // The first answer has shown that each needs a connection; libcurl looks at those that wait inside it
            // after the next ones.
            try await behind.server.waitUntil("the fourth is there") { counts in
                counts.requests.count { $0.target == "/upstream/held" } >= 4
            }
            #expect(first.statistics.totalConnections <= 2)
            secondGate.open()
            #expect(try await fallingBack.allSatisfy { $0.text == "held" && $0.metrics.httpVersion == "1.1" })
            #expect(try await foreign.allSatisfy { $0.text == "ok" })
            #expect(try await more.allSatisfy { $0.text == "ok" })
            #expect(first.statistics.failures == 0)
            // Nobody waits any more, and the total is not lost to anybody.
            for session in others + [first] {
                #expect(try await session.post("/upstream/x", times: 5).count == 5)
            }
        }
    }

    @Test func `many requests that share a connection book one, also when a stream has come`() async throws {
        let gate = Gate()
        try await BehindNginx.run(total: 3) { request in
            request.target == "/upstream/held" ? .text("held").after(.wait(gate)) : .text("ok")
        } _: { behind in
            let session = try await behind.session { $0.limits.maxConcurrentRequests = 20 }
            #expect(try await session.get("/upstream/x").metrics.httpVersion == "2")
            async let held = session.post("/upstream/held", times: 15)
            try await behind.server.waitUntil("all share the connection") { $0.requestsInFlight == 15 }
            // The stream has its own beside them at once, and a third is left to another session.
            #expect(try await session.stream("/upstream/x", times: 3).count == 3)
            let other = try await behind.otherSession()
            #expect(try await other.post("/x", times: 3).count == 3)
            gate.open()
            #expect(try await held.allSatisfy { $0.text == "held" })
            #expect(try await session.post("/upstream/x", times: 20).count == 20)
            try await behind.nginx.waitForOpenConnections(atMost: 3)
        }
    }

    @Test func `streams beside HTTP/2 have connections of their own, which count in the total`() async throws {
        let gate = Gate()
        try await BehindNginx.run(total: 3) { request in
            request.target == "/upstream/held" ? .text("held").after(.wait(gate)) : .text("ok")
        } _: { behind in
            let session = try await behind.session()
            #expect(try await session.get("/upstream/x").metrics.httpVersion == "2")
            async let held = session.stream("/upstream/held", times: 8)
            // Each stream needs a connection of its own, with every libcurl.
            try await behind.server.waitUntil("all that may are there") { $0.requestsInFlight == 3 }
            try await eventually { session.statistics.waiting == 5 }
            #expect(behind.server.counts.requestsInFlight == 3)
            try await behind.nginx.waitForOpenConnections(atMost: 3)
            gate.open()
            #expect(try await held == Array(repeating: "held", count: 8))
            // Streams have left three connections; the one that this needs takes the place of one of them.
            #expect(try await session.get("/upstream/x").text == "ok")
            try await behind.nginx.waitForOpenConnections(atMost: 3)
            // Another session gets its share, and both go on taking turns.
            let other = try await behind.otherSession()
            async let foreign = other.post("/x", times: 20)
            async let streams = session.stream("/upstream/x", times: 20)
            async let plain = session.post("/upstream/x", times: 20)
            #expect(try await foreign.count == 20)
            #expect(try await streams.count == 20)
            #expect(try await plain.count == 20)
            #expect(behind.pool.statistics.total.failures == 0)
            try await behind.nginx.waitForOpenConnections(atMost: 3)
        }
    }

    @Test(arguments: [false, true])
    func `streams to a server without HTTP/2 stay within the total`(_ shares: Bool) async throws {
        let gate = Gate()
        try await BehindNginx.run(total: 2) { _ in
            .text("held").after(.wait(gate))
        } _: { behind in
            let configuration = behind.http2 {
                $0.streamsShareHTTP2 = shares
                $0.limits.maxConcurrentRequests = 20
            }
            let session = try await behind.pool.session(for: behind.nginx.tlsURL, configuration: configuration)
            async let streams = session.stream("/upstream/held", times: 10)
            try await behind.server.waitForRequests(1)
            #expect(session.statistics.totalConnections <= 2)
            gate.open()
            #expect(try await streams == Array(repeating: "held", count: 10))
            #expect(session.statistics.totalConnections <= 2 && session.statistics.failures == 0)
            try await behind.nginx.waitForOpenConnections(atMost: 2)
            // What the server speaks has been learnt from streams alone: two requests run at a time.
            async let more = session.stream("/upstream/x", times: 10)
            #expect(try await more.count == 10)
            #expect(session.statistics.totalConnections <= 2)
        }
    }

    @Test(arguments: [false, true])
    func `a redirect to another host stays within the total and within the session's connections`(
        _ hasTotal: Bool
    ) async throws {
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("landed").after(.wait(gate))
        } _: { other in
            let redirect = "location = /away { return 307 \(other.url)/landing; }"
            try await BehindNginx.run(total: hasTotal ? 1 : nil, directives: redirect) { _ in
                .text("ok")
            } _: { behind in
                let configuration = SessionConfiguration.testing(behind.nginx.certificates) {
                    $0.maxRedirects = 3
                    $0.limits.maxConnections = 1
                }
                let session = try await behind.pool.session(for: behind.nginx.plainURL, configuration: configuration)
                async let response = session.get("/away")
                try await other.waitForRequests(1)
                // The server may see a request before its connection is counted.
                try await eventually { session.statistics.totalConnections == 1 }
                gate.open()
                #expect(try await response.text == "landed")
                #expect(try await session.get("/upstream/x").text == "ok")
                #expect(session.statistics.totalConnections == 1)
            }
        }
    }
}
