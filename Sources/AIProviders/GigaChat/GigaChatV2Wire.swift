/// What GigaChat's second protocol sends; only the fields that are used.
enum GigaChatV2Wire {
    /// A whole answer, or one event of a stream.
    struct Completion: Decodable {
        var model: String?
        var messages: [Message]?
        var finishReason: String?
        var usage: Usage?
        var status: WireInteger?
        var message: String?

        enum CodingKeys: String, CodingKey {
            case model, messages, usage, status, message
            case finishReason = "finish_reason"
        }
    }

    /// A message of parts.
    struct Message: Decodable {
        var role: String?
        var content: [Part]?
        var toolStateID: String?
        var toolsStateID: String?

        enum CodingKeys: String, CodingKey {
            case role, content
            case toolStateID = "tool_state_id"
            case toolsStateID = "tools_state_id"
        }

        /// The state to be sent back; the wire says `tool_state_id` where the specification says `tools_state_id`.
        var stateID: String? { toolStateID ?? toolsStateID }
    }

    /// A part; parts without text or a call, such as files and progress, are skipped.
    struct Part: Decodable {
        struct FunctionCall: Decodable {
            var id: String?
            var name: String
            var arguments: JSONValue?
        }

        var text: String?
        var functionCall: FunctionCall?

        enum CodingKeys: String, CodingKey {
            case text
            case functionCall = "function_call"
        }

        /// The call in common terms, if it is one.
        var toolCall: ToolCall? {
            functionCall.map { ToolCall(id: $0.id ?? "", name: $0.name, arguments: $0.arguments ?? [:]) }
        }
    }

    /// What it cost.
    struct Usage: Decodable {
        struct Details: Decodable {
            var cachedTokens: WireInteger?

            enum CodingKeys: String, CodingKey {
                case cachedTokens = "cached_tokens"
            }
        }

        var inputTokens: WireInteger?
        var outputTokens: WireInteger?
        var totalTokens: WireInteger?
        var details: Details?

        enum CodingKeys: String, CodingKey {
            case inputTokens = "input_tokens"
            case outputTokens = "output_tokens"
            case totalTokens = "total_tokens"
            case details = "input_tokens_details"
        }

        /// The count in common terms.
        var common: AIProviders.Usage {
            let input = inputTokens?.value ?? 0
            let output = outputTokens?.value ?? 0
            return AIProviders.Usage(
                promptTokens: input,
                completionTokens: output,
                totalTokens: totalTokens?.value ?? input + output,
                cachedPromptTokens: details?.cachedTokens?.value
            )
        }
    }
}

extension GigaChatV2Wire.Completion {
    /// The error that came instead of an answer: `{"status":400,"message":"…"}`.
    var errorBody: ErrorBody? {
        guard messages == nil, finishReason == nil, status != nil || message != nil else { return nil }
        var fields: [String: JSONValue] = [:]
        if let status { fields["status"] = .integer(Int64(status.value)) }
        if let message { fields["message"] = .string(message) }
        return ErrorBody(.object(fields))
    }

    /// The whole answer; `nil` when there is no message in it.
    func answer(requestID: String?) -> ChatResponse? {
        guard let messages else { return nil }
        var answer = ChatResponse()
        for message in messages {
            for part in message.content ?? [] {
                answer.text += part.text ?? ""
                if let call = part.toolCall { answer.toolCalls.append(call) }
            }
            answer.stateID = message.stateID ?? answer.stateID
        }
        answer.finishReason = finishReason.map { FinishReason(gigaChat: $0) }
        answer.usage = usage?.common
        answer.model = model
        answer.requestID = requestID
        return answer
    }
}
