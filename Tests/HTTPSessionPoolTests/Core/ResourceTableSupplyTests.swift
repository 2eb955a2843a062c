import CurlTransport
import HTTPSessionPool
import Testing

/// Outages, partitions and peaks that pools have been reported for: nobody waits in vain, or beside a free resource.
@Suite struct `Resource table's supply` {
    typealias Bench = ResourceTableBench

    /// A bench with `count` idle resources that were used long ago.
    private func stale(
        _ count: Int,
        _ traits: ResourceTraits = [.pingable, .closeable],
        _ configure: (inout ResourcePoolConfiguration) -> Void = { _ in }
    ) -> Bench {
        let bench = Bench(idle: count, traits, configure)
        bench.pass(.seconds(1))
        return bench
    }

    // MARK: A waiter beside a free resource (jolestar/go-commons-pool#25, apache/commons-pool#346)

    @Test func `who waits for a creation gets a resource that comes back as a suspect and answers`() {
        let bench = Bench(.pingable) { $0.maxSize = 2 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2)
        bench.release(1, as: .suspect)
        #expect(bench.checks.count == 1)
        bench.answerCheck(true)
        #expect(bench.granted == [1, 2])
        bench.finishCreation()
        #expect(bench.statistics.idle == 1, "what was being created meanwhile is kept")
    }

    @Test func `a creation that fails is nobody's error while a suspect is being pinged`() {
        let bench = Bench(.pingable) { $0.maxSize = 2 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2)
        bench.release(1, as: .suspect)
        bench.failCreation()
        #expect(bench.refused == [:])
        bench.answerCheck(true)
        #expect(bench.granted == [1, 2])
    }

    @Test func `a creation that fails is nobody's error while an idle resource is being pinged for its health`() {
        let bench = stale(1) { $0.maxSize = 2 }
        bench.run(.seconds(54))
        #expect(bench.checks.count == 1)
        bench.acquire(2)
        bench.failCreation()
        #expect(bench.refused == [:])
        bench.answerCheck(true)
        #expect(bench.granted == [1, 2])
    }

    @Test func `the creation's failure is the caller's error when the ping fails, too`() {
        let bench = Bench(.pingable) { $0.maxSize = 2 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2)
        bench.release(1, as: .suspect)
        bench.failCreation()
        bench.answerCheck(false)
        bench.failCreation()
        #expect(bench.refused == [2: .creationFailed])
    }

    // MARK: Dead idle resources (jackc/pgx#2394, moov-io/base#490)

    @Test(arguments: ResourcePoolConfiguration.Order.allCases)
    func `ten dead idle resources cost one caller one ping`(order: ResourcePoolConfiguration.Order) {
        let bench = stale(10) { $0.order = order }
        bench.acquire(100)
        bench.run(.seconds(2))
        while !bench.closings.isEmpty { bench.finishClosing() }
        #expect(bench.checks.count == 9, "the others are asked at once, not one after another")
        bench.finishCreation()
        #expect(bench.granted.last == 100)
        bench.release(100)
        #expect(bench.acquire(101).isGranted)
        bench.run(.seconds(2))
        #expect(bench.statistics.totalConnections == 1)
    }

    @Test func `one dead resource does not cost the others that answer`() {
        let bench = stale(10)
        bench.acquire(100)
        bench.answerCheck(false)
        #expect(bench.checks.count == 9)
        bench.answerCheck(true)
        #expect(bench.granted.last == 100)
        while !bench.checks.isEmpty { bench.answerCheck(true) }
        #expect(bench.statistics.idle == 8)
    }

    @Test func `a resource that showed a sign of life since the failed ping began is not doubted`() {
        let bench = stale(2)
        bench.acquire(100)
        bench.acquire(101)
        bench.pass(.seconds(1))
        bench.table.checked(bench.checks.removeLast().id, isAlive: true, at: bench.now)
        bench.note()
        bench.release(100)
        bench.answerCheck(false)
        #expect(bench.checks.isEmpty)
    }

    /// The ping takes 2 s and the close for ever; the caller waits for 5 s.
    @Test func `a close that hangs after a ping that hung does not cost the caller its time`() {
        let bench = stale(1) {
            $0.maxSize = 1
            $0.minSize = 1
        }
        bench.acquire(2)
        bench.run(.milliseconds(4_000))
        #expect(bench.creations.count == 1)
        bench.finishCreation()
        #expect(bench.granted.last == 2)
    }

    // MARK: The minimum after an outage (OpenLiberty#16547, brettwooldridge/HikariCP#379)

