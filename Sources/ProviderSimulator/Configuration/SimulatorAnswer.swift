/// What a provider's model answers, and how fast.
public struct SimulatorAnswer: Hashable, Sendable {
    /// The text; nil takes a fixed Russian and English text with emoji that ends with an echo of the prompt.
    public var text: String?
    /// How many pieces of text a stream has; 8 by default.
    public var chunks: Int
    /// The time before the head of every answer; none by default.
    public var latency: Duration
    /// The pause between two chunks of a stream; none by default.
    public var chunkDelay: Duration
    /// Reasoning that providers with such a field show before the text; none by default.
    public var reasoning: String?

    /// Creates an answer.
    public init(
        text: String? = nil,
        chunks: Int = 8,
        latency: Duration = .zero,
        chunkDelay: Duration = .zero,
        reasoning: String? = nil
    ) {
        self.text = text
        self.chunks = chunks
        self.latency = latency
        self.chunkDelay = chunkDelay
        self.reasoning = reasoning
    }
}
