import Glibc

/// A point on the monotonic clock, in whole nanoseconds.
///
/// Timers and queues compare and add points for every request; one 64-bit word does that in an instruction, where
/// `ContinuousClock.Instant` carries 128 bits of attoseconds.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's arbitrary origin.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The far future: a deadline that never comes.
    package static let distantFuture = MonotonicTime(nanoseconds: .max)

    /// Now, by `CLOCK_MONOTONIC`.
    package static var now: MonotonicTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The point `duration` later; saturates at `distantFuture`.
    package func advanced(by duration: Duration) -> MonotonicTime {
        advanced(byNanoseconds: duration.wholeNanoseconds)
    }

    /// The point so many nanoseconds later; saturates at `distantFuture`.
    package func advanced(byNanoseconds count: Int64) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
        return overflow ? MonotonicTime(nanoseconds: count < 0 ? .min : .max) : MonotonicTime(nanoseconds: sum)
    }

    /// How long it is from here to `other`; negative when `other` is earlier.
    ///
    /// Saturates.
    package func duration(to other: MonotonicTime) -> Duration {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        return .nanoseconds(overflow ? (other < self ? .min : .max) : difference)
    }
}
