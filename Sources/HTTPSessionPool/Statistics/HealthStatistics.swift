package import CurlTransport

/// What health checks have found, as statistics count it.
public struct HealthStatistics: Sendable, Hashable {
    /// The verdict of the checks.
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
    /// When the last check ended, on the monotonic clock.
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

    /// The counts of two sessions; the worse verdict, the later check.
    mutating func absorb(_ other: HealthStatistics) {
        checks += other.checks
        failures += other.failures
        consecutiveFailures = max(consecutiveFailures, other.consecutiveFailures)
        if other.state == .unhealthy || state == .unknown { state = other.state }
        lastCheck = [lastCheck, other.lastCheck].compactMap(\.self).max()
    }
}
