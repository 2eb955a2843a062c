/// A version 2 chat request, as far as the answer depends on it.
struct GigaChatChat2Request: Sendable {
    var model: String
    var prompt: String
    var context: [String]
    var isStream: Bool
    var functions: [ToolSpecification]
    var builtInTools: [String]
    var choice: ToolChoice
    var isAnsweringResult: Bool
    var schema: JSON?

    init(_ json: JSON, resultRole: SimulatorConfiguration.GigaChat.ToolResultRole) throws(GigaChatError) {
        guard let model = json["model"]?.string else { throw .invalid("model is required") }
        guard let messages = json["messages"]?.array, !messages.isEmpty else { throw .invalid("messages is empty") }
        try Self.check(messages, resultRole)
        self.model = model
        let texts = messages.map(Self.text)
        let promptIndex = messages.lastIndex { $0["role"] == "user" } ?? messages.endIndex - 1
        prompt = texts[promptIndex]
        context = texts.enumerated().filter { $0.offset != promptIndex }.map(\.element)
        isStream = json["stream"]?.bool ?? false
        let tools = json["tools"]?.array ?? []
        functions = try Self.functions(tools)
        builtInTools = try Self.builtInTools(tools)
        switch json["tool_config"]?["mode"]?.string {
        case "none": choice = .none
        case "forced": choice = (json["tool_config"]?["function_name"]?.string).map(ToolChoice.named) ?? .required
        default: choice = .automatic
        }
        isAnsweringResult = messages.last.map { $0["role"] == "tool" || $0["role"] == "function" } ?? false
        schema = try Self.schema(json["model_options"]?["response_format"])
    }

    private static func check(
        _ messages: [JSON],
        _ resultRole: SimulatorConfiguration.GigaChat.ToolResultRole
    ) throws(GigaChatError) {
        for (index, message) in messages.enumerated() {
            guard let role = message["role"]?.string, message["content"]?.array != nil else {
                throw GigaChatError(400, "messages[\(index)] needs a role and an array of content parts")
            }
            if role == "system", index > 0 { throw .invalid("system message must be the first message") }
            let isRefused =
                switch role {
                case "system", "user", "assistant": false
                case "tool": resultRole == .function
                case "function": resultRole == .tool
                default: true
                }
            if isRefused { throw GigaChatError(400, "messages[\(index)] has the unknown role '\(role)'") }
        }
    }

