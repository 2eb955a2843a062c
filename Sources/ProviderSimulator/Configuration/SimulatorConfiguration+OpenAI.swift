extension SimulatorConfiguration {
    /// The OpenAI-compatible provider's switches.
    public struct OpenAI: Hashable, Sendable {
        /// Whose OpenAI format it is.
        public enum Dialect: Hashable, Sendable {
            /// OpenAI's own.
            case openAI
            /// DeepSeek: keep-alive lines, `reasoning_content`, cache counts in `usage`, usage with the last chunk.
            case deepSeek
            /// Ollama: functions' calls in one piece.
            case ollama
        }

        /// What the model answers, and how fast; nil takes the simulator's common answer.
        public var answer: SimulatorAnswer?
        /// Whose OpenAI format it is.
        public var dialect = Dialect.openAI
        /// The keys let in; nil for any that is not empty.
        public var apiKeys: Set<String>?
        /// Whether a stream tells its usage though the request did not ask for it.
        public var alwaysIncludesUsage = false
        /// How many blank lines (whole answers) or `: keep-alive` comments (streams) precede the answer.
        public var keepAliveLines = 0
        /// The pause after each of them.
        public var keepAliveInterval: Duration = .milliseconds(20)
        /// How many generations one key may run at once; nil for no limit.
        public var concurrentGenerations: Int?
        /// The models listed; requests may name any.
        public var models = ["gpt-4o-mini", "gpt-4o", "text-embedding-3-small"]

        /// Creates the default switches.
        public init() {}
    }
}
