/// Writes chats in GigaChat's second protocol: messages of parts, tools in groups.
struct GigaChatV2Encoder: Sendable {
    let configuration: GigaChatConfiguration

    /// The body of `POST /v2/chat/completions`.
    func chat(_ request: ChatRequest, stream: Bool) throws(ProviderError) -> JSONValue {
        var body: [String: JSONValue] = ["model": .string(request.model ?? configuration.model)]
        var messages: [JSONValue] = []
        var state: String?
        for message in request.messages {
            // A result has the state of the call's message, as in the provider's own SDK.
            state = message.role == .tool ? state : message.stateID
            messages.append(try self.message(message, state: message.stateID ?? state))
        }
        body["messages"] = .array(messages)
        if stream { body["stream"] = true }
        let options = try options(request)
        if !options.isEmpty { body["model_options"] = .object(options) }
        if let check = configuration.profanityCheck { body["disable_filter"] = .bool(!check) }
        if !configuration.flags.isEmpty { body["flags"] = .array(configuration.flags.map(JSONValue.string)) }
        if !request.tools.isEmpty {
            let specifications = request.tools.map(GigaChatV1Encoder.function)
            body["tools"] = [["functions": ["specifications": .array(specifications)]]]
        }
        if let choice = request.toolChoice { body["tool_config"] = try Self.choice(choice, tools: request.tools) }
        body.merge(request.extra, joining: ["model_options", "tools"])
        return .object(body)
    }

    private func options(_ request: ChatRequest) throws(ProviderError) -> [String: JSONValue] {
        var options: [String: JSONValue] = [:]
        if let temperature = request.temperature { options["temperature"] = .number(temperature) }
        if let topP = request.topP { options["top_p"] = .number(topP) }
        if let maxTokens = request.maxTokens { options["max_tokens"] = .integer(Int64(maxTokens)) }
        if let effort = request.reasoningEffort { options["reasoning"] = ["effort": .string(effort)] }
        switch request.responseFormat {
        case .none: break
        case .jsonObject:
            throw ProviderError(
                .unsupported,
                .gigaChat,
                "GigaChat's v2 protocol has no free JSON format; give a schema."
            )
        case .some(let format): options["response_format"] = GigaChatV1Encoder.format(format)
        }
        return options
    }

    /// A message of parts.
    private func message(_ message: ChatMessage, state: String?) throws(ProviderError) -> JSONValue {
        var fields: [String: JSONValue] = ["role": .string(message.role.rawValue)]
        var parts: [JSONValue] = []
        if message.role == .tool {
            guard let name = message.name else {
                throw ProviderError(
                    .invalidRequest,
                    .gigaChat,
                    "The result of a function needs the function's name: GigaChat has no ids of calls."
                )
            }
            fields["role"] = .string(configuration.functionResultRole)
            let result = JSONValue(parsing: message.content) ?? .string(message.content)
            parts = [["function_result": ["name": .string(name), "result": result]]]
        } else {
            if !message.content.isEmpty || message.toolCalls.isEmpty { parts = [["text": .string(message.content)]] }
            for call in message.toolCalls {
                parts.append(["function_call": try GigaChatV1Encoder.functionCall(call)])
            }
        }
        fields["content"] = .array(parts)
        if let state { fields["tools_state_id"] = .string(state) }
        fields.merge(message.extra) { _, given in given }
        return .object(fields)
    }

    private static func choice(_ choice: ToolChoice, tools: [ToolDefinition]) throws(ProviderError) -> JSONValue {
        switch choice {
        case .auto: return ["mode": "auto"]
        case .none: return ["mode": "none"]
        case .tool(let name): return ["mode": "forced", "function_name": .string(name)]
        case .required:
            if let only = tools.first, tools.count == 1 {
                return ["mode": "forced", "function_name": .string(only.name)]
            }
            throw ProviderError(
                .unsupported,
                .gigaChat,
                "GigaChat can be told to call a function by its name, not to call any of several."
            )
        }
    }

    /// Where chats of the second protocol are sent.
    ///
    /// A version at the end of the base URL's path is replaced by `v2`; without one the path is kept, as the official SDK
    /// does.
    static func url(baseURL: String) -> String {
        let base = baseURL.withoutTrailingSlashes
        guard let slash = base.lastIndex(of: "/") else { return base + "/chat/completions" }
        let last = base[base.index(after: slash)...]
        let digits = last.dropFirst()
        let isVersion = last.hasPrefix("v") && !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
        return (isVersion ? base[..<slash] + "/v2" : base[...]) + "/chat/completions"
    }
}
