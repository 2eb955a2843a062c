import ProviderSimulator
import Testing

@Suite struct StatisticsTests {
    @Test func `connections, requests and answers are counted exactly`() async throws {
        let simulator = try ProviderSimulator()
        defer { simulator.stop() }
        try await onThread {
            let connections = try (0..<5).map { _ in try simulator.connect(.openai) }
            for _ in 0..<3 {
                for connection in connections {
                    try connection.send("GET", "/v1/models", ["Authorization": "Bearer key"])
                    #expect(try connection.response().status == 200)
                }
            }
            try connections[0].send("GET", "/v1/models")
            #expect(try connections[0].response().status == 401)
            let counts = simulator.statistics[.openai]
            #expect(counts.connectionsAccepted == 5)
            #expect(counts.openConnections == 5)
            #expect(counts.peakOpenConnections == 5)
            #expect(counts.requests == 16)
            #expect(counts.requestsInFlight == 0)
            #expect(counts.responsesByStatus == [200: 15, 401: 1])
            #expect(counts.requestsByPath == ["GET /v1/models": 16])
            #expect(counts.tlsHandshakes == 0)
            #expect(simulator.statistics.total(\.requests) == 16)
            connections[1...].forEach { $0.close() }
        }
        let closed = try await simulator.statistics { $0[.openai].openConnections == 0 }
        #expect(closed[.openai].connectionsAccepted == 5)
        simulator.resetStatistics()
        #expect(simulator.statistics[.openai].connectionsAccepted == 0)
    }

    @Test func `a connection that asks nothing is counted too`() async throws {
        let simulator = try ProviderSimulator()
        defer { simulator.stop() }
        let connection = try await onThread { UncheckedBox(try simulator.connect(.gigachat)) }
        try await simulator.statistics { $0[.gigachat].openConnections == 1 }
        connection.value.close()
        let statistics = try await simulator.statistics { $0[.gigachat].openConnections == 0 }
        #expect(statistics[.gigachat].connectionsAccepted == 1)
        #expect(statistics[.gigachat].requests == 0)
    }

    @Test func `waiting for a condition ends with the task`() async throws {
        let simulator = try ProviderSimulator()
        defer { simulator.stop() }
        let task = Task { try await simulator.statistics { $0[.openai].requests == 1 } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `identifiers repeat with the seed`() async throws {
        var ids: [[String?]] = []
        for seed in [7, 7, 8] as [UInt64] {
            let simulator = try ProviderSimulator(
                configuration: {
                    var configuration = SimulatorConfiguration()
                    configuration.seed = seed
                    return configuration
                }()
            )
            defer { simulator.stop() }
            ids.append(
                try await onThread {
                    try (0..<3).map { _ in
                        try simulator.openai("/v1/chat/completions", Sample.chat(model: "m")).json().id.string
                    }
                }
            )
        }
        #expect(ids[0] == ids[1])
        #expect(ids[0] != ids[2])
        #expect(Set(ids[0]).count == 3)
    }

    @Test func `HEAD and OPTIONS warm a connection up`() async throws {
        try await withSimulator { simulator throws in
            let connection = try simulator.connect(.openai)
            try connection.send("OPTIONS", "/v1/chat/completions")
            #expect(try connection.response().status == 204)
            try connection.send("HEAD", "/v1/models", ["Authorization": "Bearer key"])
            #expect(try connection.response(hasBody: false).status == 200)
            #expect(simulator.statistics[.openai].requestsInFlight == 0)
            try connection.send("GET", "/v1/models", ["Authorization": "Bearer key"])
            #expect(try connection.response().json().data.array.count == 3)
            #expect(simulator.statistics[.openai].connectionsAccepted == 1)
        }
    }

    @Test func `a body over the limit is a 413`() async throws {
        try await withSimulator({ $0.bodyLimit = 10_000 }) { simulator throws in
            let prompt = String(repeating: "я", count: 6_000)
            let long = try simulator.openai("/v1/chat/completions", Sample.chat(prompt, model: "m"))
            #expect(long.status == 413)
            #expect(try simulator.openai("/v1/chat/completions", Sample.chat(model: "m")).status == 200)
        }
    }
}
