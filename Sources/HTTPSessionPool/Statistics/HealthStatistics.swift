package import CurlTransport

/// What health checks have found, as statistics count it.
public struct HealthStatistics: Sendable, Hashable {
    /// The verdict of the checks, and of the requests that were as good as one.
    public enum State: String, Sendable, Hashable {
        /// Nobody has checked yet.
        case unknown
        /// The last verdict is good.
        case healthy
        /// Enough checks in a row have failed.
        case unhealthy
    }

    /// The verdict.
    public private(set) var state = State.unknown
    /// Checks that have ended.
    public private(set) var checks = 0
    /// Checks that failed.
    public private(set) var failures = 0
    /// Checks that failed since one succeeded.
    public private(set) var consecutiveFailures = 0
    /// When the last check ended, or an answered request was taken for one; on the monotonic clock.
    package private(set) var lastCheck: MonotonicTime?

    /// Nothing was checked yet.
    package init() {}

    mutating func count(succeeded: Bool, isHealthy: Bool, at now: MonotonicTime) {
        checks += 1
        if !succeeded { failures += 1 }
        consecutiveFailures = succeeded ? 0 : consecutiveFailures + 1
        state = isHealthy ? .healthy : .unhealthy
        lastCheck = now
    }

    /// What the session knows, by requests too, or from the one before it; `checkedAt` when that was as good as a check.
    mutating func learn(_ state: State, consecutiveFailures: Int, checkedAt: MonotonicTime?) {
        self.state = state
        self.consecutiveFailures = consecutiveFailures
        if let checkedAt { lastCheck = checkedAt }
    }

    /// The counts of two sessions; the worse verdict, the later check.
    mutating func absorb(_ other: HealthStatistics) {
        checks += other.checks
        failures += other.failures
        consecutiveFailures = max(consecutiveFailures, other.consecutiveFailures)
        if other.state == .unhealthy || state == .unknown { state = other.state }
        lastCheck = [lastCheck, other.lastCheck].compactMap(\.self).max()
    }
}
