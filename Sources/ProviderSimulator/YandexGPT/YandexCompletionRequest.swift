/// A native completion request, as far as the answer depends on it.
struct YandexCompletionRequest: Sendable {
    var modelURI: String?
    var prompt: String
    var context: [String]
    var isStream: Bool
    var maxTokens: Int?
    var tools: [ToolSpecification]
    var choice: ToolChoice
    var isAnsweringResult: Bool
    var schema: JSON?
    var wantsJSONObject: Bool

    init(_ json: JSON) throws(YandexError) {
        guard let messages = json["messages"]?.array, !messages.isEmpty else {
            throw YandexError(400, "Error in session internal_id: empty message list")
        }
        let options = json["completionOptions"]
        if let temperature = options?["temperature"]?.double, !(0...1).contains(temperature) {
            throw YandexError(400, "Invalid temperature value")
        }
        modelURI = json["modelUri"]?.string
        let texts = messages.map(Self.text)
        let isResult = { (message: JSON) in message["toolResultList"] != nil }
        let promptIndex =
            messages.lastIndex { $0["role"] == "user" && !isResult($0) } ?? messages.endIndex - 1
        prompt = texts[promptIndex]
        context = texts.enumerated().filter { $0.offset != promptIndex }.map(\.element)
        isStream = options?["stream"]?.bool ?? false
        // 64-bit integers are strings in protobuf's JSON; a number is taken as well.
        maxTokens = options?["maxTokens"]?.integer ?? options?["maxTokens"]?.string.flatMap { Int($0) }
        tools = (json["tools"]?.array ?? []).compactMap { tool in
            tool["function"]?["name"]?.string.map {
                ToolSpecification(name: $0, parameters: tool["function"]?["parameters"])
            }
        }
        choice = Self.choice(json["toolChoice"])
        isAnsweringResult = messages.last.map(isResult) ?? false
        schema = json["jsonSchema"]?["schema"]
        wantsJSONObject = json["jsonObject"]?.bool ?? false
    }

    private static func text(_ message: JSON) -> String {
        if let text = message["text"]?.string { return text }
        return (message["toolResultList"]?["toolResults"]?.array ?? [])
            .compactMap { $0["functionResult"]?["content"]?.string }
            .joined(separator: "\n")
    }

    private static func choice(_ json: JSON?) -> ToolChoice {
        if let name = json?["functionName"]?.string { return .named(name) }
        switch json?["mode"]?.string {
        case "NONE": return .none
        case "REQUIRED": return .required
        default: return .automatic
        }
    }
}

/// A native completion: one message, or the messages of a stream.
struct YandexCompletion: Sendable {
    static let modelVersion = "23.10.2024"

    let answer: AnswerScript
    let calls: [ToolCall]
    let isTruncated: Bool

    init(_ request: YandexCompletionRequest, answer: SimulatorAnswer) {
        calls = ToolCall.calls(
            for: request.prompt,
            tools: request.tools,
            choice: request.choice,
            isAnsweringResult: request.isAnsweringResult
        )
        var script = AnswerScript(answer, prompt: request.prompt, context: request.context)
        if request.schema != nil || request.wantsJSONObject {
            let value = request.schema.map { SchemaSampler(prompt: request.prompt).sample($0) }
            script = AnswerScript(
                text: (value ?? ["answer": .string(request.prompt)]).text,
                prompt: request.prompt,
                context: request.context,
                answer: answer
            )
        }
        isTruncated = request.maxTokens.map { $0 > 0 && $0 < script.completionTokens } ?? false
        if isTruncated, let limit = request.maxTokens {
            script.chunks = Self.shortened(script.chunks, tokens: limit)
            script.text = script.chunks.joined()
            script.completionTokens = limit
        }
        self.answer = script
    }

    /// The chunks up to the first that brings the count of tokens to the limit.
    private static func shortened(_ chunks: [String], tokens: Int) -> [String] {
        var kept: [String] = []
        for chunk in chunks {
            kept.append(chunk)
            if TokenCounter.count(kept.joined()) >= tokens { break }
        }
        return kept
    }

    /// The finished message.
    var final: JSON {
        guard calls.isEmpty else {
            let list = calls.map { call -> JSON in
                ["functionCall": ["name": .string(call.name), "arguments": call.arguments]]
            }
            return message(["toolCallList": ["toolCalls": .array(list)]], status: "TOOL_CALLS", tokens: 14)
        }
        let status = isTruncated ? "TRUNCATED_FINAL" : "FINAL"
        return message(["text": .string(answer.text)], status: status, tokens: answer.completionTokens)
    }

    /// The messages of a stream: each has all of the text so far.
    func messages(revising: Bool) -> [JSON] {
        guard calls.isEmpty else { return [final] }
        var messages: [JSON] = []
        var text = ""
        for (index, chunk) in answer.chunks.dropLast().enumerated() {
            text += chunk
            // The model takes back what it said once, half way through.
            let isRevised = revising && index == max(0, answer.chunks.count / 2 - 1)
            let shown = isRevised ? String(text.reversed()) : text
            messages.append(message(["text": .string(shown)], status: "PARTIAL", tokens: TokenCounter.count(text)))
        }
        return messages + [final]
    }

    private func message(_ content: JSON, status: String, tokens: Int) -> JSON {
        let message: JSON = .object([JSON.Member(name: "role", value: "assistant")] + (content.members ?? []))
        return [
            "alternatives": [["message": message, "status": .string("ALTERNATIVE_STATUS_" + status)]],
            "usage": [
                "inputTextTokens": .string(String(answer.promptTokens)),
                "completionTokens": .string(String(tokens)),
                "totalTokens": .string(String(answer.promptTokens + tokens)),
                "completionTokensDetails": ["reasoningTokens": "0"],
            ],
            "modelVersion": .string(Self.modelVersion),
        ]
    }
}