    @Test func `the first success after an outage restores the minimum at once`() {
        let bench = Bench {
            $0.minSize = 4
            $0.maxSize = 10
        }
        for id in 1...500 as ClosedRange<UInt64> { bench.acquire(id) }
        while bench.refused.count < 500 { bench.failCreation() }
        while !bench.creations.isEmpty { bench.failCreation() }
        bench.acquire(501)
        bench.finishCreation()
        #expect(bench.creations.count == 3)
        for _ in 0..<3 { bench.finishCreation() }
        #expect(bench.statistics.totalConnections == 4)
    }

    @Test func `failures at the same moment lengthen the pause before the minimum is tried again once`() {
        let bench = Bench { $0.minSize = 4 }
        for id in 1...100 as ClosedRange<UInt64> { bench.acquire(id) }
        while !bench.creations.isEmpty { bench.failCreation() }
        #expect(bench.table.nextWake == MonotonicTime(nanoseconds: 100_000_000))
    }

    // MARK: Room in the line (reactor/reactor-pool#98)

    @Test func `who waits for a creation takes no place in the line`() {
        let bench = Bench {
            $0.maxSize = 10
            $0.maxWaiters = 2
        }
        for id in 1...12 as ClosedRange<UInt64> { #expect(bench.acquire(id).isEnqueued) }
        #expect(bench.acquire(13).rejection == .queueFull)
        for _ in 0..<10 { bench.finishCreation() }
        #expect(bench.granted.count == 10)
        #expect(bench.acquire(14).rejection == .queueFull)
        bench.release(1)
        #expect(bench.acquire(15).isEnqueued)
    }

    @Test func `who waits for a ping takes no place in the line`() {
        let bench = stale(3) {
            $0.maxSize = 3
            $0.maxWaiters = 1
        }
        for id in 11...14 as ClosedRange<UInt64> { #expect(bench.acquire(id).isEnqueued) }
        #expect(bench.acquire(15).rejection == .queueFull)
    }

    @Test func `as many may wait as there are numbers`() {
        let bench = Bench {
            $0.maxSize = .max
            $0.maxWaiters = .max
        }
        #expect(bench.acquire(1).isEnqueued)
    }

    // MARK: Times and counts

    @Test func `the longest times there are end nothing`() {
        for time in [Duration.seconds(Int64.max), Duration(attoseconds: .max), .nanoseconds(Int64.max)] {
            let bench = Bench([.pingable, .closeable]) {
                $0.healthCheckInterval = time
                $0.idleTimeout = time
                $0.maxLifetime = time
                $0.acquireTimeout = time
                $0.aliveBypass = time
                $0.pingTimeout = time
                $0.createTimeout = time
                $0.closeTimeout = time
            }
            for id in 1...8 as ClosedRange<UInt64> {
                bench.acquire(id, timeout: time)
                bench.finishCreation(jitter: Double(id) / 8)
            }
            for id in 1...8 as ClosedRange<UInt64> { bench.release(id, as: id.isMultiple(of: 2) ? .good : .suspect) }
            bench.run(.seconds(3_600))
            #expect(bench.statistics.totalConnections == 8)
            bench.drain(grace: time)
            while !bench.closings.isEmpty { bench.finishClosing() }
            #expect(bench.table.isFinished)
        }
    }

    @Test func `a resource that becomes one too many is closed at its own idle timeout`() {
        let bench = Bench {
            $0.minSize = 2
            $0.idleTimeout = .seconds(2)
        }
        bench.finishCreation()
        bench.finishCreation()
        bench.run(.milliseconds(1_800))
        bench.warmUp(1, 3)
        bench.finishCreation()
        bench.run(.milliseconds(199))
        #expect(bench.gone == [])
        bench.run(.milliseconds(1))
        #expect(bench.gone == [1])
    }

    @Test func `callers that the end cuts off are counted`() {
        let bench = Bench { $0.maxSize = 1 }
        bench.acquire(1)
        bench.finishCreation()
        for id in 2...6 as ClosedRange<UInt64> { bench.acquire(id) }
        bench.drain(grace: .zero)
        #expect(bench.acquire(7).rejection == .draining)
        let facts = bench.statistics
        #expect(facts.acquired + facts.timeouts + facts.cancelled + facts.rejected + facts.failedAcquires == 7)
        #expect(facts.rejected == 6)
    }

    @Test func `sums over hosts do not overflow`() {
        var facts = Bench { $0.maxSize = .max }.statistics
        facts = facts + facts
        #expect(facts.maxSize == .max)
    }
}
