import ProviderSimulator
import Testing

@Suite struct FaultTests {
    private static let path = "/v1/chat/completions"
    private static let streaming = Sample.chat(model: "m", stream: true)

    @Test(arguments: SimulatorProvider.allCases)
    func `an error has the provider's own form`(provider: SimulatorProvider) async throws {
        let failure = SimulatorFaults.Failure(status: 503, message: "down")
        try await withSimulator({ $0.faults = [SimulatorFaultRule(.failure(failure))] }) { simulator throws in
            let response = try simulator.exchange(provider, "POST", "/api/v1/chat/completions", body: "{}")
            #expect(response.status == 503)
            let json = try response.json()
            let text =
                switch provider {
                case .gigachat: json.message.string
                case .yandexgpt, .openai: json.error.message.string
                case .naparnik: json.error.string
                }
            #expect(text == "down")
            #expect(simulator.statistics[provider].responsesByStatus == [503: 1])
        }
    }

    @Test func `an error carries the retry fields`() async throws {
        let failure = SimulatorFaults.Failure(
            status: 429,
            retryAfter: "7",
            retryAfterMilliseconds: 250,
            shouldRetry: false
        )
        try await withSimulator({ $0.faults = [SimulatorFaultRule(.failure(failure))] }) { simulator throws in
            let response = try simulator.openai(Self.path, Self.streaming)
            #expect(response[field: "Retry-After"] == "7")
            #expect(response[field: "retry-after-ms"] == "250")
            #expect(response[field: "x-should-retry"] == "false")
        }
    }

    @Test func `an error can be HTML or text`() async throws {
        try await withSimulator({
            $0.faults = [
                SimulatorFaultRule(.failure(.init(status: 502, body: .html)), count: 1),
                SimulatorFaultRule(.failure(.init(status: 500, body: .text("boom")))),
            ]
        }) { simulator throws in
            let html = try simulator.openai(Self.path, Self.streaming)
            #expect(html[field: "Content-Type"] == "text/html")
            #expect(html.text.contains("<h1>502 Bad Gateway</h1>"))
            let text = try simulator.openai(Self.path, Self.streaming)
            #expect(text[field: "Content-Type"] == "text/plain")
            #expect(text.text == "boom")
        }
    }

    @Test func `a rule hits every so-manieth request of its own`() async throws {
        let failure = SimulatorFaults.failure(.init(status: 500))
        let rule = SimulatorFaultRule(failure, provider: .openai, every: 3, count: 2)
        try await withSimulator({ $0.faults = [rule] }) { simulator throws in
            var statuses: [Int] = []
            for _ in 0..<10 { statuses.append(try simulator.openai(Self.path, Sample.chat(model: "m")).status) }
            #expect(statuses == [200, 200, 500, 200, 200, 500, 200, 200, 200, 200])
        }
    }

    @Test func `a rule hits only its provider, path and number of requests`() async throws {
        let failure = SimulatorFaults.failure(.init(status: 500))
        let rule = SimulatorFaultRule(failure, provider: .openai, path: "/chat/completions", skip: 1, count: 2)
        try await withSimulator({ $0.faults = [rule] }) { simulator throws in
            let statuses = try (0..<4).map { _ in try simulator.openai(Self.path, Self.streaming).status }
            #expect(statuses == [200, 500, 500, 200])
            #expect(try simulator.openai("/v1/models").status == 200)
            #expect(try simulator.yandex("/v1/models").status == 200)
        }
    }

    @Test func `rules change at run time`() async throws {
        try await withSimulator { simulator throws in
            #expect(try simulator.openai("/v1/models").status == 200)
            simulator.updateFaults([SimulatorFaultRule(.failure(.init(status: 500)))])
            #expect(try simulator.openai("/v1/models").status == 500)
            simulator.updateFaults([])
            #expect(try simulator.openai("/v1/models").status == 200)
        }
    }

    @Test func `a stream can be cut after a chunk, or inside one`() async throws {
        for bytes in [0, 12] {
            let rule = SimulatorFaultRule(.ending(.truncated(afterChunks: 3, bytesOfNext: bytes)))
            try await withSimulator({ $0.faults = [rule] }) { simulator throws in
                let response = try simulator.openai(Self.path, Self.streaming)
                #expect(response.ending == .truncated)
                #expect(response.texts.prefix(3).allSatisfy { $0.hasSuffix("\n\n") })
                #expect(response.chunks.dropFirst(3).map(\.count) == (bytes == 0 ? [] : [bytes]))
            }
        }
    }

