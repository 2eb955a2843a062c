import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(2)))
struct SimulatedOpenAITests {
    @Test(arguments: [SimulatorConfiguration.OpenAI.Dialect.openAI, .deepSeek, .ollama])
    func `every dialect chats, streams, thinks and calls functions`(
        dialect: SimulatorConfiguration.OpenAI.Dialect
    ) async throws {
        let change = { (configuration: inout SimulatorConfiguration) in
            configuration.openai.dialect = dialect
            configuration.openai.keepAliveLines = 3
            configuration.openai.keepAliveInterval = .milliseconds(1)
            configuration.openai.answer = SimulatorAnswer(reasoning: "думаю")
        }
        try await Simulated.run(change) { simulated in
            let client = try simulated.openAI()
            let chat = try await client.chat("hi")
            let stream = try await client.stream("hi").collect()
            #expect(stream.text == chat.text)
            #expect(stream.reasoning == chat.reasoning)
            #expect(stream.usage?.totalTokens == chat.usage?.totalTokens)
            var request = ChatRequest("call sum with 5, 4, 1 and call product with 2")
            request.tools = ["sum", "product"].map { name in
                ToolDefinition(
                    name: name,
                    parameters: [
                        "type": "object",
                        "properties": ["numbers": ["type": "array", "items": ["type": "integer"]]],
                    ]
                )
            }
            let asked = try await client.stream(request).collect()
            #expect(asked.toolCalls.map(\.name) == ["sum", "product"])
            #expect(asked.toolCalls.allSatisfy { $0.arguments == ["numbers": [5, 4, 1, 2]] })
            request.messages.append(asked.message)
            for call in asked.toolCalls { request.messages.append(.tool("1", for: call)) }
            #expect(try await client.chat(request).finishReason == .stop)
        }
    }

    @Test func `usage that nobody asked for is kept`() async throws {
        try await Simulated.run({ $0.openai.alwaysIncludesUsage = true }) { simulated in
            let client = try simulated.openAI { $0.includesUsage = false }
            #expect(try await client.stream("hi").collect().usage != nil)
        }
    }

    @Test func `a key that is not let in is unauthorized`() async throws {
        try await Simulated.run({ $0.openai.apiKeys = ["another"] }) { simulated in
            let error = await #expect(throws: ProviderError.self) { try await simulated.openAI().chat("hi") }
            #expect(error?.code == .unauthorized)
        }
    }

    @Test func `models and embeddings`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.openAI { $0.embeddingModel = "text-embedding-3-small" }
            #expect(try await client.models().map(\.id).contains("gpt-4o-mini"))
            #expect(try await client.embeddings(["a", "b"]).map(\.index) == [0, 1])
        }
    }
}
