package import CurlTransport

/// Counts of the last 24 hours, by the hour, in constant memory.
///
/// All rings of a process share the hours of the monotonic clock, so that rings can be added up. The 24 hours are the one
/// that runs and the 23 before it: what happened longer ago than 24 hours is never counted, what happened less than 23
/// hours ago always is.
package struct HourlyRing: Sendable, Hashable {
    /// Nanoseconds of an hour.
    package static let hour: Int64 = 3_600_000_000_000
    /// How many hours are kept.
    package static let hours = 24

    private var slots = Array(repeating: HourlyCounts(), count: hours)
    /// The running hour, counted from the clock's origin.
    private var current: Int64
    private var index: Int
    /// When the running hour ends: until then counting needs no division.
    private var end: Int64

    /// Makes an empty ring.
    package init(at now: MonotonicTime) {
        current = Self.number(of: now)
        index = Self.slot(of: current)
        end = Self.end(of: current)
    }

    /// Counts something in the running hour; a time before it, from a clock that was read earlier, counts there too.
    package mutating func count(at now: MonotonicTime, _ change: (inout HourlyCounts) -> Void) {
        if now.nanoseconds >= end { advance(to: now) }
        change(&slots[index])
    }

    /// The sums of the 24 hours that end with the one of `now`.
    package func sum(at now: MonotonicTime) -> HourlyCounts {
        byHour(at: now).reduce(HourlyCounts(), +)
    }

    /// The 24 hours that end with the one of `now`, the earliest first.
    package func byHour(at now: MonotonicTime) -> [HourlyCounts] {
        var ring = self
        if now.nanoseconds >= end { ring.advance(to: now) }
        return Array(ring.slots[(ring.index + 1)...] + ring.slots[...ring.index])
    }

    /// Adds what another ring has counted in the same hours.
    package mutating func merge(_ other: HourlyRing) {
        if other.current > current { advance(toHour: other.current) }
        for age in 0..<Int64(Self.hours) {
            let hour = other.current - age
            guard hour > current - Int64(Self.hours) else { return }
            let slot = Self.slot(of: hour)
            slots[slot] = slots[slot] + other.slots[slot]
        }
    }

    private mutating func advance(to now: MonotonicTime) {
        advance(toHour: Self.number(of: now))
    }

    private mutating func advance(toHour hour: Int64) {
        // After a day without a word every slot is cleared once, not once for every hour that passed.
        let oldest = max(current + 1, hour - Int64(Self.hours) + 1)
        for passed in oldest...hour { slots[Self.slot(of: passed)] = HourlyCounts() }
        current = hour
        index = Self.slot(of: hour)
        end = Self.end(of: hour)
    }

    /// Rounded down, also before the clock's origin.
    private static func number(of time: MonotonicTime) -> Int64 {
        let (hour, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: Self.hour)
        return rest < 0 ? hour - 1 : hour
    }

    private static func slot(of hour: Int64) -> Int {
        let slot = Int(hour % Int64(hours))
        return slot < 0 ? slot + hours : slot
    }

    private static func end(of hour: Int64) -> Int64 {
        let (end, overflow) = (hour + 1).multipliedReportingOverflow(by: Self.hour)
        return overflow ? .max : end
    }
}