    @Test func `a stream can be reset`() async throws {
        let rule = SimulatorFaultRule(.ending(.reset(afterChunks: 0)))
        try await withSimulator({ $0.faults = [rule] }) { simulator throws in
            let connection = try simulator.connect(.openai)
            try connection.send("POST", Self.path, ["Authorization": "Bearer key"], body: Self.streaming)
            let isReset = try connection.waitForEnd()
            #expect(isReset)
        }
    }

    @Test func `a whole answer can be cut before its declared end`() async throws {
        let rule = SimulatorFaultRule(.ending(.truncated(afterChunks: 0, bytesOfNext: 20)))
        try await withSimulator({ $0.faults = [rule] }) { simulator throws in
            let response = try simulator.openai(Self.path, Sample.chat(model: "m"))
            #expect(response.ending == .truncated)
            #expect(response.body.count == 20)
            #expect((response[field: "Content-Length"].flatMap { Int($0) } ?? 0) > 20)
        }
    }

    @Test func `every provider reports an error inside a stream in its own way`() async throws {
        let rule = SimulatorFaultRule(.ending(.error(afterChunks: 2, message: "overheated")))
        try await withSimulator({ $0.faults = [rule] }) { simulator throws in
            let openai = try simulator.openai(Self.path, Self.streaming)
            #expect(openai.chunks.count == 3)
            #expect(try openai.jsonEvents().last?.error.message.string == "overheated")
            #expect(!openai.text.contains("[DONE]"))
            let gigachat = try simulator.gigachat("/api/v1/chat/completions", Sample.chat(stream: true))
            #expect(try gigachat.jsonEvents().last?.message.string == "overheated")
            #expect(try gigachat.jsonEvents().last?.status.number == 500)
            let version2 = #"{"model":"GigaChat","stream":true,"messages":[{"role":"user","content":[{"text":"a"}]}]}"#
            let done = try simulator.gigachat("/api/v2/chat/completions", version2)
            #expect(done.texts.last?.hasPrefix("event: response.message.done\n") == true)
            #expect(try done.jsonEvents().last?.finish_reason.string == "error")
            let native = try simulator.yandex(
                "/foundationModels/v1/completion",
                Sample.completion(options: #"{"stream":true}"#)
            )
            #expect(try JSONValue(try #require(native.texts.last)).error.grpcCode.number == 13)
            #expect(native.chunks.count == 3)
        }
    }

    @Test func `the content type can be wrong`() async throws {
        var faults = SimulatorFaults()
        faults.contentType = "application/json"
        try await withSimulator({ [faults] in $0.faults = [SimulatorFaultRule(faults)] }) { simulator throws in
            let response = try simulator.openai(Self.path, Self.streaming)
            #expect(response[field: "Content-Type"] == "application/json")
            #expect(response.text.hasPrefix("data: "))
        }
    }

    @Test func `an answer can drip`() async throws {
        var faults = SimulatorFaults()
        faults.drip = .init(bytes: 3, interval: .microseconds(100))
        try await withSimulator({ [faults] in $0.faults = [SimulatorFaultRule(faults)] }) { simulator throws in
            let response = try simulator.openai(Self.path, Self.streaming)
            #expect(response.chunks.allSatisfy { $0.count <= 3 })
            #expect(
                try response.text.split(separator: "\n\n").dropLast().map {
                    try JSONValue(String($0.dropFirst(6)))
                }.count == 10
            )
        }
    }

    @Test func `the server can close the connection after the answer`() async throws {
        var faults = SimulatorFaults()
        faults.closesConnection = true
        try await withSimulator({ [faults] in $0.faults = [SimulatorFaultRule(faults)] }) { simulator throws in
            let connection = try simulator.connect(.openai)
            try connection.send("GET", "/v1/models", ["Authorization": "Bearer key"])
            let response = try connection.response()
            #expect(response[field: "Connection"]?.lowercased() == "close")
            #expect(try connection.waitForEnd() == false)
        }
    }

