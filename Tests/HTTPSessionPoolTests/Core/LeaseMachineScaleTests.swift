import CurlTransport
import Glibc
import HTTPSessionPool
import TestSupport
import Testing

/// The lease machine with a long queue.
@Suite struct `Lease machine at scale` {
    private static let start = MonotonicTime(nanoseconds: 0)

    @Test(arguments: 0..<5 as Range<UInt64>)
    func `10 000 waiters, half of them cancelled, are served strictly in their order`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var machine = LeaseMachine(limit: 1, maxWaiters: .max)
        #expect(machine.acquire(0, at: Self.start, deadline: nil) == .granted)
        for id in 1...10_000 as ClosedRange<UInt64> {
            // Some with a deadline of their own, which must not change anybody's place.
            let deadline = random.chance(50) ? nil : Self.start.advanced(by: .seconds(1 + random.below(100)))
            #expect(machine.acquire(id, at: Self.start, deadline: deadline) == .enqueued)
        }
        let cancelled = Array((1...10_000 as ClosedRange<UInt64>).shuffled(using: &random).prefix(5_000))
        for id in cancelled { try invariant(machine.cancel(id), "\(id) was not waiting") }
        let gone = Set(cancelled)
        for id in 1...10_000 as ClosedRange<UInt64> where !gone.contains(id) {
            try invariant(machine.release(at: Self.start) == id, "\(id) was overtaken")
        }
        #expect(machine.release(at: Self.start) == nil)
        #expect(machine.isQuiescent)
    }

    @Test func `an operation costs the same with 100 and with 100 000 waiters`() {
        let costs = [100, 1_000, 10_000, 100_000].map { (waiters: $0, cost: Self.cost(waiters: $0)) }
        // Caches make some difference; a cost that grew with the queue would grow a thousandfold.
        let cheapest = costs.map(\.cost).min() ?? 1
        for (waiters, cost) in costs {
            #expect(cost < 5 * cheapest, "\(waiters) waiters: \(cost) ns, at best \(cheapest) ns")
        }
    }

    /// Nanoseconds of processor time for serving, cancelling and enqueueing one waiter, the best of several rounds.
    private static func cost(waiters: Int) -> Double {
        var random = SplitMix64(seed: 9)
        var machine = LeaseMachine(limit: 1, maxWaiters: .max)
        var next: UInt64 = 0
        func enqueue() {
            _ = machine.acquire(next, at: start, deadline: MonotonicTime(nanoseconds: Int64(next) + 1_000_000_000))
            next += 1
        }
        for _ in 0...waiters { enqueue() }
        let rounds = (0..<8).map { _ -> Double in
            let before = processorTime()
            for _ in 0..<1_000 {
                _ = machine.release(at: start)
                enqueue()
                // Anywhere in the queue; sometimes it has been served.
                _ = machine.cancel(next - 1 - UInt64(random.below(waiters)))
                enqueue()
                if machine.waiting > waiters { _ = machine.release(at: start) }
            }
            return Double(processorTime() - before) / 1_000
        }
        return rounds.min() ?? .infinity
    }

    private static func processorTime() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
