/// Writes chats in GigaChat's first protocol.
struct GigaChatV1Encoder: Sendable {
    let configuration: GigaChatConfiguration

    /// The body of `POST /chat/completions`.
    func chat(_ request: ChatRequest, stream: Bool) throws(ProviderError) -> JSONValue {
        var body: [String: JSONValue] = ["model": .string(request.model ?? configuration.model)]
        var messages: [JSONValue] = []
        for message in request.messages { messages.append(try Self.message(message)) }
        body["messages"] = .array(messages)
        if stream { body["stream"] = true }
        if let temperature = request.temperature { body["temperature"] = .number(temperature) }
        if let topP = request.topP { body["top_p"] = .number(topP) }
        if let maxTokens = request.maxTokens { body["max_tokens"] = .integer(Int64(maxTokens)) }
        if let effort = request.reasoningEffort { body["reasoning_effort"] = .string(effort) }
        if let check = configuration.profanityCheck { body["profanity_check"] = .bool(check) }
        if !configuration.flags.isEmpty { body["flags"] = .array(configuration.flags.map(JSONValue.string)) }
        if !request.tools.isEmpty {
            body["functions"] = .array(request.tools.map(Self.function))
            // Without this field the model calls no function, other than with every other provider.
            body["function_call"] = "auto"
        }
        if let choice = request.toolChoice { body["function_call"] = try Self.choice(choice, tools: request.tools) }
        if let format = request.responseFormat { body["response_format"] = Self.format(format) }
        body.merge(request.extra) { _, given in given }
        return .object(body)
    }

    /// A message; tool results become messages of the role `function`.
    static func message(_ message: ChatMessage) throws(ProviderError) -> JSONValue {
        var fields: [String: JSONValue] = ["role": .string(message.role.rawValue), "content": .string(message.content)]
        if message.role == .tool {
            guard let name = message.name else {
                throw ProviderError(
                    .invalidRequest,
                    .gigaChat,
                    "The result of a function needs the function's name: GigaChat has no ids of calls."
                )
            }
            fields["role"] = "function"
            fields["name"] = .string(name)
            fields["content"] = .string(objectText(message.content))
        }
        if message.toolCalls.count > 1 {
            throw ProviderError(.unsupported, .gigaChat, "GigaChat's v1 protocol holds one function call per message.")
        }
        if let call = message.toolCalls.first { fields["function_call"] = try functionCall(call) }
        if let state = message.stateID { fields["functions_state_id"] = .string(state) }
        fields.merge(message.extra) { _, given in given }
        return .object(fields)
    }

    /// A call whose arguments are a JSON object, as GigaChat wants them, and not OpenAI's string.
    static func functionCall(_ call: ToolCall) throws(ProviderError) -> JSONValue {
        guard let arguments = call.arguments, arguments.object != nil else {
            throw ProviderError(
                .invalidRequest,
                .gigaChat,
                "The arguments of the call of \(call.name) are no JSON object."
            )
        }
        return ["name": .string(call.name), "arguments": arguments]
    }

    /// The result of a function as the text of a JSON object; anything else is put into one.
    static func objectText(_ content: String) -> String {
        let value = JSONValue(parsing: content)
        if value?.object != nil { return content }
        return JSONValue.object(["result": value ?? .string(content)]).text ?? "{}"
    }

    /// A function's definition.
    static func function(_ tool: ToolDefinition) -> JSONValue {
        var fields: [String: JSONValue] = ["name": .string(tool.name), "parameters": tool.parameters]
        if let description = tool.description { fields["description"] = .string(description) }
        fields.merge(tool.extra) { _, given in given }
        return .object(fields)
    }

    private static func choice(_ choice: ToolChoice, tools: [ToolDefinition]) throws(ProviderError) -> JSONValue {
        switch choice {
        case .auto: return "auto"
        case .none: return "none"
        case .tool(let name): return ["name": .string(name)]
        case .required:
            // To demand some function is the same as to name it when there is only one.
            if let only = tools.first, tools.count == 1 { return ["name": .string(only.name)] }
            throw ProviderError(
                .unsupported,
                .gigaChat,
                "GigaChat can be told to call a function by its name, not to call any of several."
            )
        }
    }

    /// The format; GigaChat takes the schema directly, where OpenAI wants it nested.
    static func format(_ format: ResponseFormat) -> JSONValue {
        switch format {
        case .text: return ["type": "text"]
        case .jsonObject: return ["type": "json_object"]
        case .jsonSchema(_, let schema, let strict):
            var fields: [String: JSONValue] = ["type": "json_schema", "schema": schema]
            if let strict { fields["strict"] = .bool(strict) }
            return .object(fields)
        }
    }
}
