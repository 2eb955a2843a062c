extension SimulatorConfiguration {
    /// YandexGPT's switches.
    public struct YandexGPT: Hashable, Sendable {
        /// Where one object of a native stream ends and a write ends.
        public enum Framing: Hashable, Sendable {
            /// A line each, a write each.
            case lines
            /// Nothing between objects, a write each.
            case concatenated
            /// A line each, every write ends in the middle of an object.
            case split
            /// A line each, all in one write.
            case together
        }

        /// Which model family's habits the OpenAI-compatible endpoint shows.
        public enum Dialect: Hashable, Sendable {
            /// The one that the model's name tells.
            case automatic
            /// A function's call in one chunk with the finish reason, no usage in streams.
            case yandexgpt
            /// Continuations with empty strings, an unrequested chunk with the usage.
            case qwen
            /// As `qwen`, and the first chunk of a call has an empty type.
            case gemma
        }

        /// What the model answers, and how fast; nil takes the simulator's common answer.
        public var answer: SimulatorAnswer?
        /// The API keys let in; nil for any that is not empty.
        ///
        /// IAM tokens that the simulator issued are always let in until they expire.
        public var apiKeys: Set<String>?
        /// The folder that the credentials belong to; nil for any, but `x-folder-id` must name the model's.
        public var folder: String?
        /// Whether native answers are wrapped as `{"result":…}`.
        public var wrapsResult = true
        /// How the native stream is cut.
        public var framing = Framing.lines
        /// Whether a native stream changes its mind: one partial text is not a prefix of the next.
        public var revisesText = false
        /// After how many polls an operation is done; the first poll counts.
        public var operationPolls = 2
        /// The message with which operations fail; nil lets them succeed.
        public var operationFailure: String?
        /// How many generations the folder may run at once; nil for no limit.
        public var concurrentGenerations: Int? = 10
        /// After how many generations the hourly quota is used up; nil for no quota.
        public var requestsPerHour: Int?
        /// How long an IAM token works; 12 hours by default.
        public var iamTokenLife: Duration = .seconds(12 * 3600)
        /// Which model family's habits the OpenAI-compatible endpoint shows.
        public var dialect = Dialect.automatic

        /// Creates the default switches.
        public init() {}
    }
}
