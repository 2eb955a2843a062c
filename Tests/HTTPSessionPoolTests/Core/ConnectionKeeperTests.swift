import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// Idle time, age and refills, by a clock that is an argument.
struct ConnectionKeeperTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private static func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private static func keeper(seed: UInt64 = 1, jitter: Double = 0) -> ConnectionKeeper {
        var policy = ConnectionKeeper.Policy()
        policy.maxAgeJitter = jitter
        return ConnectionKeeper(policy, seed: seed, at: start)
    }

    private static func connection(
        _ id: Int32,
        opened: Double = 0,
        idle: Double?
    ) -> ConnectionKeeper.Connection {
        .init(id: id, serial: UInt64(id), openedAt: at(opened), idleSince: idle.map(at))
    }

    private static func situation(
        _ connections: ConnectionKeeper.Connection...,
        lastUse: Double = 0
    ) -> ConnectionKeeper.Situation {
        var situation = ConnectionKeeper.Situation(lastUse: at(lastUse))
        situation.connections = connections
        situation.room = 10
        return situation
    }

    @Test func `idle for 300 seconds, and not a nanosecond less`() {
        var keeper = Self.keeper()
        let situation = Self.situation(Self.connection(1, idle: 10), Self.connection(2, idle: 20), lastUse: 20)
        #expect(keeper.nextSweep(after: Self.at(20), situation) == Self.at(310))
        #expect(keeper.sweep(at: Self.at(310).advanced(byNanoseconds: -1), situation) == [])
        #expect(keeper.sweep(at: Self.at(310), situation) == [.close(1, .idle)])
        #expect(Set(keeper.sweep(at: Self.at(320), situation)) == [.close(1, .idle), .close(2, .idle)])
    }

    @Test func `a stream of ten minutes, or of ten hours, is never idle`() {
        var keeper = Self.keeper()
        let situation = Self.situation(Self.connection(1, idle: nil))
        for minute in 0..<600 {
            let now = Self.at(Double(minute) * 60)
            #expect(keeper.sweep(at: now, situation) == [], "minute \(minute)")
            #expect(keeper.prunable(at: now, idle: .zero, situation) == [], "minute \(minute)")
        }
        // Its connection is too old by then, and ends with it.
        let ended = Self.situation(Self.connection(1, idle: 36_000), lastUse: 36_000)
        #expect(keeper.sweep(at: Self.at(36_000), ended) == [.close(1, .age)])
    }

    @Test func `the server's word for the idle time counts when it is shorter`() {
        var keeper = Self.keeper()
        var situation = Self.situation(Self.connection(1, idle: 0))
        situation.idleTimeout = .seconds(4)
        #expect(keeper.nextSweep(after: Self.start, situation) == Self.at(4))
        #expect(keeper.sweep(at: Self.at(4), situation) == [.close(1, .idle)])
    }

    @Test(arguments: [1, 2, 3, 0xFFFF_FFFF_FFFF] as [UInt64])
    func `the age limit is shortened by up to a tenth, differently for each connection`(seed: UInt64) {
        let keeper = Self.keeper(seed: seed, jitter: 0.1)
        let ages = (0..<200).map { id -> Double in
            let connection = Self.connection(Int32(id), idle: 0)
            let age = Self.start.duration(to: keeper.expiry(of: connection))
            return Double(age.components.seconds) + Double(age.components.attoseconds) * 1e-18
        }
        #expect(ages.allSatisfy { $0 > 3_240 - 1e-3 && $0 <= 3_600 }, "seed \(seed)")
        #expect(Set(ages).count == ages.count, "seed \(seed)")
        #expect((ages.max() ?? 0) - (ages.min() ?? 0) > 250, "seed \(seed): the ages lie close together")
    }

    @Test func `checks of health do not keep a connection that nobody uses`() {
        var keeper = Self.keeper()
        // Idle since its last check a second ago; somebody's request was 300 s ago.
        let probed = Self.situation(Self.connection(1, idle: 299), lastUse: 0)
        #expect(keeper.sweep(at: Self.at(300), probed) == [.close(1, .idle)])
        var kept = probed
        kept.warmTarget = 1
        #expect(keeper.sweep(at: Self.at(300), kept) == [])
    }

    @Test func `connections are replaced once per interval, within what is free`() {
        var keeper = Self.keeper()
        var situation = Self.situation()
        situation.warmTarget = 5
        situation.room = 2
        #expect(keeper.nextSweep(after: Self.start, situation) == Self.at(30))
        #expect(keeper.sweep(at: Self.at(29), situation) == [])
        #expect(keeper.sweep(at: Self.at(30), situation) == [.warmUp(to: 2)])
        keeper.warmUpBegan()
        #expect(keeper.sweep(at: Self.at(90), situation) == [], "one at a time")
        keeper.warmUpEnded(reached: true, at: Self.at(90))
        situation.room = 0
        #expect(keeper.sweep(at: Self.at(120), situation) == [], "no room")
        situation.room = 9
        #expect(keeper.sweep(at: Self.at(149), situation) == [])
        #expect(keeper.sweep(at: Self.at(150), situation) == [.warmUp(to: 5)])
    }

    @Test(arguments: [1, 2, 0xFFFF_FFFF] as [UInt64])
    func `many sessions that are made at once begin to warm up over a second, each at its own moment`(seed: UInt64) {
        var situation = Self.situation()
        situation.warmTarget = 2
        var tenths = Array(repeating: 0, count: 10)
        for index in 0..<1_000 as Range<UInt64> {
            var keeper = Self.keeper(seed: seed &+ index &* 7)
            keeper.start(to: 3, at: Self.start)
            guard let due = keeper.nextSweep(after: Self.start, situation) else {
                Issue.record("seed \(seed): nothing is due")
                continue
            }
            let delay = Self.start.duration(to: due)
            guard delay >= .zero, delay < .seconds(1) else {
                Issue.record("seed \(seed): \(delay)")
                continue
            }
            tenths[Int(delay / .milliseconds(100))] += 1
            #expect(keeper.sweep(at: due.advanced(byNanoseconds: -1), situation) == [])
            #expect(keeper.sweep(at: due, situation) == [.warmUp(to: 3)])
            #expect(keeper.sweep(at: due, situation) == [], "once")
        }
        #expect(tenths.allSatisfy { (50...150).contains($0) }, "seed \(seed): \(tenths)")
    }

    @Test func `a first warm-up that is not needed any more is left out, and refills go on as ever`() {
        var keeper = Self.keeper()
        keeper.start(to: 2, at: Self.start)
        var situation = Self.situation(Self.connection(1, idle: 0), Self.connection(2, idle: 0))
        situation.warmTarget = 2
        #expect(keeper.sweep(at: Self.at(1), situation) == [])
        situation.connections = []
        #expect(keeper.nextSweep(after: Self.at(1), situation) == Self.at(30))
        #expect(keeper.sweep(at: Self.at(30), situation) == [.warmUp(to: 2)])
    }

    @Test func `what is closed in a sweep is replaced in the same`() {
        var keeper = Self.keeper()
        var situation = Self.situation(Self.connection(1, idle: 0), Self.connection(2, idle: 200), lastUse: 200)
        situation.warmTarget = 2
        #expect(keeper.sweep(at: Self.at(300), situation) == [.close(1, .idle), .warmUp(to: 2)])
    }

    @Test func `warm-ups that leave nothing are repeated ever more rarely`() {
        var keeper = Self.keeper()
        var situation = Self.situation()
        situation.warmTarget = 1
        var now = Self.start
        var gaps: [Double] = []
        for _ in 0..<7 {
            guard let next = keeper.nextSweep(after: now, situation) else { break }
            gaps.append(Double(now.duration(to: next).components.seconds))
            now = next
            #expect(keeper.sweep(at: now, situation) == [.warmUp(to: 1)])
            keeper.warmUpBegan()
            keeper.warmUpEnded(reached: false, at: now)
        }
        #expect(gaps == [30, 60, 120, 240, 300, 300, 300])
        keeper.warmUpEnded(reached: true, at: now)
        #expect(keeper.nextSweep(after: now, situation) == now.advanced(by: .seconds(30)))
    }

    @Test func `nothing to keep, nothing to wake up for`() {
        #expect(Self.keeper().nextSweep(after: Self.start, Self.situation()) == nil)
    }

    @Test func `pruning takes what its caller calls idle`() {
        let keeper = Self.keeper()
        let situation = Self.situation(
            Self.connection(1, idle: 0),
            Self.connection(2, idle: 50),
            Self.connection(3, idle: nil),
            lastUse: 50
        )
        #expect(keeper.prunable(at: Self.at(60), idle: nil, situation) == [])
        #expect(keeper.prunable(at: Self.at(60), idle: .seconds(30), situation) == [1])
        #expect(keeper.prunable(at: Self.at(60), idle: .zero, situation) == [1, 2])
    }
}
