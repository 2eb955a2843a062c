/// What kept a request from being answered.
///
/// The text of an error names the origin, the phase and what may be done; it never contains header values, bodies, paths
/// or queries, which may hold secrets.
public struct SessionError: Error, Sendable, Hashable {
    /// What went wrong, without dynamic text: safe as a metric's label.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case invalidURL, invalidRequest, unsupported, poolClosed, sessionClosed, queueFull, usedAfterFork
            case acquireTimeout, connectTimeout, firstByteTimeout, idleTimeout, deadlineExceeded, noProgress,
                readerStalled
            case cancelled
            case nameResolutionFailed, connectionFailed, proxyFailed
            case tlsHandshakeFailed, certificateRejected, invalidTLSConfiguration
            case connectionLost, malformedResponse, headersTooLarge, bodyTooLarge
            case redirectRefused, malformedStream, internalError, invalidConfiguration, sessionRetired
            case sessionSuspended, connectionOnly, descriptorsExhausted
        }

        private let kind: Kind

        private init(_ kind: Kind) {
            self.kind = kind
        }

        /// The base URL or the request's path cannot be used.
        public static let invalidURL = Code(.invalidURL)
        /// A method, header name or header value that must not go on the wire.
        public static let invalidRequest = Code(.invalidRequest)
        /// This libcurl cannot do what was asked.
        public static let unsupported = Code(.unsupported)
        /// The pool was shut down.
        public static let poolClosed = Code(.poolClosed)
        /// The session was closed, and did not wait for the request.
        public static let sessionClosed = Code(.sessionClosed)
        /// Too many requests wait already.
        public static let queueFull = Code(.queueFull)
        /// The session was suspended for longer than the request would wait; see ``SessionError/retryAfter``.
        public static let sessionSuspended = Code(.sessionSuspended)
        /// The process was forked after the pool was made; the child must not touch the parent's connections.
        public static let usedAfterFork = Code(.usedAfterFork)
        /// No permit, connection or place in the pool within the acquire timeout.
        public static let acquireTimeout = Code(.acquireTimeout)
        /// Name look-up, TCP, proxy and TLS took too long.
        public static let connectTimeout = Code(.connectTimeout)
        /// The request was sent and nothing came back in time.
        public static let firstByteTimeout = Code(.firstByteTimeout)
        /// The body stopped arriving.
        public static let idleTimeout = Code(.idleTimeout)
        /// The total time limit passed.
        public static let deadlineExceeded = Code(.deadlineExceeded)
        /// Bytes arrived, but no event: heartbeats only.
        public static let noProgress = Code(.noProgress)
        /// The body waited for its reader for too long; see ``Timeouts/readerStall``.
        public static let readerStalled = Code(.readerStalled)
        /// The task was cancelled.
        public static let cancelled = Code(.cancelled)
        /// The host's name could not be resolved.
        public static let nameResolutionFailed = Code(.nameResolutionFailed)
        /// The host could not be reached.
        public static let connectionFailed = Code(.connectionFailed)
        /// The process or the system has no more file descriptors (`ulimit -n`).
        public static let descriptorsExhausted = Code(.descriptorsExhausted)
        /// The proxy refused or failed.
        public static let proxyFailed = Code(.proxyFailed)
        /// TLS could not be set up.
        public static let tlsHandshakeFailed = Code(.tlsHandshakeFailed)
        /// The server's certificate is not trusted, expired or for another name.
        public static let certificateRejected = Code(.certificateRejected)
        /// A CA file, certificate or key of the configuration cannot be used.
        public static let invalidTLSConfiguration = Code(.invalidTLSConfiguration)
        /// The connection broke after the request may have been sent.
        public static let connectionLost = Code(.connectionLost)
        /// What came back is not HTTP, or not what its headers announced.
        public static let malformedResponse = Code(.malformedResponse)
        /// The header section is larger than the limit.
        public static let headersTooLarge = Code(.headersTooLarge)
        /// The body is larger than the limit.
        public static let bodyTooLarge = Code(.bodyTooLarge)
        /// A redirect that must not be followed.
        public static let redirectRefused = Code(.redirectRefused)
        /// A stream of events or objects broke its format.
        public static let malformedStream = Code(.malformedStream)
        /// A limit, time or name of a configuration that makes no sense.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// The session was closed before it took the request: a fresh one will.
        ///
        /// Never reaches a caller.
        static let sessionRetired = Code(.sessionRetired)
        /// A connection was made, and no more was asked for.
        ///
        /// Never reaches a caller.
        static let connectionOnly = Code(.connectionOnly)
        /// A failure that this package does not expect; please report it.
        public static let internalError = Code(.internalError)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// How far the request got.
    public enum Delivery: String, Sendable, Hashable {
        /// Nothing of it reached the server: sending it again is safe.
        case notSent
        /// The server may have acted on it.
        case maybeProcessed
    }

    /// What went wrong.
    public let code: Code
    /// How far the request got.
    public let delivery: Delivery
    /// The origin that was asked, such as `https://api.example.com`; empty when there is none.
    public let origin: String
    /// What happened and what may be done, in a sentence without secrets.
    public let message: String
    /// How long from now the request cannot succeed; `nil` when nobody knows.
    public let retryAfter: Duration?
    /// Whether the cause will not pass, other than the code says.
    private let isForGood: Bool

    package init(
        _ code: Code,
        _ message: String,
        origin: String = "",
        delivery: Delivery = .notSent,
        retryAfter: Duration? = nil,
        isForGood: Bool = false
    ) {
        self.isForGood = isForGood
        self.retryAfter = retryAfter
        self.code = code
        self.message = message
        self.origin = origin
        self.delivery = delivery
    }

    /// Whether sending the request again may succeed **and** does no harm: it was not sent, and the cause may pass.
    ///
    /// The cause may not pass when a proxy has refused by a status such as 407. An idempotent request may also be repeated
    /// after ``Delivery/maybeProcessed``; that is for the caller to know.
    public var isRetryable: Bool {
        delivery == .notSent && !isForGood && Self.passingCodes.contains(code)
    }

    private static let passingCodes: Set<Code> = [
        .queueFull, .acquireTimeout, .connectTimeout, .nameResolutionFailed, .connectionFailed, .proxyFailed,
        .tlsHandshakeFailed, .connectionLost, .sessionSuspended, .descriptorsExhausted,
    ]
}

extension SessionError: CustomStringConvertible {
    /// The code, the origin, the sentence and how far the request got.
    public var description: String {
        let place = origin.isEmpty ? "" : " (\(origin))"
        return "\(code)\(place): \(message) [\(delivery.rawValue)]"
    }
}
