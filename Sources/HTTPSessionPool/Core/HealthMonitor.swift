package import CurlTransport

/// When a session's server is checked, and what the results mean.
///
/// It decides and holds no timer: the session asks it at the time it named, makes the check, and reports.
package struct HealthMonitor: Sendable {
    /// What does not change while the session lives.
    package struct Policy: Sendable, Hashable {
        /// How long after the last sign of life a check follows; `nil` for never.
        package var interval: Duration? = .seconds(60)
        /// The share of it by which it varies in both directions.
        package var jitter = 0.1
        /// Failures in a row that make a session unhealthy.
        package var unhealthyAfter = 3
        /// Successes in a row that make it healthy.
        package var healthyAfter = 1
        /// Whether requests are all that it judges by.
        package var isPassive = false

        package init() {}
    }

    /// What is to be done when a check may be due.
    package enum Step: Sendable, Hashable {
        /// Nothing yet, or not any more.
        case none
        /// A request was answered meanwhile: that was the check.
        case skipped
        /// Requests need the permits: the next interval will do.
        case yielded
        /// Make a check and report it.
        case check
    }

    /// What a result has changed.
    package enum Change: Sendable, Hashable {
        case none, becameHealthy, becameUnhealthy
    }

    /// Whether the server is there.
    package private(set) var state = SessionHealth.State.unknown
    /// Failures since the last success.
    package private(set) var consecutiveFailures = 0
    /// Whether a check runs.
    package private(set) var isChecking = false

    private let policy: Policy
    private let jitter: Jitter
    private var consecutiveSuccesses = 0
    private var round: UInt64 = 0
    private var due: MonotonicTime?

    /// A monitor of a session that nothing was heard of; with `state`, of one that goes on in another's place.
    package init(_ policy: Policy, state: SessionHealth.State = .unknown, seed: UInt64, at now: MonotonicTime) {
        self.policy = policy
        self.state = state
        jitter = Jitter(seed: seed)
        due = nil
        schedule(after: now)
    }

    /// When ``step(at:lastSuccess:isWanted:isFree:)`` is next worth asking.
    package var nextStep: MonotonicTime? { isChecking ? nil : due }

    private mutating func schedule(after time: MonotonicTime) {
        round += 1
        due = policy.interval.map { time.advanced(by: jitter.varied($0, by: policy.jitter, round)) }
    }

    /// Goes on with checks after a time in which nobody used the session.
    package mutating func wake(at now: MonotonicTime) {
        if due == nil, !isChecking { schedule(after: now) }
    }

    /// What is to be done now.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - lastSuccess: When a request was last answered well.
    ///   - isWanted: Whether anybody uses the session; one that nobody does is not checked.
    ///   - isFree: Whether a permit is free that requests can do without.
    /// - Returns: What to do.
    package mutating func step(
        at now: MonotonicTime,
        lastSuccess: MonotonicTime?,
        isWanted: Bool,
        isFree: Bool
    ) -> Step {
        guard !isChecking, let due, due <= now, let interval = policy.interval else { return .none }
        if let lastSuccess, lastSuccess.advanced(by: interval) > now {
            schedule(after: lastSuccess)
            // Jitter may have put it into the past; then the next look is a whole interval away.
            if let due = self.due, due <= now { schedule(after: now) }
            _ = note(success: true)
            return .skipped
        }
        guard isWanted else {
            self.due = nil
            return .none
        }
        schedule(after: now)
        guard !policy.isPassive else { return .none }
        guard isFree else { return .yielded }
        isChecking = true
        return .check
    }

    /// A check has ended; `nil` says that it was broken off and shows nothing.
    package mutating func checkEnded(succeeded: Bool?, at now: MonotonicTime) -> Change {
        isChecking = false
        schedule(after: now)
        return succeeded.map { note(success: $0) } ?? .none
    }

    /// Counts a success or a failure.
    package mutating func note(success: Bool) -> Change {
        if success {
            consecutiveFailures = 0
            consecutiveSuccesses += 1
            guard state != .healthy, consecutiveSuccesses >= policy.healthyAfter else { return .none }
            state = .healthy
            return .becameHealthy
        }
        consecutiveSuccesses = 0
        consecutiveFailures += 1
        guard state != .unhealthy, consecutiveFailures >= policy.unhealthyAfter else { return .none }
        state = .unhealthy
        return .becameUnhealthy
    }
}