    @Test func `a hung answer goes on when it is released`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.faults = [SimulatorFaultRule(.hang(), count: 1)]
        let simulator = try ProviderSimulator(configuration: configuration)
        defer { simulator.stop() }
        let connection = try await onThread {
            let connection = try simulator.connect(.openai)
            try connection.send("GET", "/v1/models", ["Authorization": "Bearer key"])
            return UncheckedBox(connection)
        }
        try await simulator.statistics { $0[.openai].requestsHung == 1 }
        try await onThread { () throws in
            #expect(try simulator.openai("/v1/models").status == 200)
            #expect(simulator.statistics[.openai].requestsInFlight == 1)
            simulator.releaseHungRequests()
            #expect(try connection.value.response().status == 200)
            #expect(simulator.statistics[.openai].requestsInFlight == 0)
            #expect(simulator.statistics[.openai].requestsHung == 0)
        }
    }

    @Test func `a stream hangs after some chunks, with heartbeats`() async throws {
        let hang = SimulatorFaults.Hang(afterChunks: 2, heartbeat: .milliseconds(2))
        try await withSimulator({
            $0.faults = [SimulatorFaultRule(.hang(hang), path: "/messages")]
        }) { simulator throws in
            let body = #"{"skill_name":"custom"}"#
            let id = try simulator.naparnik("/chat_api/v1/conversations/", body).json().uuid.string
            let connection = try simulator.connect(.naparnik)
            let path = "/chat_api/v1/conversations/\(try #require(id))/messages"
            let message = #"{"role":"user","content":{"content":{"instruction":"x"}}}"#
            try connection.send("POST", path, ["Authorization": "token"], body: message)
            #expect(try connection.head().status == 200)
            var chunks: [String] = []
            for _ in 0..<6 { chunks.append(String(decoding: try connection.chunk() ?? [], as: UTF8.self)) }
            #expect(chunks.prefix(2).allSatisfy { $0.hasPrefix("data: ") })
            #expect(chunks.dropFirst(2).allSatisfy { $0.hasPrefix(": heartbeat ") })
            simulator.releaseHungRequests()
            while let chunk = try connection.chunk() { chunks.append(String(decoding: chunk, as: UTF8.self)) }
            #expect(chunks.last?.contains(#""finished":true"#) == true)
            #expect(!connection.isEnded)
        }
    }

    @Test func `latency holds the head back, a chunk delay the next chunk`() async throws {
        var slow = SimulatorFaults()
        slow.latency = .seconds(3600)
        var pausing = SimulatorFaults()
        pausing.chunkDelay = .seconds(3600)
        let rules = [
            SimulatorFaultRule(slow, path: "/models"), SimulatorFaultRule(pausing, path: "/chat/completions"),
        ]
        var configuration = SimulatorConfiguration()
        configuration.faults = rules
        let simulator = try ProviderSimulator(configuration: configuration)
        defer { simulator.stop() }
        let held = try await onThread {
            let held = try simulator.connect(.openai)
            try held.send("GET", "/v1/models", ["Authorization": "Bearer key"])
            return UncheckedBox(held)
        }
        try await simulator.statistics { $0[.openai].requestsInFlight == 1 }
        try await onThread { () throws in
            let connection = try simulator.connect(.openai)
            try connection.send("POST", Self.path, ["Authorization": "Bearer key"], body: Self.streaming)
            #expect(try connection.head().status == 200)
            #expect(try connection.chunk()?.isEmpty == false)
            #expect(simulator.statistics[.openai].requestsInFlight == 2)
            #expect(simulator.statistics[.openai].responsesByStatus == [200: 1])
            // Only the end of the simulator ends them.
            simulator.stop()
            #expect(throws: RawConnection.Failure.self) { try held.value.head() }
            #expect(try connection.chunk() == nil)
            #expect(connection.isEnded)
        }
    }

    @Test func `the server closes idle connections if it is told to`() async throws {
        try await withSimulator({ $0.idleTimeoutSeconds = 1 }) { simulator throws in
            let connection = try simulator.connect(.openai)
            try connection.send("GET", "/v1/models", ["Authorization": "Bearer key"])
            #expect(try connection.response().status == 200)
            #expect(try connection.waitForEnd() == false)
        }
    }

    @Test func `a client that leaves a hung request frees its place`() async throws {
        let rule = SimulatorFaultRule(.hang(.init(afterChunks: 1)), path: "/chat/completions", count: 1)
        let simulator = try ProviderSimulator(
            configuration: {
                var configuration = SimulatorConfiguration()
                configuration.faults = [rule]
                return configuration
            }()
        )
        defer { simulator.stop() }
        try await onThread {
            let token = try simulator.gigachatToken()
            let connection = try simulator.connect(.gigachat)
            let fields = ["Authorization": "Bearer \(token)"]
            try connection.send("POST", "/api/v1/chat/completions", fields, body: Sample.chat(stream: true))
            #expect(try connection.head().status == 200)
            #expect(try simulator.gigachat("/api/v1/chat/completions", Sample.chat(), token: token).status == 429)
            connection.close()
        }
        let statistics = try await simulator.statistics { $0[.gigachat].requestsInFlight == 0 }
        #expect(statistics[.gigachat].generationsInFlight == 0)
    }
}
