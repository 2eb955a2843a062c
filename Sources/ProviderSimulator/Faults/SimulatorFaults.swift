/// What goes wrong, or merely differs, in one answer.
///
/// Everything is off by default; a rule (``SimulatorFaultRule``) says which requests it meets.
public struct SimulatorFaults: Hashable, Sendable {
    /// An error answer instead of the real one.
    public struct Failure: Hashable, Sendable {
        /// What the error's body is.
        public enum Body: Hashable, Sendable {
            /// The provider's own error format.
            case provider
            /// A proxy's HTML page.
            case html
            /// This text, sent as `text/plain`.
            case text(String)
        }

        /// The HTTP status.
        public var status: Int
        /// The provider's message; nil takes the text that the provider uses for that status.
        public var message: String?
        /// The body's format.
        public var body: Body
        /// The `Retry-After` field: seconds or an HTTP date.
        public var retryAfter: String?
        /// The `retry-after-ms` field, in milliseconds.
        public var retryAfterMilliseconds: Int?
        /// The `x-should-retry` field.
        public var shouldRetry: Bool?

        /// Creates an error answer.
        public init(
            status: Int,
            message: String? = nil,
            body: Body = .provider,
            retryAfter: String? = nil,
            retryAfterMilliseconds: Int? = nil,
            shouldRetry: Bool? = nil
        ) {
            self.status = status
            self.message = message
            self.body = body
            self.retryAfter = retryAfter
            self.retryAfterMilliseconds = retryAfterMilliseconds
            self.shouldRetry = shouldRetry
        }
    }

    /// Where an answer stops until ``ProviderSimulator/releaseHungRequests()``, `stop()`, or the client's leaving.
    public struct Hang: Hashable, Sendable {
        /// How many chunks of the body go out first; nil hangs before the head.
        public var afterChunks: Int?
        /// Sends a comment line so often while hanging; needs a stream whose head is out.
        public var heartbeat: Duration?

        /// Creates a hang.
        public init(afterChunks: Int? = nil, heartbeat: Duration? = nil) {
            self.afterChunks = afterChunks
            self.heartbeat = heartbeat
        }
    }

    /// How a body ends.
    public enum Ending: Hashable, Sendable {
        /// As it should.
        case complete
        /// After so many chunks and so many bytes of the next one the connection closes, without the end of the body.
        case truncated(afterChunks: Int, bytesOfNext: Int = 0)
        /// As `truncated`, by a reset.
        case reset(afterChunks: Int, bytesOfNext: Int = 0)
        /// After so many chunks the provider reports an error inside the stream and ends it.
        case error(afterChunks: Int, message: String)
    }

    /// Very small writes.
    public struct Drip: Hashable, Sendable {
        /// How many bytes a write has.
        public var bytes: Int
        /// The pause between two writes.
        public var interval: Duration

        /// Creates a drip.
        public init(bytes: Int = 1, interval: Duration) {
            self.bytes = bytes
            self.interval = interval
        }
    }

    /// Instead of the provider's latency: the time before the head.
    public var latency: Duration?
    /// Instead of the provider's: the pause between two chunks.
    public var chunkDelay: Duration?
    /// An error answer instead of the real one.
    public var failure: Failure?
    /// Where the answer stops.
    public var hang: Hang?
    /// How the body ends.
    public var ending: Ending = .complete
    /// Very small writes.
    public var drip: Drip?
    /// How a stream is written.
    public var stream = StreamStyle()
    /// Instead of the right `Content-Type`.
    public var contentType: String?
    /// Whether the server says `Connection: close` and does so.
    public var closesConnection = false

    /// Creates faults that change nothing.
    public init() {}

    /// An error answer.
    public static func failure(_ failure: Failure) -> SimulatorFaults {
        var faults = SimulatorFaults()
        faults.failure = failure
        return faults
    }

    /// An answer that stops.
    public static func hang(_ hang: Hang = Hang()) -> SimulatorFaults {
        var faults = SimulatorFaults()
        faults.hang = hang
        return faults
    }

    /// A body that ends too early.
    public static func ending(_ ending: Ending) -> SimulatorFaults {
        var faults = SimulatorFaults()
        faults.ending = ending
        return faults
    }

    /// A stream written in another style.
    public static func stream(_ style: StreamStyle) -> SimulatorFaults {
        var faults = SimulatorFaults()
        faults.stream = style
        return faults
    }
}
