import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

/// The ten things about the providers' protocols that bite, one test each; the other suites go into the corners.
@Suite(.timeLimit(.minutes(2)))
struct ProviderTrapsTests {
    @Test func `1 - a token's end in seconds is not taken for milliseconds, which would fetch one per request`()
        async throws
    {
        for format in [SimulatorConfiguration.GigaChat.TokenFormat.expiresAtSeconds, .tokSeconds] {
            try await Simulated.run({ $0.gigachat.tokenFormat = format }) { simulated in
                let client = try simulated.gigaChat()
                for _ in 0..<3 { _ = try await client.chat("hi") }
                #expect(simulated.counts(.gigachat).tokensIssued == 1)
            }
        }
    }

    @Test(arguments: Dialect.allCases.filter { $0 != .naparnikCompletions })
    func `2 - arguments are an object for some providers and a string for others, and JSON for the caller`(
        dialect: Dialect
    ) async throws {
        try await Simulated.run { simulated in
            let client = try simulated.client(dialect)
            var request = ChatRequest("call something with 5, 4, 1")
            request.tools = [
                ToolDefinition(
                    name: "something",
                    parameters: [
                        "type": "object",
                        "properties": ["numbers": ["type": "array", "items": ["type": "integer"]]],
                    ]
                )
            ]
            let call = try #require(try await client.chat(request).toolCalls.first)
            #expect(call.name == "something")
            #expect(call.arguments?["numbers"] == [5, 4, 1])
        }
    }

    @Test func `3 - GigaChat's second protocol has named events and no DONE`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat { $0.apiVersion = .v2 }
            #expect(try await client.stream("hi").collect().finishReason == .stop)
            #expect(simulated.counts(.gigachat).requestsByPath["POST /api/v2/chat/completions"] == 1)
        }
    }

    @Test func `4 - GigaChat's host is moving, and both hosts' version paths are understood`() async throws {
        let configuration = GigaChatConfiguration(credentials: .accessToken("t"))
        #expect(configuration.baseURL == "https://gigachat.devices.sberbank.ru/api/v1")
        #expect(
            GigaChatV2Encoder.url(baseURL: "https://api.giga.chat/v1") == "https://api.giga.chat/v2/chat/completions"
        )
        try await Simulated.run { simulated in
            for path in ["/api/v1", "/v1"] {
                let origin = String(simulated.simulator.endpoints.gigachat.baseURL.dropLast("/api/v1".count))
                for version in GigaChatConfiguration.APIVersion.allCases {
                    let client = try simulated.gigaChat {
                        $0.baseURL = origin + path
                        $0.apiVersion = version
                    }
                    #expect(try await client.chat("hi").finishReason == .stop)
                }
            }
        }
    }

    @Test func `5 - Yandex streams objects with the whole text, and may change its mind`() async throws {
        try await Simulated.run({ $0.yandexgpt.revisesText = true }) { simulated in
            let client = try simulated.yandexGPT()
            let text = try await client.chat("hi").text
            #expect(try await client.stream("hi").collect().text == text)
        }
    }

    @Test func `6 - Yandex counts in strings natively and in numbers in OpenAI's format`() async throws {
        try await Simulated.run { simulated in
            for client in [try simulated.client(.yandexGPT), try simulated.client(.yandexOpenAI)] {
                #expect(try await client.chat("hi").usage?.totalTokens ?? 0 > 0)
            }
        }
    }

    @Test func `7 - in OpenAI's format Yandex calls functions by empty strings, or by one id for all`() async throws {
        for model in ["yandexgpt/latest", "qwen3-235b-a22b-fp8/latest", "gemma-3-27b-it/latest"] {
            try await Simulated.run { simulated in
                let client = try simulated.yandexOpenAI(model: model)
                var request = ChatRequest("call sum and product")
                request.tools = [ToolDefinition(name: "sum"), ToolDefinition(name: "product")]
                let calls = try await client.stream(request).collect().toolCalls
                #expect(calls.map(\.name) == ["sum", "product"], "\(model)")
                #expect(calls.allSatisfy { !$0.id.isEmpty && $0.arguments?.object != nil }, "\(model)")
            }
        }
    }

    @Test func `8 - Naparnik's heartbeats come while it hangs, and are no sign of life`() async throws {
        try await Simulated.run { simulated in
            let hang = SimulatorFaults.Hang(afterChunks: 1, heartbeat: .milliseconds(10))
            simulated.simulator.updateFaults([.init(.hang(hang), path: "/messages")])
            let client = try simulated.naparnik { $0.session.timeouts.noProgress = .milliseconds(300) }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.underlying?.code == .noProgress)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `9 - an error inside a 200 stream is the error, and not the end`(dialect: Dialect) async throws {
        try await Simulated.run { simulated in
            let ending = SimulatorFaults.ending(.error(afterChunks: 4, message: "the model has crashed"))
            simulated.simulator.updateFaults([.init(ending, path: dialect.chatPath)])
            let client = try simulated.client(dialect)
            let error = await #expect(throws: ProviderError.self) { try await client.stream("hi").collect() }
            #expect(error?.code == .serverError)
        }
    }

    @Test func `10 - an extra root does not make the client certificate disappear`() async throws {
        try await Simulated.run({ $0.tls = SimulatorTLS(clientCertificates: .required) }) { simulated in
            let files = try #require(simulated.simulator.tlsFiles)
            let client = try simulated.gigaChat {
                $0.credentials = .clientCertificate
                $0.session.tls.additionalRoots = [.file(files.caFile)]
                $0.session.tls.clientCertificate = .init(
                    certificate: .file(files.clientCertificateFile),
                    privateKey: .file(files.clientKeyFile)
                )
            }
            #expect(try await client.chat("hi").finishReason == .stop)
            #expect(try await client.stream("hi").collect().finishReason == .stop)
            #expect(simulated.counts(.gigachat).connectionsAccepted == 1)
        }
    }
}
