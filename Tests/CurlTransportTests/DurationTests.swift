import CurlTransport
import Testing

/// Durations of any size, as a caller writes "never".
@Suite
struct DurationTests {
    /// The longest and shortest that there are, and what lies on both sides of 64 bits of nanoseconds and of seconds.
    static let extremes: [Duration] = [
        .zero, .nanoseconds(1), .nanoseconds(-1), .seconds(Int64.max), .seconds(Int64.min),
        .nanoseconds(Int64.max), .nanoseconds(Int64.min), .nanoseconds(Int64.max) + .nanoseconds(1),
        .seconds(Int64.max) * 10, .seconds(Int64.min) * 10, Duration(attoseconds: .max), Duration(attoseconds: .min),
    ]

    @Test func `nanoseconds saturate`() {
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration(attoseconds: .max).wholeNanoseconds == .max)
        #expect(Duration(attoseconds: .min).wholeNanoseconds == .min)
        #expect(Duration.nanoseconds(Int64.min).wholeNanoseconds == .min)
        #expect(Duration.nanoseconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.milliseconds(-1_500).wholeNanoseconds == -1_500_000_000)
        #expect(Duration(attoseconds: .max).wholeSeconds == Int64.max / 1_000_000_000)
    }

    @Test(arguments: extremes) func `nothing traps`(_ duration: Duration) async {
        let now = MonotonicTime.now
        _ = duration.wholeNanoseconds
        _ = duration.wholeSeconds
        #expect(now.advanced(by: duration) >= now || duration < .zero)
        #expect(now.advanced(by: duration) <= now || duration > .zero)
        for factor in [0, 1, -1, 0.5, 1.1, 1e300, -1e300, .infinity, -.infinity, .nan] as [Double] {
            _ = duration.multiplied(by: factor)
        }
        for factor in [0, 1, -1, 10, .max, .min] { _ = duration.multiplied(by: factor) }
        // The clock adds what it is given to its reading.
        #expect(duration.sleepable >= .zero && duration.sleepable < .seconds(Int64(1) << 32))
        let sleeper = Task { try await Task.sleep(for: duration.sleepable) }
        sleeper.cancel()
        _ = await sleeper.result
    }

    @Test func `products`() {
        #expect(Duration.seconds(10).multiplied(by: 0.5) == .seconds(5))
        #expect(Duration.seconds(10).multiplied(by: 3) == .seconds(30))
        #expect(Duration.seconds(-10).multiplied(by: 1.5) == .seconds(-15))
        #expect(Duration.seconds(Int64.max).multiplied(by: 1.1).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.max).multiplied(by: -1.1).wholeNanoseconds == .min)
        #expect(Duration.seconds(Int64.max).multiplied(by: 10).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).multiplied(by: -10).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.max).multiplied(by: -10).wholeNanoseconds == .min)
        #expect(Duration.seconds(1).multiplied(by: .nan) == .zero)
    }

    @Test func `points in time saturate in both directions`() {
        let late = MonotonicTime.distantFuture
        let early = MonotonicTime(nanoseconds: .min)
        #expect(late.advanced(byNanoseconds: 1) == late)
        #expect(early.advanced(byNanoseconds: -1) == early)
        #expect(early.duration(to: late) == .nanoseconds(Int64.max))
        #expect(late.duration(to: early) == .nanoseconds(Int64.min))
    }
}
