/// What GigaChat's first protocol sends; only the fields that are used.
///
/// `object` is not read: `chat.completion` and `chat.completions` were both seen.
enum GigaChatV1Wire {
    /// A whole answer, or one event of a stream.
    struct Completion: Decodable {
        var choices: WireList<Choice>?
        var model: WireText?
        var usage: Lenient<Usage>?
        var error: JSONValue?

        /// The first alternative, which is the only one that is asked for.
        var choice: Choice? { choices?.elements.first { ($0.index ?? 0) == 0 } ?? choices?.elements.first }
    }

    /// One of the alternatives; only the first is asked for.
    struct Choice: Decodable {
        var index: Int?
        var message: Message?
        var delta: Message?
        var finishReason: String?

        enum CodingKeys: String, CodingKey {
            case index, message, delta
            case finishReason = "finish_reason"
        }
    }

    /// A message, or a piece of one.
    struct Message: Decodable {
        var role: String?
        var content: String?
        var reasoning: String?
        var functionCall: FunctionCall?
        var stateID: String?

        enum CodingKeys: String, CodingKey {
            case role, content
            case reasoning = "reasoning_content"
            case functionCall = "function_call"
            case stateID = "functions_state_id"
        }

        /// Whether it is about a built-in function and no part of the answer: the seconds left, what a search has found.
        var isProgress: Bool { role == "function_in_progress" || role == "search_result" }
    }

    /// A call; the arguments are a JSON object.
    struct FunctionCall: Decodable {
        var name: String
        var arguments: JSONValue?

        /// The call in common terms.
        ///
        /// There are no ids.
        var common: ToolCall { ToolCall(name: name, argumentsText: arguments?.argumentsText ?? "{}") }
    }

    /// What it cost.
    struct Usage: Decodable {
        var promptTokens: WireCount?
        var completionTokens: WireCount?
        var totalTokens: WireCount?
        var precachedTokens: WireCount?

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
            case totalTokens = "total_tokens"
            case precachedTokens = "precached_prompt_tokens"
        }

        /// The count in common terms; the total is the provider's, which does not always add up.
        var common: AIProviders.Usage? {
            AIProviders.Usage(
                prompt: promptTokens,
                completion: completionTokens,
                total: totalTokens,
                cached: precachedTokens
            )
        }
    }
}

extension GigaChatV1Wire.Completion {
    /// The error that came instead of an answer: `{"status":500,"message":"…"}`, or in any other form that is met.
    func failure(_ failures: FailureReader, _ bytes: [UInt8], requestID: String?) -> ProviderError? {
        let hasError = error.map { !$0.isNull } ?? false
        guard hasError || choice == nil, let json = JSONValue(parsing: bytes), let body = failures.error(in: json),
            choice == nil || !body.isEmpty
        else { return nil }
        return failures.failure(body, status: nil, requestID: requestID)
    }

    /// The whole answer; `nil` when there is no message in it.
    func answer(requestID: String?) -> ChatResponse? {
        guard let choice, let message = choice.message ?? choice.delta else { return nil }
        var answer = ChatResponse()
        answer.text = message.content ?? ""
        answer.reasoning = message.reasoning?.nonEmpty
        answer.toolCalls = message.functionCall.map { [$0.common] } ?? []
        answer.stateID = message.stateID
        answer.finishReason = choice.finishReason.map { FinishReason(gigaChat: $0) }
        answer.usage = usage?.value?.common
        answer.model = model?.value
        answer.requestID = requestID
        return answer
    }
}

extension FinishReason {
    /// The reason in common terms, from the words of either of GigaChat's protocols.
    init(gigaChat reason: String) {
        self =
            switch reason {
            case "function_call": .toolCalls
            case "blacklist", "request_blacklist", "response_blacklist", "request_filter": .contentFilter
            case "function_call_error": .error
            default: FinishReason(rawValue: reason)
            }
    }
}
