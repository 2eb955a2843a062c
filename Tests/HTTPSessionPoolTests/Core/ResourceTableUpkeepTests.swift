import CurlTransport
import HTTPSessionPool
import Testing

@Suite struct `Resource table's upkeep` {
    typealias Bench = ResourceTableBench

    // MARK: Validation

    @Test func `a fresh resource is handed out without a ping, an older one is pinged first`() {
        let bench = Bench(idle: 1, .pingable)
        bench.pass(.milliseconds(500))
        #expect(bench.acquire(2).isGranted)
        bench.release(2)
        bench.pass(.milliseconds(501))
        #expect(bench.acquire(3).isEnqueued)
        #expect(bench.checks.map(\.element) == [1])
        bench.answerCheck(true)
        #expect(bench.granted == [1, 3])
        #expect(bench.statistics.validations == 1)
    }

    @Test func `a resource that fails its ping is replaced, and the caller does not notice`() {
        let bench = Bench(idle: 1, [.pingable, .closeable])
        bench.pass(.seconds(1))
        bench.acquire(2)
        bench.answerCheck(false)
        #expect(bench.gone == [1])
        bench.finishCreation()
        #expect(bench.leases[2]?.element == 2)
        #expect(bench.statistics.failedValidations == 1)
        #expect(bench.statistics.destroyedByReason == [.validation: 1])
    }

    @Test func `a ping that is not answered costs the resource, not the caller`() {
        let bench = Bench(idle: 1, .pingable)
        bench.pass(.seconds(1))
        bench.acquire(2)
        let check = bench.checks[0].id
        bench.run(.seconds(2))
        #expect(bench.cancelledChecks == [check])
        bench.finishCreation()
        #expect(bench.granted == [1, 2])
        bench.table.checked(check, isAlive: true, at: bench.now)
        #expect(bench.statistics.totalConnections == 1, "the late answer counts for nothing")
    }

    @Test func `after an error a resource is pinged however fresh it is`() {
        let bench = Bench(.pingable)
        bench.acquire(1)
        bench.finishCreation()
        bench.release(1, as: .suspect)
        bench.acquire(2)
        #expect(bench.checks.count == 1)
        bench.answerCheck(true)
        #expect(bench.granted == [1, 2])
        bench.release(2)
        #expect(bench.acquire(3).isGranted)
    }

    @Test func `without validation nothing is pinged before it is handed out`() {
        let bench = Bench(idle: 1, .pingable) { $0.validateOnAcquire = false }
        bench.pass(.seconds(50))
        #expect(bench.acquire(2).isGranted)
    }

    @Test func `a caller that gives up leaves its resource to the idle ones`() {
        let bench = Bench(idle: 1, .pingable)
        bench.pass(.seconds(1))
        bench.acquire(2)
        bench.cancel(2)
        bench.answerCheck(true)
        #expect(bench.statistics.idle == 1)
        #expect(bench.acquire(3).isGranted)
    }

    // MARK: Idle and age

    @Test func `idle resources are closed at the idle timeout, down to the minimum`() {
        let bench = Bench(idle: 3) { $0.minSize = 1 }
        bench.run(.milliseconds(299_999))
        #expect(bench.gone == [])
        bench.run(.milliseconds(1))
        #expect(bench.gone == [1, 2])
        bench.run(.seconds(600))
        #expect(bench.statistics.idle == 1)
        #expect(bench.statistics.destroyedByReason == [.idle: 2])
    }

    @Test func `time in use is not idle time`() {
        let bench = Bench(idle: 1)
        bench.acquire(2)
        bench.run(.seconds(1_000))
        bench.release(2)
        #expect(bench.gone == [])
        #expect(bench.statistics.totalUseTime == .seconds(1_000))
        bench.run(.seconds(299))
        #expect(bench.statistics.idle == 1)
        bench.run(.seconds(1))
        #expect(bench.statistics.idle == 0)
    }

    @Test(arguments: [0, 0.25, 0.5, 1])
    func `a resource ends at its lifetime less up to a tenth`(jitter: Double) {
        let bench = Bench { $0.idleTimeout = nil }
        bench.acquire(1)
        bench.finishCreation(jitter: jitter)
        bench.release(1)
        let lifetime = Duration.seconds(3_600) * (1 - 0.1 * jitter)
        bench.run(lifetime - .seconds(1))
        #expect(bench.gone == [])
        bench.run(.seconds(1))
        #expect(bench.gone == [1])
        #expect(bench.statistics.destroyedByReason == [.age: 1])
    }

    @Test func `a resource that grows old in use is closed when it comes back, and replaced for who waits`() {
        let bench = Bench { $0.maxSize = 1 }
        bench.acquire(1)
        bench.finishCreation()
        bench.run(.seconds(4_000))
        #expect(bench.gone == [])
        bench.acquire(2)
        bench.release(1)
        #expect(bench.gone == [1])
        bench.finishCreation()
        #expect(bench.leases[2]?.element == 2)
    }

    @Test func `the minimum is restored after a resource has grown old`() {
        let bench = Bench { $0.minSize = 2 }
        bench.finishCreation()
        bench.finishCreation(jitter: 1)
        bench.run(.seconds(3_300))
        #expect(bench.gone == [2])
        bench.finishCreation()
        #expect(bench.statistics.idle == 2)
    }

    // MARK: Health

