import CurlTransport
import HTTPSessionPool
import TestSupport
import Testing

@Suite struct HourlyRingTests {
    static let hour = HourlyRing.hour

    func time(hours: Int64, _ rest: Int64 = 0) -> MonotonicTime {
        MonotonicTime(nanoseconds: hours * Self.hour + rest)
    }

    @Test func `a day of virtual time rolls over hour by hour`() {
        var ring = HourlyRing(at: time(hours: 100))
        for hour in 0..<48 as Range<Int64> {
            for _ in 0...hour { ring.count(at: time(hours: 100 + hour, 5)) { $0.requests += 1 } }
            let oldest = max(0, hour - 23)
            let expected = (oldest...hour).reduce(0) { $0 + $1 + 1 }
            #expect(ring.sum(at: time(hours: 100 + hour, 6)).requests == Int(expected), "hour \(hour)")
        }
        let byHour = ring.byHour(at: time(hours: 147, 7)).map(\.requests)
        #expect(byHour == (25...48).map { $0 })
    }

    @Test func `what happened 23 hours ago counts, what happened 24 hours ago does not`() {
        var ring = HourlyRing(at: time(hours: 0))
        ring.count(at: time(hours: 10, Self.hour - 1)) { $0.reuses += 1 }
        #expect(ring.sum(at: time(hours: 33, Self.hour - 1)).reuses == 1)
        #expect(ring.sum(at: time(hours: 34)).reuses == 0)
    }

    @Test func `looking does not change the ring, and silence of any length clears it`() {
        var ring = HourlyRing(at: time(hours: 5))
        ring.count(at: time(hours: 5)) { $0.timeoutErrors += 3 }
        #expect(ring.sum(at: time(hours: 1_000_000)).timeoutErrors == 0)
        #expect(ring.sum(at: time(hours: 5)).timeoutErrors == 3)
        ring.count(at: time(hours: 2_000_000)) { $0.timeoutErrors += 1 }
        #expect(ring.sum(at: time(hours: 2_000_000)).timeoutErrors == 1)
    }

    @Test func `a clock that is read too early counts in the running hour`() {
        var ring = HourlyRing(at: time(hours: 8))
        ring.count(at: time(hours: 7)) { $0.failures += 1 }
        #expect(ring.sum(at: time(hours: 8)).failures == 1)
    }

    @Test func `times before the clock's origin have hours too`() {
        var ring = HourlyRing(at: time(hours: -30))
        ring.count(at: time(hours: -30, 1)) { $0.requests += 1 }
        ring.count(at: time(hours: -10, 1)) { $0.requests += 1 }
        #expect(ring.sum(at: time(hours: -10, 2)).requests == 2)
        #expect(ring.sum(at: time(hours: 0)).requests == 1)
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `rings added up count like one ring that saw everything`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var now: Int64 = Int64(random.below(100)) * Self.hour
        var rings = (0..<3).map { _ in HourlyRing(at: MonotonicTime(nanoseconds: now)) }
        var whole = HourlyRing(at: MonotonicTime(nanoseconds: now))
        for step in 0..<2_000 {
            now += Int64(random.below(Int(Self.hour / 8)))
            if random.chance(1) { now += Int64(random.below(30)) * Self.hour }
            let time = MonotonicTime(nanoseconds: now)
            rings[random.below(3)].count(at: time) { $0.connectionsCreated += 1 }
            whole.count(at: time) { $0.connectionsCreated += 1 }
            guard step % 50 == 0 else { continue }
            var sum = rings[0]
            sum.merge(rings[1])
            sum.merge(rings[2])
            try invariant(sum.byHour(at: time) == whole.byHour(at: time), "step \(step)")
        }
    }
}
