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
            "messages": .array(messages(request.messages)),
            // Gateways were seen that take a missing field for true.
            "stream": .bool(stream),
        ]
        if stream {
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
        body.merge(request.extra, joining: ["stream_options"])
        return .object(body)
    }

    /// The body of `POST /embeddings`.
    func embeddings(_ texts: [String], model: String) -> JSONValue {
        ["model": .string(model), "input": .array(texts.map(JSONValue.string)), "encoding_format": "float"]
    }

    /// The messages of a chat; calls without an id get one, and their results the same.
    ///
    /// Gemini and others give no ids, but servers refuse a result without one.
    func messages(_ messages: [ChatMessage]) -> [JSONValue] {
        var unanswered: [ToolCall] = []
        return messages.enumerated().map { position, message in
            var message = message
            for index in message.toolCalls.indices where message.toolCalls[index].id.isEmpty {
                message.toolCalls[index].id = "call_\(position)_\(index)"
                unanswered.append(message.toolCalls[index])
            }
            if message.role == .tool, message.toolCallID?.nonEmpty == nil,
                let call = unanswered.firstIndex(where: { $0.name == message.name }) ?? unanswered.indices.first
            {
                message.toolCallID = unanswered.remove(at: call).id
            }
            return self.message(message)
        }
    }

    private func message(_ message: ChatMessage) -> JSONValue {
        var fields: [String: JSONValue] = ["role": .string(message.role.rawValue), "content": .string(message.content)]
        if !message.toolCalls.isEmpty {
            fields["tool_calls"] = .array(message.toolCalls.map(Self.toolCall))
            if message.content.isEmpty { fields["content"] = .null }
        }
        if let id = message.toolCallID { fields["tool_call_id"] = .string(id) }
        if let name = message.name, message.role != .tool { fields["name"] = .string(name) }
        if sendsReasoning(of: message) { fields.merge(message.reasoningFields) { ours, _ in ours } }
        fields.merge(message.extra) { _, given in given }
        return .object(fields)
    }

    private func sendsReasoning(of message: ChatMessage) -> Bool {
        switch configuration.reasoningReturn {
        case .withToolCalls: !message.toolCalls.isEmpty
        case .always: true
        case .never: false
        }
    }

    private static func toolCall(_ call: ToolCall) -> JSONValue {
        var fields: [String: JSONValue] = [
            "id": .string(call.id),
            "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.sentArguments)],
        ]
        fields.merge(call.extra) { ours, _ in ours }
        return .object(fields)
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
