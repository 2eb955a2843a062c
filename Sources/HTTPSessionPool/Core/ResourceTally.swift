package import CurlTransport

/// What a ``ResourceTable`` counts that its machine does not.
struct ResourceTally: Sendable {
    typealias Reason = ResourcePoolStatistics.Reason

    var created = 0
    var destroyed: [Reason: Int] = [:]
    var reused = 0
    var failedAcquires = 0
    /// Callers that still waited at the end.
    var cutOff = 0
    var failedCreates = 0
    var healthChecks = 0
    var failedHealthChecks = 0
    var validations = 0
    var failedValidations = 0
    var failedCloses = 0
    var uses = WaitStatistics()
    var creations = WaitStatistics()
}

extension ResourceTable {
    /// What the pool holds and has done, in one snapshot.
    package func statistics(at now: MonotonicTime) -> ResourcePoolStatistics {
        let permits = machine.statistics
        var statistics = ResourcePoolStatistics()
        statistics.idle = idle.count + checking.count
        statistics.inUse = leased.count
        statistics.creating = creating.count - givenUpCreations
        statistics.checking = checking.count
        statistics.closing = closing.count - placelessClosings
        statistics.waiting = machine.waiting
        statistics.minSize = configuration.minSize
        statistics.maxSize = configuration.maxSize
        statistics.longestUse = leased.first.map { max(.zero, $0.since.duration(to: now)) } ?? .zero

        statistics.created = tally.created
        statistics.destroyedByReason = tally.destroyed
        statistics.acquired = permits.granted
        statistics.reused = tally.reused
        statistics.timeouts = permits.expired
        statistics.cancelled = permits.cancelled
        statistics.rejected = permits.rejected + tally.cutOff
        statistics.failedAcquires = tally.failedAcquires
        statistics.failedCreates = tally.failedCreates
        statistics.healthChecks = tally.healthChecks
        statistics.failedHealthChecks = tally.failedHealthChecks
        statistics.validations = tally.validations
        statistics.failedValidations = tally.failedValidations
        statistics.failedCloses = tally.failedCloses
        statistics.peakInUse = machine.peakInUse
        statistics.peakWaiting = permits.peakWaiting
        statistics.totalWaitTime = .nanoseconds(permits.waits.totalNanoseconds)
        statistics.longestWaitTime = .nanoseconds(permits.waits.maximumNanoseconds)
        statistics.totalUseTime = .nanoseconds(tally.uses.totalNanoseconds)
        statistics.totalCreateTime = .nanoseconds(tally.creations.totalNanoseconds)
        return statistics
    }
}
