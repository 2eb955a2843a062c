extension SimulatorConfiguration {
    /// GigaChat's switches.
    public struct GigaChat: Hashable, Sendable {
        /// What the OAuth endpoint answers.
        public enum TokenFormat: Hashable, Sendable {
            /// `access_token` and `expires_at` in milliseconds, as documented.
            case expiresAtMilliseconds
            /// `access_token` and `expires_at` in seconds, as an example in the OpenAPI file shows.
            case expiresAtSeconds
            /// `tok` and `exp` in seconds.
            case tokSeconds
        }

        /// The role that a function's result must have in version 2.
        public enum ToolResultRole: Hashable, Sendable {
            /// `tool` or `function`.
            case any
            /// Only `tool`; the other is a 400.
            case tool
            /// Only `function`; the other is a 400.
            case function
        }

        /// What the model answers, and how fast; nil takes the simulator's common answer.
        public var answer: SimulatorAnswer?
        /// How long a token works; 30 minutes by default, none at all if zero or negative.
        public var tokenLife: Duration = .seconds(1800)
        /// The life that the OAuth answer claims; nil tells the truth.
        public var claimedTokenLife: Duration?
        /// What the OAuth endpoint answers.
        public var tokenFormat = TokenFormat.expiresAtMilliseconds
        /// The authorization keys let in; nil for any that is valid Base64.
        public var authorizationKeys: Set<String>?
        /// Tokens that work without OAuth and never expire.
        public var staticTokens: Set<String> = []
        /// How many API calls, from the first on, are answered with 401 and lose their token.
        public var unauthorizedCalls = 0
        /// How many chats an authorization key may run at once, by scope: 1 for private persons, 10 for companies.
        public var concurrencyByScope = ["GIGACHAT_API_PERS": 1, "GIGACHAT_API_B2B": 10, "GIGACHAT_API_CORP": 10]
        /// The scopes that the OAuth endpoint knows but the keys do not have.
        public var forbiddenScopes: Set<String> = []
        /// The role that a function's result must have in version 2.
        public var toolResultRole = ToolResultRole.any
        /// Whether version 2 is shut with a proxy's HTML page and 403, as on some hosts.
        public var isVersion2Forbidden = false
        /// The balance per model; nil answers 403, as for customers who pay by use.
        public var balance: [String: Int]? = ["GigaChat": 900_000, "GigaChat-Pro": 120_000, "Embeddings": 500_000]

        /// Creates the default switches.
        public init() {}
    }
}
