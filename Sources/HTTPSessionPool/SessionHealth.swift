/// What a session knows of its server's health.
public struct SessionHealth: Sendable, Hashable {
    /// Whether the server is there.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Nothing was heard of it yet.
        case unknown
        /// The last checks, or requests, were answered.
        case healthy
        /// Too many in a row were not.
        case unhealthy
    }

    /// Whether the server is there.
    public internal(set) var state = State.unknown
    /// When the last check ended, or the answered request came that was taken for one.
    public internal(set) var lastCheck: ContinuousClock.Instant?
    /// Checks made.
    public internal(set) var checks = 0
    /// Checks that failed; in passive mode, requests that did not reach the server.
    public internal(set) var failedChecks = 0
    /// Checks left out because a request had been answered.
    public internal(set) var skippedChecks = 0
    /// Checks left out, or broken off, because requests needed the permits.
    public internal(set) var yieldedChecks = 0
    /// Failures since the last success.
    public internal(set) var consecutiveFailures = 0
    /// What the last failed check failed with.
    public internal(set) var lastError: SessionError?

    /// Makes the health of a session that has heard nothing yet.
    public init() {}
}

/// What has been done to have connections before requests need them.
public struct WarmUpStatistics: Sendable, Hashable {
    /// Warm-ups that have ended.
    public internal(set) var runs = 0
    /// Connections opened by them.
    public internal(set) var opened = 0
    /// Connections that could not be opened.
    public internal(set) var failures = 0
    /// What the last of them failed with: a warning, unless ``WarmUp/isRequired``.
    public internal(set) var lastError: SessionError?

    /// Makes empty statistics.
    public init() {}
}

/// What a warm-up has achieved.
public struct WarmUpReport: Sendable, Hashable {
    /// Connections that are open now, those in use included.
    public let connections: Int
    /// Connections that the warm-up has opened.
    public let opened: Int
    /// Why others could not be opened; empty when all could, or when requests needed the permits.
    public let errors: [SessionError]
}

/// Health, warm-ups and suspension of one session of a pool.
public struct SessionCondition: Sendable, Hashable {
    /// The session's origin.
    public let origin: String
    /// The session's number.
    public let id: UInt64
    /// What it knows of its server.
    public let health: SessionHealth
    /// What was done to have connections early.
    public let warmUp: WarmUpStatistics
    /// Until when its requests wait; `nil` when it is not suspended.
    ///
    /// See ``SessionPool/suspend(_:until:configuration:)``.
    public let suspension: Suspension?
}

/// How long the requests of a session wait.
public enum Suspension: Sendable, Hashable {
    /// Until somebody resumes it.
    case indefinite
    /// Until a point in time, or until somebody resumes it.
    case until(ContinuousClock.Instant)
}
