/// What GigaChat's second protocol sends; only the fields that are used.
enum GigaChatV2Wire {
    /// A whole answer, or one event of a stream.
    struct Completion: Decodable {
        var model: WireText?
        var messages: WireList<Message>?
        var finishReason: String?
        var usage: Lenient<Usage>?
        var toolStateID: String?
        var toolsStateID: String?
        var error: JSONValue?

        enum CodingKeys: String, CodingKey {
            case model, messages, usage, error
            case finishReason = "finish_reason"
            case toolStateID = "tool_state_id"
            case toolsStateID = "tools_state_id"
        }

        /// Why the model stopped, beside the messages or in one of them.
        var reason: String? {
            finishReason?.nonEmpty ?? messages?.elements.lazy.compactMap { $0.finishReason?.nonEmpty }.last
        }

        /// The state to be sent back, beside the messages or in one of them.
        var state: String? {
            messages?.elements.lazy.compactMap(\.stateID).last ?? toolStateID?.nonEmpty ?? toolsStateID?.nonEmpty
        }
    }

    /// A message of parts.
    struct Message: Decodable {
        var role: String?
        var content: Content?
        var functionCall: FunctionCall?
        var reasoningContent: String?
        var reasoning: JSONValue?
        var finishReason: String?
        var toolStateID: String?
        var toolsStateID: String?

        enum CodingKeys: String, CodingKey {
            case role, content, reasoning
            case functionCall = "function_call"
            case reasoningContent = "reasoning_content"
            case finishReason = "finish_reason"
            case toolStateID = "tool_state_id"
            case toolsStateID = "tools_state_id"
        }

        /// The state to be sent back; the wire says `tool_state_id` where the specification says `tools_state_id`.
        var stateID: String? { toolStateID?.nonEmpty ?? toolsStateID?.nonEmpty }

        /// What the user sees; a message of the role `reasoning` is what the model thinks.
        var text: String { role == "reasoning" ? "" : content?.text ?? "" }

        /// What the model thinks: a message of its own, or a field.
        var thoughts: String? {
            if role == "reasoning", let text = content?.text.nonEmpty { return text }
            return reasoningContent?.nonEmpty ?? (reasoning?["text"]?.string ?? reasoning?.string)?.nonEmpty
                ?? content?.thoughts.nonEmpty
        }

        /// The calls, among the parts or beside them.
        var calls: [FunctionCall] {
            let calls = content?.parts.compactMap(\.functionCall) ?? []
            guard let functionCall, !calls.contains(functionCall) else { return calls }
            return calls + [functionCall]
        }
    }

    /// Parts, or a text in their place.
    struct Content: Decodable {
        let parts: [Part]

        var text: String { parts.map { $0.text ?? "" }.joined() }
        var thoughts: String { parts.map { $0.reasoning?["text"]?.string ?? $0.reasoning?.string ?? "" }.joined() }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                parts = [Part(text: text)]
            } else {
                parts = try WireList<Part>(from: decoder).elements
            }
        }
    }

    /// A part; parts without text or a call, such as files and progress, are skipped.
    struct Part: Decodable {
        var text: String?
        var functionCall: FunctionCall?
        var reasoning: JSONValue?

        enum CodingKeys: String, CodingKey {
            case text, reasoning
            case functionCall = "function_call"
        }
    }

    /// A call, or a piece of one; the arguments are an object on the wire, and a text by the specification.
    struct FunctionCall: Decodable, Hashable {
        var id: String?
        var name: String?
        var arguments: JSONValue?

        /// The call in common terms.
        var common: ToolCall {
            ToolCall(id: id ?? "", name: name ?? "", argumentsText: arguments?.argumentsText ?? "{}")
        }
    }

    /// What it cost.
    struct Usage: Decodable {
        struct Details: Decodable {
            var cachedTokens: WireCount?

            enum CodingKeys: String, CodingKey {
                case cachedTokens = "cached_tokens"
            }
        }

        var inputTokens: WireCount?
        var outputTokens: WireCount?
        var totalTokens: WireCount?
        var details: Lenient<Details>?

        enum CodingKeys: String, CodingKey {
            case inputTokens = "input_tokens"
            case outputTokens = "output_tokens"
            case totalTokens = "total_tokens"
            case details = "input_tokens_details"
        }

        /// The count in common terms.
        var common: AIProviders.Usage? {
            AIProviders.Usage(
                prompt: inputTokens,
                completion: outputTokens,
                total: totalTokens,
                cached: details?.value?.cachedTokens
            )
        }
    }
}

extension GigaChatV2Wire.Completion {
    /// The error that came instead of an answer, `{"status":400,"message":"…"}`, or in the middle of one.
    func failure(_ failures: FailureReader, _ bytes: [UInt8], requestID: String?) -> ProviderError? {
        let hasError = error.map { !$0.isNull } ?? false
        let hasAnswer = messages != nil || finishReason != nil
        if hasError || !hasAnswer, let json = JSONValue(parsing: bytes), let body = failures.error(in: json),
            !hasAnswer || !body.isEmpty
        {
            return failures.failure(body, status: nil, requestID: requestID)
        }
        guard reason == "error" else { return nil }
        var error = ProviderError(
            .serverError,
            failures.provider,
            "The server broke off in the middle of the answer (finish_reason is error)."
        )
        error.requestID = requestID
        return error
    }

    /// The whole answer; `nil` when there is no message in it.
    func answer(requestID: String?) -> ChatResponse? {
        guard let messages = messages?.elements else { return nil }
        var answer = ChatResponse()
        for message in messages {
            answer.text += message.text
            if let thoughts = message.thoughts { answer.reasoning = (answer.reasoning ?? "") + thoughts }
            answer.toolCalls += message.calls.map(\.common)
        }
        answer.stateID = state
        answer.finishReason = reason.map { FinishReason(gigaChat: $0) }
        answer.usage = usage?.value?.common
        answer.model = model?.value
        answer.requestID = requestID
        return answer
    }
}
