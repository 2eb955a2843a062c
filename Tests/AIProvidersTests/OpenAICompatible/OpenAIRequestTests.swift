import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

struct OpenAIRequestTests {
    private func body(
        _ request: ChatRequest,
        stream: Bool = false,
        _ configuration: OpenAICompatibleConfiguration = .init(baseURL: "http://localhost/v1", model: "m-1")
    ) throws -> JSONValue {
        try OpenAIRequestEncoder(configuration: configuration).chat(request, stream: stream)
    }

    @Test func `the minimal body has the model and the messages, and nothing else`() throws {
        #expect(
            try body(ChatRequest("hi")) == [
                "model": "m-1", "messages": [["role": "user", "content": "hi"]], "stream": false,
            ]
        )
    }

    @Test func `every setting has its place`() throws {
        var request = ChatRequest("hi", system: "be brief")
        request.temperature = 0.3
        request.topP = 0.9
        request.maxTokens = 100
        request.tools = [ToolDefinition(name: "sum", description: "adds", parameters: ["type": "object"], strict: true)]
        request.toolChoice = .tool("sum")
        request.responseFormat = .jsonSchema(name: "n", schema: ["type": "object"], strict: true)
        request.extra = ["seed": 7, "model": "other"]
        let body = try body(request, stream: true)
        #expect(
            body == [
                "model": "other", "seed": 7, "stream": true, "stream_options": ["include_usage": true],
                "temperature": 0.3, "top_p": 0.9, "max_tokens": 100,
                "messages": [["role": "system", "content": "be brief"], ["role": "user", "content": "hi"]],
                "tools": [
                    [
                        "type": "function",
                        "function": [
                            "name": "sum", "description": "adds", "parameters": ["type": "object"], "strict": true,
                        ],
                    ]
                ],
                "tool_choice": ["type": "function", "function": ["name": "sum"]],
                "response_format": [
                    "type": "json_schema",
                    "json_schema": ["name": "n", "schema": ["type": "object"], "strict": true],
                ],
            ]
        )
    }

    @Test func `arguments of a call are a string, and its result names the call`() throws {
        let call = ToolCall(id: "c-1", name: "sum", arguments: ["a": 1])
        let request = ChatRequest(messages: [.assistant("", toolCalls: [call]), .tool("2", for: call)])
        #expect(
            try body(request)["messages"] == [
                [
                    "role": "assistant", "content": nil,
                    "tool_calls": [
                        ["id": "c-1", "type": "function", "function": ["name": "sum", "arguments": #"{"a":1}"#]]
                    ],
                ],
                ["role": "tool", "content": "2", "tool_call_id": "c-1"],
            ]
        )
    }

    @Test func `a request without a model says what is missing`() {
        let error = #expect(throws: ProviderError.self) {
            try body(ChatRequest("hi"), OpenAICompatibleConfiguration(baseURL: "http://localhost"))
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test func `presets know their hosts and habits`() {
        #expect(OpenAICompatibleConfiguration.openAI(apiKey: "k").tokenLimitField == .maxCompletionTokens)
        #expect(OpenAICompatibleConfiguration.ollama(model: "m").baseURL == "http://localhost:11434/v1")
        #expect(OpenAICompatibleConfiguration.qwen(apiKey: "k", international: true).baseURL.contains("-intl"))
        let yandex = OpenAICompatibleConfiguration.yandex(folder: "f", apiKey: "k")
        #expect(yandex.model == "gpt://f/yandexgpt/latest")
        #expect(yandex.project == "f")
        #expect(!yandex.includesUsage)
    }

    @Test func `a whole answer, a parts array and an empty content`() throws {
        let client = try OpenAICompatibleClient(.init(baseURL: "http://localhost/v1", model: "m"))
        func answer(_ body: [UInt8]) throws -> ChatResponse {
            try OpenAICompatibleClient.answer(Response(status: 200, headers: [:], body: body), client.channel)
        }
        #expect(try answer(try Fixture.bytes("openai/chat.json")).text == "Five.")
        let blank = Array("\n\n\n".utf8) + (try Fixture.bytes("openai/chat.json"))
        #expect(try answer(blank).text == "Five.", "DeepSeek's blank lines")
        let parts = #"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}"#
        #expect(try answer(Array(parts.utf8)).text == "ab")
        let empty = #"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#
        #expect(try answer(Array(empty.utf8)).text.isEmpty)
        let error = #expect(throws: ProviderError.self) { try answer(Array(#"{"choices":[]}"#.utf8)) }
        #expect(error?.code == .malformedResponse)
        let flat = #expect(throws: ProviderError.self) { try answer(try Fixture.bytes("openai/error-flat.json")) }
        #expect(flat?.code == .notFound)
    }
}
