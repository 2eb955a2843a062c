import Testing

@testable import AIProviders

struct YandexGPTRequestTests {
    private let encoder = YandexGPTEncoder(folderID: "b1g", defaultModel: "yandexgpt/latest")

    @Test func `the minimal body`() throws {
        #expect(
            try encoder.completion(ChatRequest("hi"), stream: false) == [
                "modelUri": "gpt://b1g/yandexgpt/latest", "completionOptions": ["stream": false],
                "messages": [["role": "user", "text": "hi"]],
            ]
        )
    }

    @Test func `every setting has its place, and the token limit is a string`() throws {
        var request = ChatRequest("hi")
        request.temperature = 0.2
        request.maxTokens = 1_024
        request.reasoningEffort = "high"
        request.tools = [ToolDefinition(name: "sum", parameters: ["type": "object"])]
        request.toolChoice = .required
        request.responseFormat = .jsonSchema(schema: ["type": "object"])
        let body = try encoder.completion(request, stream: true)
        #expect(
            body["completionOptions"] == [
                "stream": true, "temperature": 0.2, "maxTokens": "1024",
                "reasoningOptions": ["mode": "ENABLED_HIDDEN"],
            ]
        )
        #expect(body["toolChoice"] == ["mode": "REQUIRED"])
        #expect(body["jsonSchema"] == ["schema": ["type": "object"]])
        #expect(body["tools"]?[0]?["function"]?["name"] == "sum")
    }

    @Test func `results that follow each other are one list from the user`() throws {
        let call = ToolCall(name: "sum", arguments: ["a": 1])
        let messages = YandexGPTEncoder.messages([
            .assistant("", toolCalls: [call, call]), .tool("1", for: call), .tool("2", for: call), .user("so?"),
        ])
        let one: JSONValue = ["functionCall": ["name": "sum", "arguments": ["a": 1]]]
        #expect(
            messages == [
                ["role": "assistant", "toolCallList": ["toolCalls": [one, one]]],
                [
                    "role": "user",
                    "toolResultList": [
                        "toolResults": [
                            ["functionResult": ["name": "sum", "content": "1"]],
                            ["functionResult": ["name": "sum", "content": "2"]],
                        ]
                    ],
                ],
                ["role": "user", "text": "so?"],
            ]
        )
    }

    @Test(arguments: [
        ("yandexgpt", "gpt://b1g/yandexgpt/latest"), ("yandexgpt/rc", "gpt://b1g/yandexgpt/rc"),
        ("gpt://x/y/z", "gpt://x/y/z"), ("ds://tuned", "ds://tuned"), ("llama@suffix", "gpt://b1g/llama@suffix"),
    ])
    func `model URIs`(model: String, uri: String) throws {
        #expect(try encoder.modelURI(model) == uri)
    }

    @Test func `a missing folder is named`() {
        let error = #expect(throws: ProviderError.self) {
            try YandexGPTEncoder(folderID: "", defaultModel: "yandexgpt").modelURI(nil)
        }
        #expect(error?.message.contains("YC_FOLDER_ID") == true)
    }

    @Test(arguments: [
        ("t1.9euelZq", YandexCredentialForm.iamToken("t1.9euelZq")),
        (" y0_AgAAAA ", .oauthToken("y0_AgAAAA")), ("y3_x", .oauthToken("y3_x")), ("y4_x", .apiKey("y4_x")),
        ("AQVNabc", .apiKey("AQVNabc")), ("t1", .apiKey("t1")), ("ta.x", .apiKey("ta.x")),
    ])
    func `a bare credential is told by its form`(text: String, form: YandexCredentialForm) {
        #expect(YandexCredentialForm(of: text) == form)
    }
}
