import CurlTransport
import HTTPSessionPool
import TestSupport
import Testing

@Suite struct `Choice of hosts` {
    private func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private func fail(_ health: inout HostHealth, _ seconds: Int64) {
        health.fail(since: at(seconds), at: at(seconds))
    }

    @Test func `a host rests after three failures in a row, and is then tried again`() {
        var health = HostHealth(unhealthyAfter: 3, pause: .seconds(30))
        fail(&health, 0)
        fail(&health, 1)
        health.succeed(at: at(2))
        fail(&health, 2)
        fail(&health, 3)
        #expect(health.remainingPause(at: at(3)) == .zero)
        fail(&health, 4)
        #expect(health.remainingPause(at: at(4)) == .seconds(30))
        #expect(health.remainingPause(at: at(33)) == .seconds(1))
        #expect(health.remainingPause(at: at(34)) == .zero)
        // One more failure is enough for another pause; one success forgets everything.
        fail(&health, 40)
        #expect(health.remainingPause(at: at(41)) == .seconds(29))
        health.succeed(at: at(41))
        #expect(health.remainingPause(at: at(41)) == .zero)
        #expect(health.beginTrial(at: at(41)) == nil, "a host that works needs no trial")
    }

    // MARK: Suspensions (scylladb/python-driver#858)

    @Test func `a suspension is not shortened by a failure, nor lifted by a success`() {
        var health = HostHealth(unhealthyAfter: 1, pause: .seconds(30))
        health.suspend(until: at(100))
        fail(&health, 1)
        #expect(health.remainingPause(at: at(1)) == .seconds(99))
        health.succeed(at: at(2))
        health.reportSuccess(at: at(2))
        #expect(health.remainingPause(at: at(2)) == .seconds(98))
        health.suspend(until: at(50))
        #expect(health.remainingPause(at: at(2)) == .seconds(98))
        health.resume()
        #expect(health.remainingPause(at: at(2)) == .zero)
    }

    // MARK: Reports (uber-node/lb_pool#11)

    @Test func `what the pool sees does not end the row of what the user reports`() {
        var health = HostHealth(unhealthyAfter: 3, pause: .seconds(30))
        for second in 0..<3 as Range<Int64> {
            health.succeed(at: at(second))
            health.reportFailure(at: at(second))
        }
        #expect(health.remainingPause(at: at(2)) == .seconds(30))
        health.succeed(at: at(3))
        #expect(health.remainingPause(at: at(3)) == .seconds(29))
        health.reportSuccess(at: at(4))
        #expect(health.remainingPause(at: at(4)) == .zero)
    }

    @Test func `reports that lie far apart, or have a success between them, are not in a row`() {
        var health = HostHealth(unhealthyAfter: 2, pause: .seconds(30))
        health.reportFailure(at: at(0))
        health.reportFailure(at: at(31))
        #expect(health.remainingPause(at: at(31)) == .zero)
        health.reportSuccess(at: at(32))
        health.reportFailure(at: at(33))
        #expect(health.remainingPause(at: at(33)) == .zero)
        health.reportFailure(at: at(34))
        #expect(health.remainingPause(at: at(34)) == .seconds(30))
    }

    // MARK: Old news

    @Test func `what began before the last success or the last pause says nothing`() {
        var health = HostHealth(unhealthyAfter: 1, pause: .seconds(30))
        health.succeed(at: at(10))
        health.fail(since: at(9), times: 100, at: at(20))
        #expect(health.remainingPause(at: at(20)) == .zero)
        health.fail(since: at(15), at: at(21))
        #expect(health.remainingPause(at: at(21)) == .seconds(30))
        health.fail(since: at(16), at: at(30))
        health.fail(since: at(16), at: at(60))
        #expect(health.remainingPause(at: at(60)) == .zero, "the host has not been tried since")
        health.fail(since: at(55), at: at(60))
        #expect(health.remainingPause(at: at(60)) == .seconds(30))
    }

    // MARK: Trials (App-vNext/Polly#254, nodeshift/opossum#819, pyfailsafe#31)

    @Test func `when a pause ends one caller tries the host, and the next one when that one says nothing`() {
        var health = HostHealth(unhealthyAfter: 1, pause: .seconds(30))
        fail(&health, 0)
        #expect(health.beginTrial(at: at(29)) == nil)
        let first = health.beginTrial(at: at(30))
        #expect(first != nil)
        #expect(health.beginTrial(at: at(30)) == nil)
        #expect(health.remainingPause(at: at(30)) > .zero)
        if let first { health.endTrial(first, nil, at: at(31)) }
        #expect(health.remainingPause(at: at(31)) == .zero)
        let second = health.beginTrial(at: at(31))
        if let first { health.endTrial(first, .succeeded, at: at(32)) }
        #expect(health.remainingPause(at: at(32)) > .zero, "a trial that is over says nothing any more")
        if let second { health.endTrial(second, .failed, at: at(33)) }
        #expect(health.remainingPause(at: at(33)) == .seconds(30))
        let third = health.beginTrial(at: at(63))
        if let third { health.endTrial(third, .succeeded, at: at(64)) }
        #expect(health.remainingPause(at: at(64)) == .zero)
        #expect(health.beginTrial(at: at(64)) == nil)
    }

