import CurlTransport

/// What a ``LeaseMachine`` has done: every request for a permit is counted once, under what became of it.
package struct LeaseStatistics: Sendable, Hashable {
    /// Got a permit without waiting.
    package var grantedAtOnce = 0
    /// Did not even wait: the queue was full, or the machine was draining.
    package var rejected = 0
    /// Stopped waiting by their own wish.
    package var cancelled = 0
    /// Waited until their deadline.
    package var expired = 0
    /// Were taken out of the queue by whoever closed it.
    package var removed = 0
    /// The longest that the queue has been.
    package var peakWaiting = 0
    /// The waits that ended with a permit; their count is that of those who got one after waiting.
    package var waits = WaitStatistics()

    /// Nothing has happened yet.
    package init() {}

    /// Got a permit, at once or after waiting.
    package var granted: Int { grantedAtOnce + waits.count }

    /// Waited in vain, by their own wish or until their deadline.
    package var gaveUp: Int { cancelled + expired }
}

/// How long something took, over many times: enough for a count, a mean and a maximum.
package struct WaitStatistics: Sendable, Hashable {
    /// How many there were.
    package private(set) var count = 0
    /// All of them together, in nanoseconds; stays at the largest number instead of overflowing.
    package private(set) var totalNanoseconds: Int64 = 0
    /// The longest one, in nanoseconds.
    package private(set) var maximumNanoseconds: Int64 = 0

    /// Nothing has been recorded yet.
    package init() {}

    /// The mean; zero when there was nothing.
    package var mean: Duration {
        count == 0 ? .zero : .nanoseconds(totalNanoseconds / Int64(count))
    }

    /// Counts one wait; a negative one, from a clock that was read too early, counts as zero.
    package mutating func record(_ wait: Duration) {
        let nanoseconds = max(0, wait.wholeNanoseconds)
        count += 1
        let (sum, overflow) = totalNanoseconds.addingReportingOverflow(nanoseconds)
        totalNanoseconds = overflow ? .max : sum
        maximumNanoseconds = max(maximumNanoseconds, nanoseconds)
    }
}
