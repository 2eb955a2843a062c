/// Why a request has no response, as metrics name it: OpenTelemetry's `error.type`, from a closed set.
///
/// A response with an error status is no such error; metrics name it by its status code.
public enum ErrorType: String, Sendable, Hashable, CaseIterable {
    /// The host's name could not be resolved.
    case dns
    /// The host or the proxy could not be reached.
    case connect
    /// TLS could not be set up, or the certificate was refused.
    case tls
    /// Connecting took too long.
    case connectTimeout = "timeout.connect"
    /// Nothing came back in time.
    case firstByteTimeout = "timeout.first_byte"
    /// The body, or the events in it, stopped arriving.
    case idleTimeout = "timeout.idle"
    /// The reader of a stream took nothing for too long.
    case readerStall = "timeout.reader_stall"
    /// The total time limit passed.
    case totalTimeout = "timeout.total"
    /// No permit or connection in time.
    case acquireTimeout = "pool.acquire_timeout"
    /// Too many requests waited already.
    case queueFull = "pool.queue_full"
    /// The pool or the session was closed.
    case closing = "pool.closing"
    /// The caller did not want it any more: never a part of an error rate.
    case cancelled
    /// The answer broke off.
    case streamInterrupted = "stream_interrupted"
    /// What came back is not HTTP, or more than is accepted.
    case malformed = "protocol"
    /// Anything else.
    case other = "_OTHER"

    /// Names the cause of an error.
    public init(_ code: SessionError.Code) {
        self = Self.byCode[code] ?? .other
    }

    private static let byCode: [SessionError.Code: ErrorType] = [
        .nameResolutionFailed: .dns, .connectionFailed: .connect, .proxyFailed: .connect,
        .tlsHandshakeFailed: .tls, .certificateRejected: .tls, .invalidTLSConfiguration: .tls,
        .connectTimeout: .connectTimeout, .firstByteTimeout: .firstByteTimeout, .idleTimeout: .idleTimeout,
        .noProgress: .idleTimeout, .readerStalled: .readerStall,
        .deadlineExceeded: .totalTimeout, .acquireTimeout: .acquireTimeout,
        .queueFull: .queueFull, .poolClosed: .closing, .sessionClosed: .closing, .sessionRetired: .closing,
        .usedAfterFork: .closing, .cancelled: .cancelled, .connectionLost: .streamInterrupted,
        .malformedStream: .streamInterrupted, .malformedResponse: .malformed, .headersTooLarge: .malformed,
        .bodyTooLarge: .malformed, .redirectRefused: .malformed,
    ]

    /// Whether a time limit passed.
    public var isTimeout: Bool {
        switch self {
        case .connectTimeout, .firstByteTimeout, .idleTimeout, .readerStall, .totalTimeout, .acquireTimeout: true
        default: false
        }
    }

    /// Whether the request never left the queue of its session.
    var isBeforeTransfer: Bool {
        switch self {
        case .acquireTimeout, .queueFull: true
        default: false
        }
    }
}
