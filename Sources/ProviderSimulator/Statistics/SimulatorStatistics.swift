/// What the simulator has seen, in one consistent snapshot.
public struct SimulatorStatistics: Hashable, Sendable {
    /// One provider's counts.
    public struct Provider: Hashable, Sendable {
        /// Connections accepted.
        public internal(set) var connectionsAccepted = 0
        /// Connections open now.
        public internal(set) var openConnections = 0
        /// The most connections open at once.
        public internal(set) var peakOpenConnections = 0
        /// TLS handshakes completed, full and resumed.
        public internal(set) var tlsHandshakes = 0
        /// Those of them that resumed a session.
        public internal(set) var tlsHandshakesResumed = 0
        /// Whole requests received.
        public internal(set) var requests = 0
        /// Requests whose answer is not given yet.
        ///
        /// An answer counts as given just before its last byte leaves, so a client that has read all of it finds itself
        /// out of the count.
        public internal(set) var requestsInFlight = 0
        /// The most requests in flight at once.
        public internal(set) var peakRequestsInFlight = 0
        /// Requests that hang now, because a fault says so.
        public internal(set) var requestsHung = 0
        /// The most generations in flight at once: chats, plain or streamed, that a concurrency limit counts.
        public internal(set) var peakGenerationsInFlight = 0
        /// Generations in flight now.
        public internal(set) var generationsInFlight = 0
        /// Generations refused by a concurrency limit.
        public internal(set) var generationsRefused = 0
        /// Answers begun, by status.
        public internal(set) var responsesByStatus: [Int: Int] = [:]
        /// Requests by method and path, such as `POST /api/v1/chat/completions`; UUIDs and operation ids are `{id}`.
        public internal(set) var requestsByPath: [String: Int] = [:]
        /// Access tokens issued.
        public internal(set) var tokensIssued = 0

        mutating func reset() {
            let old = self
            self = Provider()
            openConnections = old.openConnections
            peakOpenConnections = old.openConnections
            requestsInFlight = old.requestsInFlight
            peakRequestsInFlight = old.requestsInFlight
            requestsHung = old.requestsHung
            generationsInFlight = old.generationsInFlight
            peakGenerationsInFlight = old.generationsInFlight
        }
    }

    private var providers: [SimulatorProvider: Provider] = [:]

    init() {}

    /// One provider's counts.
    public internal(set) subscript(provider: SimulatorProvider) -> Provider {
        get { providers[provider] ?? Provider() }
        set { providers[provider] = newValue }
    }

    /// The sum over all providers of one count.
    public func total(_ count: KeyPath<Provider, Int>) -> Int {
        providers.values.reduce(0) { $0 + $1[keyPath: count] }
    }

    mutating func reset() {
        for provider in SimulatorProvider.allCases { self[provider].reset() }
    }
}
