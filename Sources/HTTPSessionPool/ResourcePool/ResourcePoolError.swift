/// What kept a caller from getting a resource, or was wrong about giving it back.
///
/// The text never contains what the factory's error says, which may hold secrets; the error itself is in
/// ``underlyingError``.
public struct ResourcePoolError: Error, Sendable {
    /// What went wrong, without dynamic text: safe as a metric's label.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case acquireTimeout, queueFull, poolClosed, cancelled, factoryFailed
            case leaseEnded, foreignLease, unknownHost, noHealthyHost, invalidConfiguration
        }

        private let kind: Kind

        private init(_ kind: Kind) {
            self.kind = kind
        }

        /// No resource within the acquire timeout.
        public static let acquireTimeout = Code(.acquireTimeout)
        /// Too many callers wait already.
        public static let queueFull = Code(.queueFull)
        /// The pool was shut down.
        public static let poolClosed = Code(.poolClosed)
        /// The task was cancelled while it waited.
        public static let cancelled = Code(.cancelled)
        /// The factory threw; see ``ResourcePoolError/underlyingError``.
        public static let factoryFailed = Code(.factoryFailed)
        /// The resource was given back before: it is not the caller's to use or to give back.
        public static let leaseEnded = Code(.leaseEnded)
        /// The resource belongs to another pool.
        public static let foreignLease = Code(.foreignLease)
        /// The pool has no host of this name.
        public static let unknownHost = Code(.unknownHost)
        /// Every host has failed lately.
        public static let noHealthyHost = Code(.noHealthyHost)
        /// A limit or time of a configuration that makes no sense.
        public static let invalidConfiguration = Code(.invalidConfiguration)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// The pool's name; empty when it has none.
    public let pool: String
    /// What happened and what may be done, in a sentence without secrets.
    public let message: String
    /// What the factory threw: with ``Code/factoryFailed``, and with ``Code/acquireTimeout`` when the last creation had
    /// failed before.
    public let underlyingError: (any Error)?

    init(_ code: Code, _ message: String, pool: String = "", underlyingError: (any Error)? = nil) {
        self.code = code
        self.pool = pool
        self.message = message
        self.underlyingError = underlyingError
    }

    /// Whether asking again later may succeed.
    public var isRetryable: Bool {
        [.acquireTimeout, .queueFull, .factoryFailed, .noHealthyHost].contains(code)
    }
}

extension ResourcePoolError: CustomStringConvertible {
    /// The code, the pool's name and the sentence.
    public var description: String {
        let place = pool.isEmpty ? "" : " (\(pool))"
        return "\(code)\(place): \(message)"
    }
}
