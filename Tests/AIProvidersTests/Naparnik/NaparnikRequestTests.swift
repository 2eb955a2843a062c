import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

struct NaparnikRequestTests {
    private var configuration = NaparnikConfiguration(token: "token-0123")
    private var encoder: NaparnikEncoder { NaparnikEncoder(configuration: configuration) }

    @Test func `a question is an object in an object`() throws {
        let plan = try encoder.plan(ChatRequest("Вопрос"))
        #expect(plan.state == nil)
        #expect(
            JSONValue.object(plan.body) == [
                "role": "user", "content": ["content": ["instruction": "Вопрос"], "tools": []],
            ]
        )
    }

    @Test func `an answer that is sent back goes on with its conversation`() throws {
        var answer = ChatResponse()
        answer.text = "да"
        answer.stateID = "conv-1/a-1"
        let plan = try encoder.plan(ChatRequest(messages: [.user("1"), answer.message, .user("2")]))
        #expect(plan.state == NaparnikState(conversation: "conv-1", parent: "a-1"))
        #expect(plan.body["content"]?["content"]?["instruction"] == "2")
    }

    @Test func `results of own tools answer every call of the message`() throws {
        let calls = ["own", "mcp__server", "other"].map { ToolCall(id: "id-\($0)", name: $0, arguments: [:]) }
        var asked = ChatMessage.assistant("", toolCalls: calls)
        asked.stateID = "conv-1/a-1"
        let plan = try encoder.plan(ChatRequest(messages: [.user("1"), asked, .tool("42", for: calls[0])]))
        #expect(
            plan.body["content"] == [
                ["tool_call_id": "id-own", "status": "rejected", "content": "42"],
                ["tool_call_id": "id-mcp__server", "status": "accepted", "content": nil],
                [
                    "tool_call_id": "id-other", "status": "rejected",
                    "content": "The tool other is not available here.",
                ],
            ]
        )
        #expect(plan.body["role"] == "tool")
    }

    @Test func `a history that the server does not know becomes one text`() {
        let text = NaparnikEncoder.transcript([.system("Кратко."), .user("1"), .assistant("2"), .user("3")])
        #expect(text == "Кратко.\n\nuser:\n1\n\nassistant:\n2\n\nuser:\n3")
        #expect(NaparnikEncoder.transcript([.system("Кратко."), .user("1")]) == "Кратко.\n\n1")
    }

    @Test mutating func `too long and empty messages are refused before they are sent`() {
        configuration.maxInputLength = 5
        let long = #expect(throws: ProviderError.self) { try encoder.plan(ChatRequest("123456")) }
        #expect(long?.code == .requestTooLarge)
        let empty = #expect(throws: ProviderError.self) { try encoder.plan(ChatRequest("")) }
        #expect(empty?.code == .invalidRequest)
    }

    @Test func `what a conversation cannot be told is refused before it is sent`() {
        var request = ChatRequest("hi")
        request.toolChoice = .required
        let choice = #expect(throws: ProviderError.self) { try encoder.plan(request) }
        #expect(choice?.code == .unsupported)
        request.toolChoice = ToolChoice.none
        #expect(throws: Never.self) { try encoder.plan(request) }
        request.responseFormat = .jsonObject
        let format = #expect(throws: ProviderError.self) { try encoder.plan(request) }
        #expect(format?.code == .unsupported)
    }

    @Test func `a call without an id is answered by its name`() {
        let call = ToolCall(name: "f", arguments: [:])
        #expect(NaparnikEncoder.Acknowledgement(call, at: 0, decision: .accept).id == "f")
    }

    @Test(arguments: ["", "tokеn-with-cyrillic-e", "two words", "tab\t"])
    func `a token of anything but printable ASCII is refused at once`(token: String) {
        let error = #expect(throws: ProviderError.self) {
            try NaparnikClient(NaparnikConfiguration(token: Secret(token)))
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("ASCII") == true || error?.message.contains("Cyrillic") == true)
    }

    @Test(arguments: [
        #"{"choices":[{"message":{"role":"assistant","content":"да"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
        #"{"result":{"text":"да"},"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
        #"{"result":{"message":"да","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}}"#,
        #"{"text":"да","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
    ])
    func `all shapes of a completion are read`(body: String) throws {
        let client = try NaparnikClient(NaparnikConfiguration(token: "token-0123", api: .completions))
        let answer = try client.answer(Response(status: 200, headers: [:], body: Array(body.utf8)))
        #expect(answer.text == "да")
        #expect(answer.usage == Usage(promptTokens: 1, completionTokens: 2, totalTokens: 3))
    }

    @Test func `the wait of a rate limit is read from the text`() throws {
        let client = try NaparnikClient(NaparnikConfiguration(token: "token-0123"))
        let body = try Fixture.bytes("naparnik/error-429.json")
        let error = client.channel.failures.failure(Response(status: 429, headers: [:], body: body))
        #expect(error.code == .rateLimited)
        #expect(error.retryAfter == .seconds(123))
        #expect(error.serverCode == "rate_limit_exceeded")
    }
}
