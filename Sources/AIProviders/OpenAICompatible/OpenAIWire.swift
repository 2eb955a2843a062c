/// What services that speak OpenAI's format send; only the fields that are used, all of them optional.
enum OpenAIWire {
    /// A whole answer, or one event of a stream.
    struct Completion: Decodable {
        /// Groq's field of its own, in which a stream's usage comes.
        struct GroqPart: Decodable {
            var usage: Lenient<Usage>?
        }

        var model: WireText?
        var choices: WireList<Choice>?
        var usage: Lenient<Usage>?
        var groq: Lenient<GroqPart>?
        var error: JSONValue?

        enum CodingKeys: String, CodingKey {
            case model, choices, usage, error
            case groq = "x_groq"
        }

        /// What it cost, wherever the service writes it: Groq in a field of its own, Moonshot in the choice.
        var cost: AIProviders.Usage? {
            let usage = usage?.value ?? groq?.value?.usage?.value ?? parts.lazy.compactMap { $0.usage?.value }.first
            return usage?.common
        }

        /// The first alternative, which is the only one that is asked for, whatever index it has.
        ///
        /// Copilot cuts it in two, the text in one and the calls in the other.
        var parts: [Choice] {
            let all = choices?.elements ?? []
            let first = all.filter { ($0.index ?? 0) == 0 }
            return first.isEmpty ? Array(all.prefix(1)) : first
        }
    }

    /// One of the alternatives.
    struct Choice: Decodable {
        var index: Int?
        var message: Message?
        var delta: Message?
        /// The text in the format before chats.
        var text: String?
        var finishReason: WireText?
        var usage: Lenient<Usage>?
        var error: JSONValue?

        enum CodingKeys: String, CodingKey {
            case index, message, delta, text, usage, error
            case finishReason = "finish_reason"
        }

        /// Why the model stopped; some services write the word `null` while it goes on.
        var reason: String? { finishReason?.value == "null" ? nil : finishReason?.value }

        /// Whether it says anything at all.
        var isAnswer: Bool { message != nil || delta != nil || text != nil || reason != nil }
    }

    /// What it cost.
    struct Usage: Decodable {
        struct Details: Decodable {
            var cachedTokens: WireCount?
            var reasoningTokens: WireCount?

            enum CodingKeys: String, CodingKey {
                case cachedTokens = "cached_tokens"
                case reasoningTokens = "reasoning_tokens"
            }
        }

        var promptTokens: WireCount?
        var completionTokens: WireCount?
        var totalTokens: WireCount?
        var promptDetails: Lenient<Details>?
        var completionDetails: Lenient<Details>?
        var cacheHitTokens: WireCount?

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
            case totalTokens = "total_tokens"
            case promptDetails = "prompt_tokens_details"
            case completionDetails = "completion_tokens_details"
            case cacheHitTokens = "prompt_cache_hit_tokens"
        }

        /// The count in common terms.
        var common: AIProviders.Usage? {
            AIProviders.Usage(
                prompt: promptTokens,
                completion: completionTokens,
                total: totalTokens,
                cached: promptDetails?.value?.cachedTokens ?? cacheHitTokens,
                reasoning: completionDetails?.value?.reasoningTokens
            )
        }
    }
}

extension FinishReason {
    /// The reason in common terms, from the words of OpenAI's format.
    init(openAI reason: String) {
        self = reason == "function_call" ? .toolCalls : FinishReason(rawValue: reason)
    }
}
