extension OpenAIWire {
    /// A message, or a piece of one.
    struct Message: Decodable {
        var content: JSONValue?
        var reasoningContent: JSONValue?
        var reasoning: JSONValue?
        var reasoningDetails: JSONValue?
        var extraContent: JSONValue?
        var refusal: String?
        var toolCalls: WireList<ToolCall>?
        var functionCall: ToolCall.Function?

        enum CodingKeys: String, CodingKey {
            case content, reasoning, refusal
            case reasoningContent = "reasoning_content"
            case reasoningDetails = "reasoning_details"
            case extraContent = "extra_content"
            case toolCalls = "tool_calls"
            case functionCall = "function_call"
        }

        /// The text: a string, or the text of an array of parts.
        var text: String {
            switch content {
            case .string(let text): text
            case .array(let parts): parts.compactMap { $0.string ?? $0["text"]?.string }.joined()
            case .integer, .number, .decimal: content?.text ?? ""
            default: refusal ?? ""
            }
        }

        /// What the model thinks: DeepSeek and Qwen write `reasoning_content`, newer vLLM and Ollama `reasoning`, OpenRouter
        /// `reasoning_details` beside it or alone, Mistral and Databricks parts of the content.
        var thoughts: String? {
            Self.words(reasoningContent) ?? Self.words(reasoning) ?? Self.words(reasoningDetails) ?? thinkingParts
        }

        /// The fields in which the thoughts came, as the service wants them back.
        var reasoningFields: [String: JSONValue] {
            var fields: [String: JSONValue] = [:]
            if Self.words(reasoningContent) != nil { fields["reasoning_content"] = reasoningContent }
            if Self.words(reasoning) != nil { fields["reasoning"] = reasoning }
            if let details = reasoningDetails?.array, !details.isEmpty { fields["reasoning_details"] = .array(details) }
            if let content = extraContent, content.object != nil { fields["extra_content"] = content }
            return fields
        }

        /// The calls, also the one of the format before `tool_calls`, which some gateways still write beside them.
        var calls: [ToolCall] {
            let calls = toolCalls?.elements ?? []
            guard calls.isEmpty, let functionCall else { return calls }
            return [ToolCall(function: functionCall)]
        }

        private var thinkingParts: String? {
            guard let parts = content?.array else { return nil }
            // Mistral's part has `thinking`, Databricks' `summary`.
            return parts.compactMap { Self.words($0["thinking"] ?? $0["summary"]) }.joined().nonEmpty
        }

        /// The text of a string, of a part, or of a list of either.
        private static func words(_ value: JSONValue?) -> String? {
            switch value {
            case .string(let text): text.nonEmpty
            case .array(let parts): parts.compactMap { words($0) }.joined().nonEmpty
            case .object(let part): words(part["text"] ?? part["summary"] ?? part["content"])
            default: nil
            }
        }
    }

    /// A tool call, or a piece of one.
    struct ToolCall: Decodable {
        struct Function: Decodable {
            var name: String?
            var arguments: JSONValue?
        }

        var index: Int?
        var id: String?
        var function: Function?
        /// What the service wants back with the call: Gemini's signature of its thoughts, what LiteLLM says of it.
        var extra: [String: JSONValue] = [:]

        enum CodingKeys: String, CodingKey, CaseIterable {
            case index, id, function
            case extraContent = "extra_content"
            case thoughtSignature = "thought_signature"
            case providerFields = "provider_specific_fields"
        }

        init(function: Function) {
            self.function = function
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            index = try container.decodeIfPresent(Int.self, forKey: .index)
            id = try container.decodeIfPresent(WireText.self, forKey: .id)?.value
            function = try container.decodeIfPresent(Function.self, forKey: .function)
            for key in [CodingKeys.extraContent, .thoughtSignature, .providerFields] where container.contains(key) {
                let value = try container.decode(JSONValue.self, forKey: key)
                if !value.isNull { extra[key.rawValue] = value }
            }
        }

        /// The arguments as text: a string of JSON, or an object from services that do not follow the format.
        var argumentsText: String { function?.arguments?.argumentsText ?? "" }
    }
}
