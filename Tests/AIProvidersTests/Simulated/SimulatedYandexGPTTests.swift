import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(2)))
struct SimulatedYandexGPTTests {
    @Test(
        arguments: [SimulatorConfiguration.YandexGPT.Framing.lines, .concatenated, .split, .together],
        [true, false]
    )
    func `objects may be framed in any way, with the wrapper and without`(
        framing: SimulatorConfiguration.YandexGPT.Framing,
        wraps: Bool
    ) async throws {
        let change = { (configuration: inout SimulatorConfiguration) in
            configuration.yandexgpt.framing = framing
            configuration.yandexgpt.wrapsResult = wraps
        }
        try await Simulated.run(change) { simulated in
            let client = try simulated.yandexGPT()
            let text = try await client.chat("hi").text
            #expect(try await client.stream("hi").collect().text == text)
        }
    }

    @Test func `a revised text replaces the one before`() async throws {
        try await Simulated.run({ $0.yandexgpt.revisesText = true }) { simulated in
            let client = try simulated.yandexGPT()
            let text = try await client.chat("hi").text
            var accumulator = ChatAccumulator()
            var replacements = 0
            for try await delta in client.stream("hi") {
                accumulator.add(delta)
                if case .replace = delta { replacements += 1 }
            }
            #expect(accumulator.response.text == text)
            #expect(replacements > 0)
        }
    }

    @Test func `IAM tokens are exchanged once, and renewed when they end`() async throws {
        try await Simulated.run { simulated in
            for credentials in [
                YandexGPTConfiguration.Credentials.oauthToken("y0_token"),
                .serviceAccount { "header.claims.signature" },
            ] {
                let client = try simulated.yandexGPT(credentials)
                let before = simulated.counts(.yandexgpt).tokensIssued
                try await withThrowingTaskGroup { group in
                    for _ in 0..<20 { group.addTask { _ = try await client.chat("hi") } }
                    try await group.waitForAll()
                }
                #expect(simulated.counts(.yandexgpt).tokensIssued == before + 1)
                simulated.simulator.expireTokens()
                _ = try await client.chat("hi")
                #expect(simulated.counts(.yandexgpt).tokensIssued == before + 2)
            }
        }
    }

    @Test func `an asynchronous completion gives the answer of a synchronous one`() async throws {
        try await Simulated.run({ $0.yandexgpt.operationPolls = 3 }) { simulated in
            let client = try simulated.yandexGPT()
            let operation = try await client.startChat(ChatRequest("hi"))
            #expect(!operation.isDone)
            let answer = try await operation.wait(pollInterval: .milliseconds(5))
            #expect(answer.text == (try await client.chat("hi")).text)
        }
    }

    @Test func `an asynchronous completion that fails says why`() async throws {
        try await Simulated.run({ $0.yandexgpt.operationFailure = "the model has crashed" }) { simulated in
            let operation = try await simulated.yandexGPT().startChat(ChatRequest("hi"))
            let error = await #expect(throws: ProviderError.self) {
                try await operation.wait(pollInterval: .milliseconds(5))
            }
            #expect(error?.code == .operationFailed)
            #expect(error?.message.contains("crashed") == true)
        }
    }

    @Test func `a folder that is not the credential's is refused`() async throws {
        try await Simulated.run({ $0.yandexgpt.folder = "b1gother" }) { simulated in
            let client = try simulated.yandexGPT()
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .invalidRequest || error?.code == .forbidden)
            #expect(error?.message.contains("older") == true)
        }
    }

    @Test func `a function is called, and its result answered`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.yandexGPT()
            var request = ChatRequest("call something with 5, 4, 1")
            request.tools = [ToolDefinition(name: "something", parameters: Self.numbers)]
            let asked = try await client.chat(request)
            #expect(asked.toolCalls.first?.arguments == ["numbers": [5, 4, 1]])
            #expect(try await client.stream(request).collect().toolCalls == asked.toolCalls)
            request.messages += [asked.message, .tool("+20", for: try #require(asked.toolCalls.first))]
            #expect(try await client.chat(request).finishReason == .stop)
        }
    }

    private static let numbers: JSONValue = [
        "type": "object", "properties": ["numbers": ["type": "array", "items": ["type": "integer"]]],
    ]

    @Test(arguments: ["yandexgpt/latest", "qwen3-235b-a22b-fp8/latest", "gemma-3-27b-it/latest"])
    func `every family of the OpenAI-compatible interface calls functions`(model: String) async throws {
        try await Simulated.run { simulated in
            let client = try simulated.yandexOpenAI(model: model)
            var request = ChatRequest("call something with 5, 4, 1")
            request.tools = [ToolDefinition(name: "something", parameters: Self.numbers)]
            let asked = try await client.stream(request).collect()
            #expect(asked.toolCalls.map(\.name) == ["something"])
            #expect(asked.toolCalls.first?.arguments == ["numbers": [5, 4, 1]])
            #expect(asked.finishReason == .toolCalls)
            request.messages += [asked.message, .tool("+20", for: try #require(asked.toolCalls.first))]
            #expect(try await client.chat(request).finishReason == .stop)
            #expect(try await client.stream("hi").collect().text == (try await client.chat("hi")).text)
        }
    }

    @Test func `tokens, vectors and models`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.yandexGPT()
            #expect(try await client.tokenize("привет мир").isEmpty == false)
            #expect(try await client.tokenize(ChatRequest("привет")).isEmpty == false)
            #expect(try await client.embedding("привет").vector.isEmpty == false)
            let compatible = try simulated.yandexOpenAI()
            #expect(try await compatible.models().isEmpty == false)
            #expect(try await compatible.embeddings(["привет"]).count == 1)
        }
    }
}
