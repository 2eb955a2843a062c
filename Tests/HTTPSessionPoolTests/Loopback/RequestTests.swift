import HTTPSessionPool
import TestSupport
import Testing

/// Requests over real sockets: what goes out, what comes back, on how many connections.
@Suite(.timeLimit(.minutes(1)))
struct RequestTests {
    @Test func `a request is resolved against the base URL and answered`() async throws {
        try await LoopbackServer.serving {
            .text("echo \($0.method) \($0.target) \($0.text)", headers: ["X-A: b"])
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: "\(server.url)/v1/")
            let response = try await session.post("/models?x=1", headers: ["X-Test": "yes"], body: Array("hello".utf8))
            #expect(response.status == 200)
            #expect(response.text == "echo POST /v1/models?x=1 hello")
            #expect(response.headers["x-a"] == "b")
            #expect(response.metrics.connectionsOpened == 1)
            let second = try await session.get("models")
            #expect(second.metrics.reusedConnection)
            #expect(second.text == "echo GET /v1/models ")
            #expect(server.requests.first?["x-test"] == "yes")
            #expect(await pool.shutdown() == 0)
        }
    }

    @Test func `64 concurrent requests and then 64 more open no new connection`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.session.limits.maxConcurrentRequests = 64
            configuration.session.limits.maxConnections = 64
            let pool = SessionPool(configuration: configuration)
            let session = try await pool.session(for: server.url)
            for _ in 0..<2 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<64 {
                        group.addTask {
                            let response = try await session.get("/")
                            #expect(response.status == 200)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(server.acceptedConnections <= 64)
            let afterTwo = server.acceptedConnections
            #expect(session.statistics.connectionsCreated == afterTwo)
            #expect(session.statistics.requests == 128)
            await pool.shutdown()
            _ = try await server.waitForOpenConnections(0)
        }
    }

    @Test func `a streamed body arrives piece by piece`() async throws {
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .chunked(["one", "two"], gates: [Gate.opened(), gate])
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            let response = try await session.stream(Request(.get, "/"))
            var pieces: [String] = []
            for try await piece in response.body {
                pieces.append(String(decoding: piece, as: UTF8.self))
                gate.open()
            }
            #expect(pieces == ["one", "two"])
            await pool.shutdown()
        }
    }
}

extension Gate {
    /// A gate that is open from the beginning.
    static func opened() -> Gate {
        let gate = Gate()
        gate.open()
        return gate
    }
}
