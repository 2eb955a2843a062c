import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

/// Answers that services were seen to give, beside those of `Fixtures/providers`.
@Suite(.timeLimit(.minutes(1)))
struct OpenAIOddAnswersTests {
    private func chat(_ body: String, type: String = "application/json", status: Int = 200) async throws -> ChatResponse
    {
        let reply = LoopbackReply.text(body, status: status, headers: ["Content-Type: \(type)"])
        return try await Provided.run({ _ in reply }) { try await $0.openAI().chat("hi") }
    }

    private func stream(_ body: String, type: String = "text/event-stream") async throws -> ChatResponse {
        let reply = LoopbackReply.text(body, headers: ["Content-Type: \(type)"])
        return try await Provided.run({ _ in reply }) { try await $0.openAI().stream("hi").collect() }
    }

    private func choice(_ rest: String, _ more: String = "") -> String { #"{"choices":[{\#(rest)}]\#(more)}"# }

    @Test func `forms of a choice`() async throws {
        let answers = [
            choice(#""index":1,"message":{"content":"x"},"finish_reason":"stop""#),
            choice(#""text":"x","finish_reason":"stop""#),
            #"{"choices":{"message":{"content":"x"}}}"#, #"{"choices":[null,{"message":{"content":"x"}}]}"#,
            choice(#""message":{"content":"x"},"finish_reason":{"type":"stop"}"#),
            choice(#""message":{"content":[{"type":"text","text":"x"}]}"#), choice(#""delta":{"content":"x"}"#),
            choice(#""message":{"content":"x"}"#, #","model":5,"error":{}"#),
            choice(#""message":{"content":"x"}"#, #","error":"""#),
            choice(#""message":{"content":"x"}"#, #","error":false,"usage":"""#),
            ": PROCESSING\n\n" + choice(#""message":{"content":"x"}"#),
            choice(#""message":{"content":"x"}"#) + "\n: keep-alive\n",
        ]
        for answer in answers {
            #expect(try await chat(answer).text == "x", "\(answer)")
        }
    }

    @Test(arguments: [
        "data: [DONE]\n\n", "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\ndata: [DONE]\n\n",
        "error: {\"code\":500,\"message\":\"no\"}\n\ndata: [DONE]\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n",
        "data: {\"choices\":[{\"delta\":{},\"error\":{\"message\":\"no\"}}]}\n\n",
        "data: {\"error\":\"no\"}\n\ndata: [DONE]\n\n",
        "data: {\"base_resp\":{\"status_code\":1002,\"status_msg\":\"no\"}}\n\n",
        "{\"detail\":\"no\"}", "[{\"error\":{\"code\":429,\"message\":\"no\"}}]\n", "data: Internal Server Error\n\n",
    ])
    func `an error is never an empty answer`(body: String) async throws {
        await #expect(throws: ProviderError.self) { try await stream(body) }
    }

    // Copilot with Claude: the text in one choice, the calls in the next, both without an index
    @Test func `an answer in two choices is one answer`() async throws {
        let text = #"{"message":{"content":"x"},"finish_reason":"tool_calls"}"#
        let call = #"{"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}}"#
        let whole = try await chat(#"{"choices":[\#(text),\#(call)]}"#)
        let streamed = try await stream("data: {\"choices\":[\(text),\(call)]}\n\n")
        for answer in [whole, streamed] {
            #expect(answer.text == "x")
            #expect(answer.toolCalls.map(\.name) == ["f"])
            #expect(answer.finishReason == .toolCalls)
        }
    }

    @Test func `the word null is no reason to stop`() async throws {
        let body = "data: " + choice(#""delta":{"content":"x"},"finish_reason":"null""#) + "\n\n"
        let error = await #expect(throws: ProviderError.self) { try await stream(body) }
        #expect(error?.code == .streamTruncated)
    }

    @Test func `a proxy that wants credentials is no passing fault`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await chat("", type: "text/html", status: 407) }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test func `words in place of an event are told when the stream is not finished`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await stream("data: Internal Server Error\n\n") }
        #expect(error?.code == .streamTruncated)
        #expect(error?.message.contains("Internal Server Error") == true)
    }

    @Test(arguments: [
        (#"{"error":{"message":"m","type":"overloaded_error"}}"#, ProviderError.Code.serverError, true),
        (#"{"error":{"message":"m","type":"rate_limit_error"}}"#, .rateLimited, true),
        (#"{"error":{"message":"m","type":"server_error"}}"#, .serverError, true),
        (#"{"error":{"message":"m","code":"502"}}"#, .serverError, true),
        (#"{"error":{"message":"m","status_code":400}}"#, .invalidRequest, false),
        (#"{"error":{"message":"m","status":"RESOURCE_EXHAUSTED"}}"#, .rateLimited, true),
        (#"{"error":{"message":"m","type":"exceed_context_size_error","code":400}}"#, .requestTooLarge, false),
        (#"{"code":"502","msg":"m"}"#, .serverError, true),
    ])
    func `the kind of an error inside of a stream`(error: String, code: ProviderError.Code, isRetryable: Bool)
        async throws
    {
        let thrown = await #expect(throws: ProviderError.self) { try await stream("data: \(error)\n\n") }
        #expect(thrown?.code == code)
        #expect(thrown?.isRetryable == isRetryable)
        #expect(thrown?.message.contains("m") == true)
    }

    @Test func `models in every shape that is met`() async throws {
        let shapes = [
            #"{"data":[{"id":"m"}]}"#, #"[{"id":"m"}]"#, #"{"models":[{"name":"m"}]}"#,
            #"{"data":null,"models":[{"model":"m"}]}"#,
        ]
        for shape in shapes {
            let reply = LoopbackReply.text(shape, headers: ["Content-Type: application/json"])
            let models = try await Provided.run({ _ in reply }) { try await $0.openAI().models() }
            #expect(models.map(\.id) == ["m"], "\(shape)")
        }
    }

    @Test func `reasoning of a stream goes back in its own fields with a call of a tool`() async throws {
        let call = #"{"index":0,"id":"c","function":{"name":"f","arguments":""},"extra_content":{"g":1}}"#
        let answer = try await stream(
            [
                choice(#""delta":{"reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a"}]}"#),
                choice(#""delta":{"reasoning":"b","reasoning_details":[{"type":"reasoning.text","text":"b"}]}"#),
                choice(#""delta":{"tool_calls":[\#(call)]},"finish_reason":"tool_calls""#), "[DONE]",
            ].map { "data: \($0)\n\n" }.joined()
        )
        #expect(answer.reasoning == "ab")
        let encoder = OpenAIRequestEncoder(configuration: .init(baseURL: "http://localhost/v1", model: "m"))
        let message = encoder.messages([answer.message])[0]
        #expect(message["reasoning"] == "ab")
        #expect(message["reasoning_details"]?.array?.count == 2)
        #expect(message["tool_calls"]?[0]?["extra_content"] == ["g": 1])
        #expect(message["tool_calls"]?[0]?["function"]?["arguments"] == "{}")
        var plain = answer.message
        plain.toolCalls = []
        #expect(encoder.messages([plain])[0]["reasoning"] == nil)
    }

    @Test func `calls without ids and their results get ids that fit, in their order`() {
        let calls = ["f", "g", "f"].map { ToolCall(name: $0, argumentsText: "{}") }
        let results = [calls[1], calls[0], calls[2]].map { ChatMessage.tool("1", for: $0) }
        let encoder = OpenAIRequestEncoder(configuration: .init(baseURL: "http://localhost/v1", model: "m"))
        let messages = encoder.messages([.assistant("", toolCalls: calls)] + results)
        let ids = (0..<3).map { messages[0]["tool_calls"]?[$0]?["id"]?.string }
        #expect(Set(ids).count == 3)
        #expect((1...3).map { messages[$0]["tool_call_id"]?.string } == [ids[1], ids[0], ids[2]])
    }
}
