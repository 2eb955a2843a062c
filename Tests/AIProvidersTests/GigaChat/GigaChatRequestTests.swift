import Testing

@testable import AIProviders

struct GigaChatRequestTests {
    private let configuration = GigaChatConfiguration(credentials: .accessToken("t"))

    private func v1(_ request: ChatRequest, stream: Bool = false) throws -> JSONValue {
        try GigaChatV1Encoder(configuration: configuration).chat(request, stream: stream)
    }

    private func v2(_ request: ChatRequest, stream: Bool = false) throws -> JSONValue {
        try GigaChatV2Encoder(configuration: configuration).chat(request, stream: stream)
    }

    private let call = ToolCall(name: "weather", arguments: ["city": "Тула"])

    @Test func `the minimal v1 body is the official SDK's`() throws {
        #expect(
            try v1(ChatRequest("hi")) == ["model": "GigaChat", "messages": [["role": "user", "content": "hi"]]]
        )
        #expect(try v1(ChatRequest("hi"), stream: true)["stream"] == true)
    }

    @Test func `a v1 call goes back with an object, its state, and a result that is an object`() throws {
        var asked = ChatMessage.assistant("", toolCalls: [call])
        asked.stateID = "s-1"
        let messages = try v1(ChatRequest(messages: [asked, .tool("+20", for: call), .tool(#"{"t":20}"#, for: call)]))
        #expect(
            messages["messages"] == [
                [
                    "role": "assistant", "content": "", "functions_state_id": "s-1",
                    "function_call": ["name": "weather", "arguments": ["city": "Тула"]],
                ],
                ["role": "function", "name": "weather", "content": #"{"result":"+20"}"#],
                ["role": "function", "name": "weather", "content": #"{"t":20}"#],
            ]
        )
    }

    @Test func `the result of a function that is no JSON becomes an object with it`() {
        #expect(GigaChatV1Encoder.objectText("sunny") == #"{"result":"sunny"}"#)
        #expect(GigaChatV1Encoder.objectText("[1]") == #"{"result":[1]}"#)
    }

    @Test func `functions and the choice among them`() throws {
        var request = ChatRequest("hi")
        request.tools = [ToolDefinition(name: "f", description: "d", extra: ["few_shot_examples": []])]
        #expect(try v1(request)["function_call"] == "auto", "the provider's own default is to call none")
        request.toolChoice = .required
        request.responseFormat = .jsonSchema(schema: ["type": "object"], strict: true)
        let body = try v1(request)
        #expect(body["functions"]?[0]?["few_shot_examples"] == [])
        #expect(body["function_call"] == ["name": "f"], "the only function is named")
        #expect(body["response_format"] == ["type": "json_schema", "schema": ["type": "object"], "strict": true])
        request.tools.append(ToolDefinition(name: "g"))
        let error = #expect(throws: ProviderError.self) { try v1(request) }
        #expect(error?.code == .unsupported)
    }

    @Test func `what v1 cannot say is refused before it is sent`() {
        let two = ChatRequest(messages: [.assistant("", toolCalls: [call, call])])
        #expect(throws: ProviderError.self) { try v1(two) }
        let nameless = ChatRequest(messages: [ChatMessage(role: .tool, content: "1")])
        #expect(throws: ProviderError.self) { try v1(nameless) }
        let broken = ToolCall(name: "f", argumentsText: #"{"a":"#)
        #expect(throws: ProviderError.self) { try v1(ChatRequest(messages: [.assistant("", toolCalls: [broken])])) }
    }

    @Test func `v2 messages are made of parts`() throws {
        var asked = ChatMessage.assistant("", toolCalls: [call])
        asked.stateID = "s-2"
        var request = ChatRequest(messages: [.user("hi"), asked, .tool(#"{"t":20}"#, for: call)])
        request.temperature = 0.5
        request.tools = [ToolDefinition(name: "weather")]
        request.toolChoice = .tool("weather")
        let body = try v2(request, stream: true)
        #expect(
            body["messages"] == [
                ["role": "user", "content": [["text": "hi"]]],
                [
                    "role": "assistant", "tools_state_id": "s-2",
                    "content": [["function_call": ["name": "weather", "arguments": ["city": "Тула"]]]],
                ],
                [
                    // The recorded result of a function carries the state of its call.
                    "role": "tool", "tools_state_id": "s-2",
                    "content": [["function_result": ["name": "weather", "result": ["t": 20]]]],
                ],
            ]
        )
        #expect(body["model_options"] == ["temperature": 0.5])
        #expect(body["tool_config"] == ["mode": "forced", "function_name": "weather"])
        #expect(body["tools"]?[0]?["functions"]?["specifications"]?[0]?["name"] == "weather")
    }

    @Test func `v2 has no free JSON format`() {
        var request = ChatRequest("hi")
        request.responseFormat = .jsonObject
        let error = #expect(throws: ProviderError.self) { try v2(request) }
        #expect(error?.code == .unsupported)
    }

    @Test(arguments: [
        ("https://h/api/v1", "https://h/api/v2/chat/completions"), ("https://h/v1/", "https://h/v2/chat/completions"),
        ("https://h/v12", "https://h/v2/chat/completions"), ("https://h/api", "https://h/api/chat/completions"),
        ("https://h:8443", "https://h:8443/chat/completions"), ("https://h/vx", "https://h/vx/chat/completions"),
    ])
    func `the version of the base URL becomes v2`(base: String, url: String) {
        #expect(GigaChatV2Encoder.url(baseURL: base) == url)
    }
}
