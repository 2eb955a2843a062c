internal import AIProviders

/// The answer as `chat --json` prints it.
struct ChatOutput: Encodable {
    /// A tool call of the answer.
    struct Call: Encodable {
        let id: String
        let name: String
        let arguments: String
    }

    /// What the answer cost, in tokens.
    struct Tokens: Encodable {
        let prompt: Int
        let completion: Int
        let total: Int
    }

    /// A piece of a streamed answer, one line each.
    struct Piece: Encodable {
        let type: String
        let text: String

        /// Makes a line of a piece that carries text; nil for the others, which the last line sums up.
        init?(_ delta: ChatDelta) {
            switch delta {
            case .text(let text): (type, self.text) = ("text", text)
            case .replace(let text): (type, self.text) = ("replace", text)
            case .reasoning(let text): (type, self.text) = ("reasoning", text)
            default: return nil
            }
        }
    }

    let type = "response"
    let provider: String
    let model: String?
    let text: String
    let reasoning: String?
    let toolCalls: [Call]
    let finishReason: String?
    let usage: Tokens?
    let requestID: String?
    let isComplete: Bool
    let seconds: Double
    let secondsToFirstText: Double?

    enum CodingKeys: String, CodingKey {
        case type, provider, model, text, reasoning, usage, seconds
        case toolCalls = "tool_calls"
        case finishReason = "finish_reason"
        case requestID = "request_id"
        case isComplete = "complete"
        case secondsToFirstText = "seconds_to_first_text"
    }

    /// Puts an answer into its printed form.
    init(
        provider: String,
        response: ChatResponse,
        isComplete: Bool,
        seconds: Double,
        secondsToFirstText: Double?
    ) {
        self.provider = provider
        model = response.model
        text = response.text
        reasoning = response.reasoning
        toolCalls = response.toolCalls.map { Call(id: $0.id, name: $0.name, arguments: $0.argumentsText) }
        finishReason = response.finishReason?.rawValue
        usage = response.usage.map {
            Tokens(prompt: $0.promptTokens, completion: $0.completionTokens, total: $0.totalTokens)
        }
        requestID = response.requestID
        self.isComplete = isComplete
        self.seconds = seconds
        self.secondsToFirstText = secondsToFirstText
    }
}
