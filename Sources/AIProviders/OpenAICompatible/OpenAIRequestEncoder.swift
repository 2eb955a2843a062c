internal import HTTPSessionPool

/// Writes requests in OpenAI's format.
struct OpenAIRequestEncoder: Sendable {
    let configuration: OpenAICompatibleConfiguration

    /// The body of `POST /chat/completions`.
    func chat(_ request: ChatRequest, stream: Bool) throws(ProviderError) -> JSONValue {
        guard let model = request.model ?? configuration.model else {
            throw ProviderError(
                .invalidRequest,
                configuration.provider,
                "No model: name one in the request or in the configuration."
            )
        }
        var body: [String: JSONValue] = [
            "model": .string(model),
            "messages": .array(request.messages.map(Self.message)),
        ]
        if stream {
            body["stream"] = true
            if configuration.includesUsage { body["stream_options"] = ["include_usage": true] }
        }
        if let temperature = request.temperature { body["temperature"] = .number(temperature) }
        if let topP = request.topP { body["top_p"] = .number(topP) }
        if let maxTokens = request.maxTokens {
            body[configuration.tokenLimitField.rawValue] = .integer(Int64(maxTokens))
        }
        if let effort = request.reasoningEffort { body["reasoning_effort"] = .string(effort) }
        if !request.tools.isEmpty { body["tools"] = .array(request.tools.map(Self.tool)) }
        if let choice = request.toolChoice { body["tool_choice"] = Self.choice(choice) }
        if let format = request.responseFormat { body["response_format"] = Self.format(format) }
        body.merge(configuration.extra) { _, configured in configured }
        body.merge(request.extra) { _, given in given }
        return .object(body)
    }

    /// The body of `POST /embeddings`.
    func embeddings(_ texts: [String], model: String) -> JSONValue {
        ["model": .string(model), "input": .array(texts.map(JSONValue.string)), "encoding_format": "float"]
    }

    /// A message of a chat.
    static func message(_ message: ChatMessage) -> JSONValue {
        var fields: [String: JSONValue] = ["role": .string(message.role.rawValue), "content": .string(message.content)]
        if !message.toolCalls.isEmpty {
            fields["tool_calls"] = .array(message.toolCalls.map(toolCall))
            if message.content.isEmpty { fields["content"] = .null }
        }
        if let id = message.toolCallID { fields["tool_call_id"] = .string(id) }
        if let name = message.name, message.role != .tool { fields["name"] = .string(name) }
        fields.merge(message.extra) { _, given in given }
        return .object(fields)
    }

    private static func toolCall(_ call: ToolCall) -> JSONValue {
        [
            "id": .string(call.id),
            "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.argumentsText)],
        ]
    }

    private static func tool(_ tool: ToolDefinition) -> JSONValue {
        var function: [String: JSONValue] = ["name": .string(tool.name), "parameters": tool.parameters]
        if let description = tool.description { function["description"] = .string(description) }
        if let strict = tool.strict { function["strict"] = .bool(strict) }
        function.merge(tool.extra) { _, given in given }
        return ["type": "function", "function": .object(function)]
    }

    private static func choice(_ choice: ToolChoice) -> JSONValue {
        switch choice {
        case .auto: "auto"
        case .none: "none"
        case .required: "required"
        case .tool(let name): ["type": "function", "function": ["name": .string(name)]]
        }
    }

    private static func format(_ format: ResponseFormat) -> JSONValue {
        switch format {
        case .text: return ["type": "text"]
        case .jsonObject: return ["type": "json_object"]
        case .jsonSchema(let name, let schema, let strict):
            var definition: [String: JSONValue] = ["name": .string(name), "schema": schema]
            if let strict { definition["strict"] = .bool(strict) }
            return ["type": "json_schema", "json_schema": .object(definition)]
        }
    }
}
