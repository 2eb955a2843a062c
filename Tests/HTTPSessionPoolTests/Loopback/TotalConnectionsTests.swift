import HTTPSessionPool
import TestSupport
import Testing

/// The pool's total of connections: held by waiting, in strict order, across sessions.
@Suite(.timeLimit(.minutes(1)))
struct TotalConnectionsTests {
    private static func pool(total: Int) -> SessionPool {
        var configuration = PoolConfiguration()
        configuration.maxTotalConnections = total
        return SessionPool(configuration: configuration)
    }

    @Test func `no more connections are open at once than the pool's total`() async throws {
        try await LoopbackServer.serving { _ in
            .text("a")
        } _: { first in
            try await LoopbackServer.serving { _ in
                .text("b")
            } _: { second in
                let pool = Self.pool(total: 4)
                let sessions = [try await pool.session(for: first.url), try await pool.session(for: second.url)]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<200 {
                        group.addTask { _ = try await sessions[index % 2].get("/") }
                    }
                    try await group.waitForAll()
                }
                #expect(first.counts.requests.count == 100)
                #expect(second.counts.requests.count == 100)
                #expect(first.counts.peakRequestsInFlight + second.counts.peakRequestsInFlight <= 8)
                #expect(first.counts.peakRequestsInFlight <= 4)
                #expect(second.counts.peakRequestsInFlight <= 4)
                #expect(await pool.shutdown() == 0)
            }
        }
    }

    @Test func `a warm-up opens no connection beyond the total`() async throws {
        try await LoopbackServer.serving { _ in
            .text("a")
        } _: { server in
            let pool = Self.pool(total: 3)
            let warm = try await pool.warmUp(server.url, connections: 3)
            #expect(warm.connections == 3)
            // Idle connections leave permits free, and no room for another connection.
            let again = try await pool.warmUp(server.url, connections: 5)
            #expect(again.connections == 3)
            #expect(server.acceptedConnections == 3)
            let response = try await pool.session(for: server.url).get("/")
            #expect(response.text == "a")
            #expect(server.acceptedConnections == 3)
            await pool.shutdown()
        }
    }

    @Test func `an idle connection of one session makes way for another`() async throws {
        try await LoopbackServer.serving { _ in
            .text("a")
        } _: { first in
            try await LoopbackServer.serving { _ in
                .text("b")
            } _: { second in
                let pool = Self.pool(total: 1)
                for _ in 0..<3 {
                    #expect(try await pool.session(for: first.url).get("/").text == "a")
                    #expect(try await pool.session(for: second.url).get("/").text == "b")
                    _ = try await first.waitForOpenConnections(0)
                }
                #expect(first.acceptedConnections == 3)
                await pool.shutdown()
            }
        }
    }

    @Test func `one session within the total keeps its connections`() async throws {
        try await LoopbackServer.serving { _ in
            .text("a")
        } _: { server in
            let pool = Self.pool(total: 2)
            let session = try await pool.session(for: server.url)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { _ = try await session.get("/") } }
                try await group.waitForAll()
            }
            #expect(server.acceptedConnections == 2)
            await pool.shutdown()
        }
    }

    @Test func `waiting for the total ends with the acquire timeout`() async throws {
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("a").after(.wait(gate))
        } _: { server in
            let pool = Self.pool(total: 1)
            let session = try await pool.session(for: server.url)
            async let first = session.get("/")
            _ = try await server.waitForRequests(1)
            var request = Request(.get, "/")
            request.timeouts = Timeouts()
            request.timeouts?.acquire = .milliseconds(50)
            let error = await #expect(throws: SessionError.self) { try await session.send(request) }
            #expect(error?.code == .acquireTimeout)
            #expect(error?.delivery == .notSent)
            gate.open()
            #expect(try await first.status == 200)
            #expect(try await session.get("/").status == 200)
            await pool.shutdown()
        }
    }
}
