/// What happened within a span of time, such as the last 24 hours.
public struct HourlyCounts: Sendable, Hashable {
    /// Connections made.
    public package(set) var connectionsCreated = 0
    /// Connections that have ended.
    public package(set) var connectionsDestroyed = 0
    /// Requests that a kept connection served.
    public package(set) var reuses = 0
    /// Requests that ended because a time limit passed, that for the wait for a permit included.
    public package(set) var timeoutErrors = 0
    /// Kept connections that turned out dead before they were used again.
    public package(set) var validationFailures = 0
    /// Requests that ended.
    public package(set) var requests = 0
    /// Requests that ended without a response, not by their caller's wish.
    public package(set) var failures = 0

    /// Nothing has happened.
    package init() {}

    /// The sums of two counts.
    package static func + (left: HourlyCounts, right: HourlyCounts) -> HourlyCounts {
        var sum = left
        sum.connectionsCreated += right.connectionsCreated
        sum.connectionsDestroyed += right.connectionsDestroyed
        sum.reuses += right.reuses
        sum.timeoutErrors += right.timeoutErrors
        sum.validationFailures += right.validationFailures
        sum.requests += right.requests
        sum.failures += right.failures
        return sum
    }
}