    @Test func `a trial that does not end is given to the next one after the pause`() {
        var health = HostHealth(unhealthyAfter: 1, pause: .seconds(30))
        fail(&health, 0)
        #expect(health.beginTrial(at: at(30)) != nil)
        #expect(health.beginTrial(at: at(59)) == nil)
        #expect(health.beginTrial(at: at(60)) != nil)
    }

    @Test func `a failure that is reported during a trial begins another pause`() {
        var health = HostHealth(unhealthyAfter: 3, pause: .seconds(30))
        health.fail(since: at(0), times: 3, at: at(0))
        let trial = health.beginTrial(at: at(30))
        health.reportFailure(at: at(31))
        if let trial { health.endTrial(trial, .succeeded, at: at(32)) }
        #expect(health.remainingPause(at: at(32)) == .seconds(29))
    }

    @Test func `the longest pause there is ends nothing`() {
        var health = HostHealth(unhealthyAfter: .max, pause: .seconds(Int64.max))
        health.fail(since: at(0), times: .max, at: at(0))
        health.suspend(until: .distantFuture)
        #expect(health.remainingPause(at: at(1)) > .seconds(1 << 30))
        health.resume()
        health.reportFailure(at: at(1))
        health.reportFailure(at: at(2))
        #expect(health.beginTrial(at: at(3)) == nil)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `random walk: suspensions hold, one tries at a time, and no host is given up`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let pause = Duration.seconds(1 + random.below(30))
        var health = HostHealth(unhealthyAfter: 1 + random.below(4), pause: pause)
        var now = at(0)
        var suspendedUntil = at(0)
        var trials: [(id: HostHealth.TrialID, since: MonotonicTime)] = []
        for step in 0..<2_000 {
            now = now.advanced(by: .milliseconds(random.below(4_000)))
            let before = health.remainingPause(at: now)
            switch random.below(12) {
            case 0...2: health.fail(since: now.advanced(by: .milliseconds(-random.below(9_000))), at: now)
            case 3: health.succeed(at: now)
            case 4, 5: health.reportFailure(at: now)
            case 6: health.reportSuccess(at: now)
            case 7 where random.chance(20):
                suspendedUntil = max(suspendedUntil, now.advanced(by: .seconds(random.below(60))))
                health.suspend(until: suspendedUntil)
            case 8 where !trials.isEmpty:
                let trial = trials.remove(at: random.below(trials.count))
                health.endTrial(trial.id, [nil, .succeeded, .failed][random.below(3)], at: now)
                if trials.isEmpty, before == .zero { try invariant(health.remainingPause(at: now) <= pause, "\(seed)") }
            default:
                guard let id = health.beginTrial(at: now) else { break }
                try invariant(before == .zero, "seed \(seed), step \(step): a trial in a pause")
                try invariant(health.beginTrial(at: now) == nil, "seed \(seed), step \(step): two trials at once")
                if random.chance(50) {
                    health.endTrial(id, nil, at: now)
                    try invariant(
                        health.remainingPause(at: now) == .zero,
                        "seed \(seed), step \(step): a permit is lost"
                    )
                } else {
                    trials.append((id, now))
                }
            }
            let remaining = health.remainingPause(at: now)
            try invariant(
                remaining >= now.duration(to: suspendedUntil),
                "seed \(seed), step \(step): a suspension was lifted"
            )
            try invariant(
                remaining <= max(pause, now.duration(to: suspendedUntil)),
                "seed \(seed), step \(step): the host is given up for \(remaining)"
            )
        }
    }

    @Test func `round robin takes the healthy hosts in turn`() {
        var selector = RoundRobinSelector()
        var hosts = ["a", "b", "c"].map { HostStatus(name: $0) }
        #expect((0..<6).map { _ in selector.select(from: hosts) } == [0, 1, 2, 0, 1, 2])
        hosts[1] = HostStatus(name: "b", isHealthy: false)
        #expect((0..<4).map { _ in selector.select(from: hosts) } == [0, 2, 0, 2])
        hosts[0] = HostStatus(name: "a", isHealthy: false)
        hosts[2] = HostStatus(name: "c", isHealthy: false)
        #expect(selector.select(from: hosts) == nil)
        #expect(selector.select(from: []) == nil)
    }
}
