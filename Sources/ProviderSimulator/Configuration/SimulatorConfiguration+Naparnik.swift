extension SimulatorConfiguration {
    /// 1C:Naparnik's switches.
    public struct Naparnik: Hashable, Sendable {
        /// How the token must be sent.
        public enum AuthorizationFormat: Hashable, Sendable {
            /// Plain or after `Bearer`.
            case any
            /// `Authorization: <token>`
            case plain
            /// `Authorization: Bearer <token>`
            case bearer
        }

        /// The shape of the plain completion's answer.
        public enum CompletionShape: Hashable, Sendable {
            /// `{"choices":[{"message":{"content":…}}],"usage":…}`
            case choices
            /// `{"result":{"text":…,"usage":…}}`
            case result
            /// `{"text":…,"usage":…}`
            case text
        }

        /// What the model answers, and how fast; nil takes the simulator's common answer.
        public var answer: SimulatorAnswer?
        /// The tokens let in; nil for any that is printable ASCII.
        public var tokens: Set<String>?
        /// How the token must be sent.
        public var authorizationFormat = AuthorizationFormat.any
        /// Whether `Content-Type` with a charset is a 400, as it was for a while.
        public var refusesCharset = false
        /// Whether a conversation must be created at the path with a slash at its end.
        public var requiresTrailingSlash = false
        /// How many rounds of tools every question takes; nil takes one if the question speaks of tools.
        public var toolRounds: Int?
        /// The server's tools that it calls in every round.
        public var serverTools = ["mcp__knowledge-hub__Search_ITS"]
        /// Whether the server calls a tool it does not know itself: two answers in one stream.
        public var callsUnknownTool = false
        /// Whether the answer after a rejected tool is empty.
        public var isEmptyAfterRejection = false
        /// Whether deltas are bare strings instead of objects.
        public var hasStringDeltas = false
        /// Whether a line that is no JSON comes in the middle of a stream.
        public var hasGarbageLines = false
        /// Whether a stream ends with `[DONE]`.
        public var sendsDone = false
        /// How many heartbeat comments precede an answer.
        public var heartbeats = 0
        /// The pause after each of them.
        public var heartbeatInterval: Duration = .milliseconds(20)
        /// Whether a second message to a conversation that is answering gets 423.
        public var locksConversations = false
        /// How many generations a token may run at once; nil for no limit.
        public var concurrentGenerations: Int?
        /// The seconds that the text of a 429 says to wait.
        public var rateLimitSeconds = 123
        /// The shape of the plain completion's answer.
        public var completionShape = CompletionShape.choices

        /// Creates the default switches.
        public init() {}
    }
}
