/// Why a model stopped.
///
/// The values that mean the same everywhere have one name here; anything else is kept as the provider wrote it.
public struct FinishReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The reason's name.
    public let rawValue: String

    /// Wraps a provider's own reason.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The answer is complete.
    public static let stop = FinishReason(rawValue: "stop")
    /// The token limit was reached; the text is cut.
    public static let length = FinishReason(rawValue: "length")
    /// The model wants tools to be called.
    public static let toolCalls = FinishReason(rawValue: "tool_calls")
    /// A filter took the answer away, or a part of it.
    public static let contentFilter = FinishReason(rawValue: "content_filter")
    /// The model failed, for example by writing invalid arguments for a function.
    public static let error = FinishReason(rawValue: "error")

    /// The reason's name.
    public var description: String { rawValue }
}

/// What a request cost, in tokens, as the provider counted.
public struct Usage: Sendable, Hashable {
    /// Tokens of the prompt.
    public var promptTokens: Int
    /// Tokens of the answer.
    public var completionTokens: Int
    /// The provider's total; not always the sum (GigaChat subtracts cached tokens).
    public var totalTokens: Int
    /// Prompt tokens that came from the provider's cache, if it says so.
    public var cachedPromptTokens: Int?
    /// Tokens of the answer that were spent on reasoning, if the provider says so.
    public var reasoningTokens: Int?

    /// Makes a count.
    public init(
        promptTokens: Int,
        completionTokens: Int,
        totalTokens: Int,
        cachedPromptTokens: Int? = nil,
        reasoningTokens: Int? = nil
    ) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.totalTokens = totalTokens
        self.cachedPromptTokens = cachedPromptTokens
        self.reasoningTokens = reasoningTokens
    }
}

/// A model's answer.
public struct ChatResponse: Sendable, Hashable {
    /// The text; empty when the model only called tools.
    public var text = ""
    /// What the model thought before it answered, if the provider shows it.
    public var reasoning: String?
    /// The fields in which the provider wrote it, to be sent back with the message; ``message`` carries them.
    public var reasoningFields: [String: JSONValue] = [:]
    /// The calls that the model asks for.
    public var toolCalls: [ToolCall] = []
    /// Why it stopped; `nil` when the provider does not say.
    public var finishReason: FinishReason?
    /// What it cost; `nil` when the provider does not say.
    public var usage: Usage?
    /// The model that answered, with its version.
    public var model: String?
    /// The provider's id of the request, for its support.
    public var requestID: String?
    /// Opaque state to be sent back with the message, see ``ChatMessage/stateID``; ``message`` carries it.
    public var stateID: String?

    /// Makes an empty answer, to be filled.
    public init() {}

    /// The answer as a message, to be appended to the conversation.
    public var message: ChatMessage {
        var message = ChatMessage(role: .assistant, content: text, toolCalls: toolCalls, stateID: stateID)
        message.reasoningFields = reasoningFields
        return message
    }
}

/// A model that a provider offers.
public struct ModelInfo: Sendable, Hashable {
    /// The id by which requests name it.
    public var id: String
    /// Who offers it.
    public var ownedBy: String?
    /// What it is for, where the provider says so: GigaChat's `chat`, `embedder`, `aicheck`, `filter`.
    public var type: String?

    /// Makes a model's description.
    public init(id: String, ownedBy: String? = nil, type: String? = nil) {
        self.id = id
        self.ownedBy = ownedBy
        self.type = type
    }
}

/// A text as a vector.
public struct Embedding: Sendable, Hashable {
    /// The position of the text among those that were sent.
    public var index: Int
    /// The vector.
    public var vector: [Double]
    /// Tokens of the text, if the provider counts them per text.
    public var tokens: Int?

    /// Makes an embedding.
    public init(index: Int, vector: [Double], tokens: Int? = nil) {
        self.index = index
        self.vector = vector
        self.tokens = tokens
    }
}