    @Test func `an idle resource is pinged every interval, give or take a tenth`() {
        let bench = Bench(.pingable) {
            $0.idleTimeout = nil
            $0.minSize = 2
        }
        bench.finishCreation(jitter: 0)
        bench.finishCreation(jitter: 1)
        bench.run(.seconds(54))
        #expect(bench.checks.map(\.element) == [1])
        bench.answerCheck(true)
        bench.run(.seconds(12))
        #expect(bench.checks.map(\.element) == [2])
        bench.answerCheck(false)
        #expect(bench.gone == [2])
        #expect(bench.creations.count == 1, "the minimum is kept")
        #expect(bench.statistics.destroyedByReason == [.health: 1])
        #expect(bench.statistics.healthChecks == 2)
        #expect(bench.statistics.failedHealthChecks == 1)
    }

    @Test func `a use inside the interval is as good as a ping`() {
        let bench = Bench(idle: 1, .pingable) { $0.idleTimeout = nil }
        for id in 2..<20 as Range<UInt64> {
            bench.run(.seconds(30))
            bench.acquire(id)
            if !bench.checks.isEmpty { bench.answerCheck(true) }
            bench.release(id)
        }
        #expect(bench.statistics.healthChecks == 0)
    }

    @Test func `a resource in use is never pinged`() {
        let bench = Bench(idle: 1, .pingable)
        bench.pass(.milliseconds(1))
        bench.acquire(2)
        bench.run(.seconds(3_000))
        #expect(bench.checks.isEmpty)
        #expect(bench.gone == [])
    }

    @Test func `at most half of the idle resources are pinged at a time`() {
        let bench = Bench(idle: 10, .pingable) { $0.idleTimeout = nil }
        bench.run(.seconds(54))
        #expect(bench.checks.count == 5)
        #expect(bench.statistics.idle == 10)
        #expect(bench.statistics.checking == 5)
        bench.acquire(99)
        #expect(bench.checks.count == 6, "there are resources for those who come meanwhile")
        for _ in 0..<6 { bench.answerCheck(true) }
        #expect(bench.granted.last == 99)
        while !bench.checks.isEmpty { bench.answerCheck(true) }
        #expect(bench.statistics.healthChecks == 9)
    }

    // MARK: Minimum and warm-up

    @Test func `the minimum is created at the start, a few at a time`() {
        let bench = Bench {
            $0.minSize = 6
            $0.warmUpParallelism = 4
        }
        #expect(bench.creations.count == 4)
        for _ in 0..<6 { bench.finishCreation() }
        #expect(bench.creations.isEmpty)
        #expect(bench.statistics.idle == 6)
        #expect(bench.statistics.acquired == 0)
    }

    @Test func `the minimum waits longer after each failure`() {
        let bench = Bench { $0.minSize = 1 }
        var pauses: [Duration] = []
        for _ in 0..<12 {
            bench.failCreation()
            #expect(bench.creations.isEmpty)
            let before = bench.now
            guard let wake = bench.table.nextWake else { return #expect(Bool(false), "it gave up") }
            pauses.append(before.duration(to: wake))
            bench.run(before.duration(to: wake))
            #expect(bench.creations.count == 1)
        }
        #expect(pauses.first == .milliseconds(100))
        #expect(pauses[3] == .milliseconds(800))
        #expect(pauses.last == .seconds(60))
    }

    @Test func `a warm-up ends with its last resource, and two share them`() {
        let bench = Bench()
        bench.warmUp(1, 3)
        bench.warmUp(2, 2)
        #expect(bench.creations.count == 3)
        bench.finishCreation()
        bench.finishCreation()
        #expect(bench.warmed == [2: 2])
        bench.finishCreation()
        #expect(bench.warmed == [2: 2, 1: 3])
        bench.warmUp(3, 1)
        #expect(bench.warmed[3] == 3)
    }

    @Test func `a warm-up fails with the first creation that fails, and may be given up`() {
        let bench = Bench()
        bench.warmUp(1, 2)
        bench.failCreation()
        #expect(bench.refused == [1: .creationFailed])
        bench.warmUp(2, 2)
        #expect(bench.cancelWarmUp(2))
        #expect(!bench.cancelWarmUp(2))
        bench.finishCreation()
        bench.finishCreation()
        #expect(bench.warmed == [:])
        #expect(bench.statistics.idle == 2)
    }

    // MARK: Pruning and eviction

    @Test func `pruning closes the ones idle longest, down to the minimum`() {
        let bench = Bench(idle: 4) { $0.minSize = 1 }
        bench.pass(.seconds(10))
        #expect(bench.prune(idleFor: .seconds(11)) == 0)
        #expect(bench.prune(idleFor: .seconds(10)) == 3)
        #expect(bench.gone == [1, 2, 3])
        #expect(bench.prune(idleFor: .zero) == 0)
    }

    @Test func `eviction closes the idle ones now and the others when they come back`() {
        let bench = Bench(idle: 2, .closeable)
        bench.acquire(3)
        bench.acquire(4)
        bench.release(4)
        #expect(bench.evictAll() == 1)
        #expect(bench.statistics.inUse == 1)
        bench.release(3)
        #expect(bench.gone.sorted() == [1, 2])
        bench.acquire(5)
        bench.finishCreation()
        bench.release(5)
        #expect(bench.statistics.idle == 1, "what is made after it stays")
    }

    @Test func `what was begun before an eviction is not used after it`() {
        let bench = Bench { $0.maxSize = 1 }
        bench.acquire(1)
        #expect(bench.evictAll() == 0)
        bench.finishCreation()
        #expect(bench.gone == [1])
        bench.finishCreation()
        #expect(bench.leases[1]?.element == 2)
    }
}
