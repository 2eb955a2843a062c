/// Which session something happened in.
public struct SessionEvent: Sendable, Hashable {
    /// The pool's name.
    public let pool: String
    /// The session's origin, such as `https://api.example.com`.
    public let origin: String
    /// The session's number, unique in the process.
    public let sessionID: UInt64
}

/// A request was made.
public struct RequestStartedEvent: Sendable, Hashable {
    /// Where.
    public let session: SessionEvent
    /// Names the request; no other of the process has the same number.
    public let id: UInt64
    /// The method.
    public let method: String
}

/// A request has ended.
public struct RequestEndedEvent: Sendable, Hashable {
    /// Where.
    public let session: SessionEvent
    /// The number that it started with.
    public let id: UInt64
    /// The method.
    public let method: String
    /// The status code of the response, also of one that broke off; `nil` when there was none.
    public let status: Int?
    /// Why there was no response; `nil` when there was one.
    public let error: SessionError.Code?
    /// The wait for a permit.
    public let queueTime: Duration
    /// The transfer, from the permit to the end; zero when there was none.
    public let duration: Duration
    /// From the permit to the first byte of the response; `nil` when none came.
    public let firstByte: Duration?
    /// Bytes of the response's body as they arrived.
    public let bodyBytes: Int
    /// Whether it was sent on a kept connection.
    public let reusedConnection: Bool
    /// How often it was sent again, on another connection.
    public let resends: Int

    /// The error as metrics name it: its ``ErrorType``, the status code of a 4xx or 5xx response, or `nil`.
    public var errorType: String? {
        if let error { return ErrorType(error).rawValue }
        return status.flatMap { $0 >= 400 ? String($0) : nil }
    }
}

/// A request waits for its permit.
public struct WaiterEvent: Sendable, Hashable {
    /// Where.
    public let session: SessionEvent
    /// How many wait now, this one included.
    public let waiting: Int
}

/// A request waits no longer.
public struct WaiterEndedEvent: Sendable, Hashable {
    /// What became of it.
    public enum Outcome: String, Sendable, Hashable {
        /// It has its permit.
        case granted
        /// Its time was over.
        case timedOut
        /// Its caller was cancelled.
        case cancelled
        /// The session was closed.
        case closed
    }

    /// Where.
    public let session: SessionEvent
    /// What became of it.
    public let outcome: Outcome
    /// How long it waited.
    public let waited: Duration
}

/// A connection was made; an address that refuses is none.
public struct ConnectionEvent: Sendable, Hashable {
    /// Where.
    public let session: SessionEvent
    /// How many sockets the session has open now.
    public let open: Int
}

/// A connection has ended.
public struct ConnectionClosedEvent: Sendable, Hashable {
    /// Where.
    public let session: SessionEvent
    /// Why; ``ConnectionCloseReason/other`` when it is not known.
    public let reason: ConnectionCloseReason
    /// How old it was; `nil` when it is not known.
    public let age: Duration?
    /// How many sockets the session has open now.
    public let open: Int
}

/// A health check has ended.
public struct HealthEvent: Sendable, Hashable {
    /// Where.
    public let session: SessionEvent
    /// Whether the check succeeded.
    public let succeeded: Bool
    /// Whether the session counts as healthy now.
    public let isHealthy: Bool
}
