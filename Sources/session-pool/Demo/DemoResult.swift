/// What the demo measured, as `demo --json` prints it.
struct DemoResult: Codable, Hashable, Sendable {
    /// One provider in one run; connections, handshakes and requests are counted by the server.
    struct Row: Codable, Hashable, Sendable {
        var provider: String
        var limit: Int
        var chats: Int
        var characters: Int
        /// HTTP requests that the server saw, those for tokens included.
        var requests: Int
        var tokenRequests: Int
        var connectionsOpened: Int
        /// TLS handshakes, full and resumed.
        var tlsHandshakes: Int
        var tlsHandshakesResumed: Int
        /// The share of requests that came on a connection which had carried one before.
        var reuseRatio: Double
        var p50Milliseconds: Double
        var p95Milliseconds: Double
        var p99Milliseconds: Double
        var wallSeconds: Double
        var failures: Int
        var firstFailure: String?

        enum CodingKeys: String, CodingKey {
            case provider, limit, chats, characters, requests, failures
            case tokenRequests = "token_requests"
            case connectionsOpened = "connections_opened"
            case tlsHandshakes = "tls_handshakes"
            case tlsHandshakesResumed = "tls_handshakes_resumed"
            case reuseRatio = "reuse_ratio"
            case p50Milliseconds = "p50_ms"
            case p95Milliseconds = "p95_ms"
            case p99Milliseconds = "p99_ms"
            case wallSeconds = "wall_seconds"
            case firstFailure = "first_failure"
        }
    }

    /// One run over all providers.
    struct Run: Codable, Hashable, Sendable {
        var mode: DemoRun.Mode
        var providers: [Row]
        var wallSeconds: Double
        /// Processor time of the whole process: clients and servers together.
        var processorSeconds: Double
        /// Sockets that the pool says it opened; must agree with the server's count.
        var poolConnections: Int?
        var poolReuseRatio: Double?

        enum CodingKeys: String, CodingKey {
            case mode, providers
            case wallSeconds = "wall_seconds"
            case processorSeconds = "processor_seconds"
            case poolConnections = "pool_connections"
            case poolReuseRatio = "pool_reuse_ratio"
        }

        /// The sum of a count over the providers.
        func total(_ count: KeyPath<Row, Int>) -> Int { providers.reduce(0) { $0 + $1[keyPath: count] } }
    }

    var chatsPerProvider: Int
    var concurrency: Int
    /// The time that a simulated model takes before its answer begins.
    var modelLatencyMilliseconds: Double
    /// The pause between two chunks of a simulated stream.
    var chunkDelayMilliseconds: Double
    var runs: [Run]
    var failures: Int

    enum CodingKeys: String, CodingKey {
        case concurrency, runs, failures
        case chatsPerProvider = "chats_per_provider"
        case modelLatencyMilliseconds = "model_latency_ms"
        case chunkDelayMilliseconds = "chunk_delay_ms"
    }
}
