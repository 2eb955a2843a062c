/// What services that speak OpenAI's format send; only the fields that are used, all of them optional.
enum OpenAIWire {
    /// A whole answer, or one event of a stream.
    struct Completion: Decodable {
        var model: String?
        var choices: [Choice]?
        var usage: Usage?
        var error: JSONValue?
        var object: String?
        var message: JSONValue?
        var code: JSONValue?
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
        var content: JSONValue?
        var reasoningContent: String?
        var reasoning: JSONValue?
        var refusal: String?
        var toolCalls: [ToolCall]?

        enum CodingKeys: String, CodingKey {
            case content, reasoning, refusal
            case reasoningContent = "reasoning_content"
            case toolCalls = "tool_calls"
        }

        /// The text: a string, or the text of an array of parts.
        var text: String {
            switch content {
            case .string(let text): text
            case .array(let parts): parts.compactMap { $0["text"]?.string }.joined()
            default: refusal ?? ""
            }
        }

        /// What the model thinks: DeepSeek and Qwen write `reasoning_content`, newer vLLM and Ollama `reasoning`.
        var thoughts: String? { reasoningContent?.nonEmpty ?? reasoning?.string?.nonEmpty }
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

        /// The arguments as text: a string of JSON, or an object from services that do not follow the format.
        var argumentsText: String {
            switch function?.arguments {
            case .string(let text): text
            case .none, .null: ""
            case .some(let value): value.text ?? ""
            }
        }
    }

    /// What it cost.
    struct Usage: Decodable {
        struct Details: Decodable {
            var cachedTokens: WireInteger?
            var reasoningTokens: WireInteger?

            enum CodingKeys: String, CodingKey {
                case cachedTokens = "cached_tokens"
                case reasoningTokens = "reasoning_tokens"
            }
        }

        var promptTokens: WireInteger?
        var completionTokens: WireInteger?
        var totalTokens: WireInteger?
        var promptDetails: Details?
        var completionDetails: Details?
        var cacheHitTokens: WireInteger?

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
            case totalTokens = "total_tokens"
            case promptDetails = "prompt_tokens_details"
            case completionDetails = "completion_tokens_details"
            case cacheHitTokens = "prompt_cache_hit_tokens"
        }

        /// The count in common terms.
        var common: AIProviders.Usage {
            let prompt = promptTokens?.value ?? 0
            let completion = completionTokens?.value ?? 0
            return AIProviders.Usage(
                promptTokens: prompt,
                completionTokens: completion,
                totalTokens: totalTokens?.value ?? prompt + completion,
                cachedPromptTokens: (promptDetails?.cachedTokens ?? cacheHitTokens)?.value,
                reasoningTokens: completionDetails?.reasoningTokens?.value
            )
        }
    }

    /// The answer to `GET /models`.
    struct Models: Decodable {
        struct Model: Decodable {
            var id: String
            var ownedBy: String?

            enum CodingKeys: String, CodingKey {
                case id
                case ownedBy = "owned_by"
            }
        }

        var data: [Model]
    }

    /// The answer to `POST /embeddings`.
    struct Embeddings: Decodable {
        struct Item: Decodable {
            var index: Int?
            var embedding: [Double]
        }

        var data: [Item]
        var model: String?
        var usage: Usage?
    }
}

extension OpenAIWire.Completion {
    /// The error that came instead of an answer; a whole error object, or the flat form of older vLLM.
    var errorBody: ErrorBody? {
        if let error, !error.isNull { return ErrorBody(["error": error]) }
        guard choices == nil, object == "error" || message != nil else { return nil }
        return ErrorBody(.object(["message": message ?? .null, "code": code ?? .null]))
    }
}

extension FinishReason {
    /// The reason in common terms, from the words of OpenAI's format.
    init(openAI reason: String) {
        self = reason == "function_call" ? .toolCalls : FinishReason(rawValue: reason)
    }
}
