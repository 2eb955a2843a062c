import CurlTransport
@testable import HTTPSessionPool
import Testing

/// When checks are made and what they mean, by a clock that is an argument.
struct HealthMonitorTests {
    private static let start = MonotonicTime(nanoseconds: 5_000_000_000)

    private static func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private static func monitor(
        jitter: Double = 0,
        seed: UInt64 = 7,
        _ change: (inout HealthMonitor.Policy) -> Void = { _ in }
    ) -> HealthMonitor {
        var policy = HealthMonitor.Policy()
        policy.jitter = jitter
        change(&policy)
        return HealthMonitor(policy, seed: seed, at: start)
    }

    private static func step(
        _ monitor: inout HealthMonitor,
        _ seconds: Double,
        success: Double? = nil,
        wanted: Bool = true,
        free: Bool = true
    ) -> HealthMonitor.Step {
        monitor.step(at: at(seconds), lastSuccess: success.map(at), isWanted: wanted, isFree: free)
    }

    @Test func `a check every 60 seconds, and one at a time`() {
        var monitor = Self.monitor()
        #expect(monitor.nextStep == Self.at(60))
        #expect(Self.step(&monitor, 59) == .none)
        #expect(Self.step(&monitor, 60) == .check)
        #expect(Self.step(&monitor, 125) == .none, "the first still runs")
        #expect(monitor.nextStep == nil)
        #expect(monitor.checkEnded(succeeded: true, at: Self.at(126)) == .becameHealthy)
        #expect(monitor.nextStep == Self.at(186))
    }

    @Test func `an answered request inside the interval is the check`() {
        var monitor = Self.monitor()
        #expect(Self.step(&monitor, 60, success: 50) == .skipped)
        #expect(monitor.state == .healthy)
        #expect(monitor.nextStep == Self.at(110))
        #expect(Self.step(&monitor, 110, success: 50) == .check)
    }

    @Test func `no check when requests need the permits, or nobody uses the session`() {
        var monitor = Self.monitor()
        #expect(Self.step(&monitor, 60, free: false) == .yielded)
        #expect(monitor.nextStep == Self.at(120))
        #expect(Self.step(&monitor, 120, wanted: false) == .none)
        #expect(monitor.nextStep == nil, "a session that nobody uses wakes nobody")
        monitor.wake(at: Self.at(500))
        #expect(monitor.nextStep == Self.at(560))
    }

    @Test func `unhealthy after three failures in a row, healthy after one success`() {
        var monitor = Self.monitor()
        let results = [false, false, true, false, false, false, false, true]
        let changes = results.enumerated().map { index, result in
            #expect(Self.step(&monitor, Double(index + 1) * 60) == .check)
            return monitor.checkEnded(succeeded: result, at: Self.at(Double(index + 1) * 60))
        }
        #expect(
            changes == [.none, .none, .becameHealthy, .none, .none, .becameUnhealthy, .none, .becameHealthy]
        )
    }

    @Test func `a check that was broken off shows nothing`() {
        var monitor = Self.monitor()
        for round in 1...9 {
            #expect(Self.step(&monitor, Double(round) * 60) == .check)
            #expect(monitor.checkEnded(succeeded: nil, at: Self.at(Double(round) * 60)) == .none)
        }
        #expect(monitor.state == .unknown)
        #expect(monitor.consecutiveFailures == 0)
    }

    @Test func `passive mode makes no check`() {
        var monitor = Self.monitor { $0.isPassive = true }
        for round in 1...10 { #expect(Self.step(&monitor, Double(round) * 60) == .none) }
        #expect(monitor.note(success: false) == .none)
        #expect(monitor.note(success: false) == .none)
        #expect(monitor.note(success: false) == .becameUnhealthy)
    }

    @Test func `switched off, it never wakes anybody`() {
        #expect(Self.monitor { $0.interval = nil }.nextStep == nil)
    }

    @Test(arguments: [1, 2, 99] as [UInt64])
    func `intervals vary by a tenth in both directions`(seed: UInt64) {
        var monitor = Self.monitor(jitter: 0.1, seed: seed)
        var now = Self.start
        var gaps: [Duration] = []
        for _ in 0..<200 {
            guard let next = monitor.nextStep else { break }
            gaps.append(now.duration(to: next))
            now = next
            #expect(monitor.step(at: now, lastSuccess: nil, isWanted: true, isFree: true) == .check)
            _ = monitor.checkEnded(succeeded: true, at: now)
        }
        #expect(gaps.count == 200)
        #expect(gaps.allSatisfy { $0 >= .seconds(54) && $0 <= .seconds(66) }, "seed \(seed)")
        #expect(gaps.contains { $0 < .seconds(56) } && gaps.contains { $0 > .seconds(64) }, "seed \(seed)")
    }
}