    private static func text(_ message: JSON) -> String {
        (message["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }

    private static func functions(_ tools: [JSON]) throws(GigaChatError) -> [ToolSpecification] {
        var functions: [ToolSpecification] = []
        for function in tools.flatMap({ $0["functions"]?["specifications"]?.array ?? [] }) {
            let name = function["name"]?.string ?? ""
            let rest = name.dropFirst().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
            guard let first = name.first, first.isASCII, first.isLetter, rest else {
                throw GigaChatError(
                    422,
                    "Invalid function names. Only Latin letters, digits, '_', '.' and '-' are allowed"
                )
            }
            functions.append(ToolSpecification(name: name, parameters: function["parameters"]))
        }
        return functions
    }

    private static let knownTools: Set<String> = [
        "functions", "web_search", "code_interpreter", "image_generate", "url_content_extraction", "model_3d_generate",
    ]

    private static func builtInTools(_ tools: [JSON]) throws(GigaChatError) -> [String] {
        let names = tools.flatMap { $0.members?.map(\.name) ?? [] }
        if let unknown = names.first(where: { !knownTools.contains($0) }) {
            throw GigaChatError(404, "Unknown tool \(unknown)")
        }
        return names.filter { $0 != "functions" }
    }

    private static func schema(_ format: JSON?) throws(GigaChatError) -> JSON? {
        switch format?["type"]?.string {
        case nil, "text", "regex": return nil
        case "json_schema":
            guard let schema = format?["schema"], schema.members?.isEmpty == false else {
                throw GigaChatError(400, "Empty schema with json format type is not supported")
            }
            return schema
        case let other?: throw GigaChatError(400, "Unknown type \"\(other)\" in response_format")
        }
    }
}

extension GigaChatService {
    /// `POST /api/v2/chat/completions`.
    func chat2(_ request: HTTPRequest, account: GigaChatTokens.Account) throws(GigaChatError) -> Reply {
        let chat = try GigaChatChat2Request(try object(request), resultRole: options.toolResultRole)
        try requireModel(chat.model, type: "chat")
        let done = try admit(account)
        let script = script(chat.prompt, chat.context, schema: chat.schema)
        let completion = GigaChatCompletion2(
            model: chat.model + ":32.3.18.5",
            answer: script,
            calls: ToolCall.calls(
                for: chat.prompt,
                tools: chat.functions,
                choice: chat.choice,
                isAnsweringResult: chat.isAnsweringResult
            ),
            toolsRun: chat.isAnsweringResult ? [] : chat.builtInTools,
            cachedTokens: cachedTokens(request, prompt: script.promptTokens),
            stateID: identifiers.uuid()
        )
        var reply: Reply =
            chat.isStream
            ? .events(StreamScript(units: completion.units, failure: completion.failure))
            : .json(completion.whole, contentType: Self.contentType)
        reply.onComplete = done
        return reply
    }
}

/// A version 2 chat completion: whole or as a stream of named events without an end marker.
struct GigaChatCompletion2: Sendable {
    let model: String
    let answer: AnswerScript
    let calls: [ToolCall]
    /// Built-in tools that the server runs before it answers.
    let toolsRun: [String]
    let cachedTokens: Int
    let stateID: String
    private let created = Int(SystemClock.wall / 1_000_000_000)

    init(
        model: String,
        answer: AnswerScript,
        calls: [ToolCall],
        toolsRun: [String],
        cachedTokens: Int,
        stateID: String
    ) {
        self.model = model
        self.answer = answer
        self.calls = calls
        self.toolsRun = toolsRun
        self.cachedTokens = cachedTokens
        self.stateID = stateID
    }

    private var finishReason: JSON {
        calls.isEmpty ? "stop" : "function_call"
    }

    private static func usage(input: Int, cached: Int, output: Int) -> JSON {
        [
            "input_tokens": .integer(input),
            "input_tokens_details": ["prompt_tokens": .integer(input - cached), "cached_tokens": .integer(cached)],
            "output_tokens": .integer(output),
            "total_tokens": .integer(input + output),
        ]
    }

    private var usage: JSON {
        Self.usage(input: answer.promptTokens, cached: cachedTokens, output: answer.completionTokens)
    }

    private var envelope: JSON {
        ["model": .string(model), "created_at": .integer(created)]
    }

    private var callMessage: JSON {
        let parts = calls.map { call -> JSON in
            ["function_call": ["name": .string(call.name), "arguments": call.arguments]]
        }
        return ["role": "assistant", "tool_state_id": .string(stateID), "content": .array(parts)]
    }

    private func toolMessage(_ name: String, secondsLeft: Int?) -> JSON {
        let execution = (["name": .string(name)] as JSON)
            .adding("status", secondsLeft == nil ? .string("success") : nil)
            .adding("seconds_left", secondsLeft.map(JSON.integer))
        let part: JSON = ["tool_execution": execution]
        return ["role": "assistant", "tool_state_id": .string(stateID), "content": [part]]
    }

    /// The answer as one object.
    var whole: JSON {
        var messages = toolsRun.map { toolMessage($0, secondsLeft: nil) }
        messages.append(
            calls.isEmpty ? ["role": "assistant", "content": [["text": .string(answer.text)]]] : callMessage
        )
        return envelope.adding("messages", .array(messages)).adding("finish_reason", finishReason)
            .adding("usage", usage)
    }

    /// The answer as a stream's units.
    var units: [StreamScript.Unit] {
        func unit(_ event: String, _ message: JSON) -> StreamScript.Unit {
            .data(envelope.adding("messages", [message]).text, event: "response.\(event)")
        }
        var units: [StreamScript.Unit] = []
        for tool in toolsRun {
            units.append(unit("tool.in_progress", toolMessage(tool, secondsLeft: 1)))
            units.append(unit("tool.completed", toolMessage(tool, secondsLeft: nil)))
        }
        if calls.isEmpty {
            units += answer.chunks.map {
                unit("message.delta", ["role": "assistant", "content": [["text": .string($0)]]])
            }
        } else {
            units.append(unit("message.delta", callMessage))
        }
        let done = envelope.adding("finish_reason", finishReason).adding("usage", usage)
        return units + [.data(done.text, event: "response.message.done")]
    }

    /// How a failure inside the stream looks: the last event, with the reason `error` and no usage.
    var failure: @Sendable (String) -> [StreamScript.Unit] {
        let done = envelope.adding("finish_reason", "error")
            .adding("usage", Self.usage(input: 0, cached: 0, output: 0))
        return { _ in [.data(done.text, event: "response.message.done")] }
    }
}
