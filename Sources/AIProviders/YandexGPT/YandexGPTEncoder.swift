/// Writes requests of YandexGPT's native interface.
struct YandexGPTEncoder: Sendable {
    let folderID: String
    let defaultModel: String

    /// The body of `completion`, or of `completionAsync` when `stream` is `nil`: there it is not allowed.
    func completion(_ request: ChatRequest, stream: Bool?) throws(ProviderError) -> JSONValue {
        var body: [String: JSONValue] = [
            "modelUri": .string(try modelURI(request.model)),
            "completionOptions": .object(Self.options(request, stream: stream)),
            "messages": .array(Self.messages(request.messages)),
        ]
        if !request.tools.isEmpty { body["tools"] = .array(request.tools.map(Self.tool)) }
        if let choice = request.toolChoice { body["toolChoice"] = Self.choice(choice) }
        switch request.responseFormat {
        case .none, .text: break
        case .jsonObject: body["jsonObject"] = true
        case .jsonSchema(_, let schema, _): body["jsonSchema"] = ["schema": schema]
        }
        body.merge(request.extra, joining: ["completionOptions", "tools"])
        return .object(body)
    }

    /// The URI of a chat model.
    func modelURI(_ model: String?) throws(ProviderError) -> String {
        let model = model ?? defaultModel
        if !model.contains("://"), folderID.isEmpty {
            throw ProviderError(
                .invalidConfiguration,
                .yandexGPT,
                "The folder is missing: set folderID (YC_FOLDER_ID), or name the model by a whole URI such as gpt://folder/name."
            )
        }
        return YandexModelURI.chat(model, folder: folderID)
    }

    private static func options(_ request: ChatRequest, stream: Bool?) -> [String: JSONValue] {
        var options: [String: JSONValue] = [:]
        if let stream { options["stream"] = .bool(stream) }
        if let temperature = request.temperature { options["temperature"] = .number(temperature) }
        // A 64-bit integer of protobuf is a string in its JSON form.
        if let maxTokens = request.maxTokens { options["maxTokens"] = .string(String(maxTokens)) }
        if let effort = request.reasoningEffort {
            let isOff = ["none", "off", "disabled"].contains(effort.lowercased())
            options["reasoningOptions"] = ["mode": isOff ? "DISABLED" : "ENABLED_HIDDEN"]
        }
        return options
    }

    /// The messages; results that follow each other become one list, in the order of the calls, for there are no ids.
    static func messages(_ messages: [ChatMessage]) -> [JSONValue] {
        var encoded: [JSONValue] = []
        var results: [JSONValue] = []
        func flush() {
            guard !results.isEmpty else { return }
            encoded.append(["role": "user", "toolResultList": ["toolResults": .array(results)]])
            results = []
        }
        for message in messages {
            if message.role == .tool {
                let name = message.name ?? message.toolCallID ?? ""
                results.append(["functionResult": ["name": .string(name), "content": .string(message.content)]])
                continue
            }
            flush()
            encoded.append(self.message(message))
        }
        flush()
        return encoded
    }

    private static func message(_ message: ChatMessage) -> JSONValue {
        var fields: [String: JSONValue] = ["role": .string(message.role.rawValue)]
        if message.toolCalls.isEmpty {
            fields["text"] = .string(message.content)
        } else {
            let calls = message.toolCalls.map { call -> JSONValue in
                ["functionCall": ["name": .string(call.name), "arguments": call.arguments ?? [:]]]
            }
            // The interface takes one of the two.
            fields["toolCallList"] = ["toolCalls": .array(calls)]
        }
        fields.merge(message.extra) { _, given in given }
        return .object(fields)
    }

    private static func tool(_ tool: ToolDefinition) -> JSONValue {
        var function: [String: JSONValue] = ["name": .string(tool.name), "parameters": tool.parameters]
        if let description = tool.description { function["description"] = .string(description) }
        if let strict = tool.strict { function["strict"] = .bool(strict) }
        function.merge(tool.extra) { _, given in given }
        return ["function": .object(function)]
    }

    private static func choice(_ choice: ToolChoice) -> JSONValue {
        switch choice {
        case .auto: ["mode": "AUTO"]
        case .none: ["mode": "NONE"]
        case .required: ["mode": "REQUIRED"]
        case .tool(let name): ["functionName": .string(name)]
        }
    }
}
