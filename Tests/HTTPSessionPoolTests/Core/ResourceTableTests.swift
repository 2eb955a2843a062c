import CurlTransport
import HTTPSessionPool
import Testing

@Suite struct `Resource table` {
    typealias Bench = ResourceTableBench

    @Test func `the first caller waits for the factory, the next gets the idle resource at once`() {
        let bench = Bench()
        #expect(bench.acquire(1).isEnqueued)
        #expect(bench.creations.count == 1)
        bench.pass(.milliseconds(30))
        #expect(bench.finishCreation() == 1)
        #expect(bench.granted == [1])
        #expect(bench.leases[1]?.element == 1)
        #expect(bench.release(1))
        #expect(bench.acquire(2).isGranted)
        #expect(bench.leases[2]?.element == 1)
        #expect(bench.leases[2]?.earlierUses == 1)
        #expect(bench.creations.isEmpty)
        let statistics = bench.statistics
        #expect(statistics.created == 1)
        #expect(statistics.acquired == 2)
        #expect(statistics.reused == 1)
        #expect(statistics.reuseRatio == 0.5)
        #expect(statistics.reusesPerConnection == 1)
        #expect(statistics.totalWaitTime == .milliseconds(30))
        #expect(statistics.averageWaitTime == .milliseconds(15))
        #expect(statistics.totalCreateTime == .milliseconds(30))
    }

    @Test func `no more than the maximum is created, then callers are served first come first served`() {
        let bench = Bench { $0.maxSize = 2 }
        for id in 1...5 as ClosedRange<UInt64> { bench.acquire(id) }
        #expect(bench.creations.count == 2)
        bench.finishCreation()
        bench.finishCreation()
        #expect(bench.granted == [1, 2])
        #expect(bench.creations.isEmpty)
        bench.release(2)
        bench.release(1)
        bench.release(3)
        #expect(bench.granted == [1, 2, 3, 4, 5])
        #expect(bench.statistics.peakInUse == 2)
        #expect(bench.statistics.peakWaiting == 5)
    }

    @Test func `a resource that comes back goes to the first who waits, whoever a creation was started for`() {
        let bench = Bench { $0.maxSize = 2 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2)
        bench.acquire(3)
        #expect(bench.creations.count == 1)
        bench.release(1)
        #expect(bench.granted == [1, 2])
        bench.finishCreation()
        #expect(bench.granted == [1, 2, 3])
    }

    @Test(arguments: ResourcePoolConfiguration.Order.allCases)
    func `idle resources are handed out in the configured order`(order: ResourcePoolConfiguration.Order) {
        let bench = Bench { $0.order = order }
        for id in 1...3 as ClosedRange<UInt64> {
            bench.acquire(id)
            bench.finishCreation()
        }
        for id in 1...3 as ClosedRange<UInt64> {
            bench.release(id)
            bench.pass(.seconds(1))
        }
        bench.acquire(9)
        #expect(bench.leases[9]?.element == (order == .mostRecentlyUsed ? 3 : 1))
        #expect(bench.leases[9]?.idleTime == .seconds(order == .mostRecentlyUsed ? 1 : 3))
        #expect(bench.leases[9]?.age == .seconds(3))
    }

    @Test func `a resource that comes back twice is refused, whoever has it meanwhile`() {
        let bench = Bench()
        bench.acquire(1)
        bench.finishCreation()
        guard let grant = bench.leases[1] else { return #expect(Bool(false), "nothing was granted") }
        #expect(bench.release(1))
        #expect(bench.table.release(grant.lease, as: .good, at: bench.now) == false)
        bench.acquire(2)
        #expect(bench.table.release(grant.lease, as: .broken, at: bench.now) == false)
        #expect(bench.statistics.inUse == 1)
        #expect(bench.gone == [])
    }

    @Test func `a caller that gives up is out at once, and the next one gets what was started for it`() {
        let bench = Bench { $0.maxSize = 1 }
        bench.acquire(1)
        #expect(bench.cancel(1))
        #expect(!bench.cancel(1))
        bench.acquire(2)
        #expect(bench.creations.count == 1)
        bench.finishCreation()
        #expect(bench.granted == [2])
        #expect(!bench.cancel(2), "a resource in the hand is to be released, not cancelled")
        #expect(bench.statistics.cancelled == 1)
    }

    @Test func `what nobody waits for any more becomes idle`() {
        let bench = Bench()
        bench.acquire(1)
        bench.run(.seconds(5))
        #expect(bench.refused == [1: .timedOut])
        #expect(bench.statistics.timeouts == 1)
        bench.finishCreation()
        #expect(bench.statistics.idle == 1)
        #expect(bench.acquire(2).isGranted)
        #expect(bench.statistics.reused == 0, "nobody has used it before")
    }

    @Test func `a factory that fails is the first caller's error, and the next caller's next try`() {
        let bench = Bench { $0.maxSize = 1 }
        for id in 1...3 as ClosedRange<UInt64> { bench.acquire(id) }
        bench.failCreation()
        #expect(bench.refused == [1: .creationFailed])
        #expect(bench.creations.count == 1)
        bench.finishCreation()
        #expect(bench.granted == [2])
        bench.release(2)
        #expect(bench.granted == [2, 3])
        #expect(bench.statistics.failedCreates == 1)
        #expect(bench.statistics.failedAcquires == 1)
    }

    @Test func `no place is lost to a factory that fails`() {
        let bench = Bench { $0.maxSize = 2 }
        for id in 1...100 as ClosedRange<UInt64> {
            bench.acquire(id)
            bench.failCreation()
        }
        #expect(bench.refused.count == 100)
        bench.acquire(101)
        bench.acquire(102)
        #expect(bench.creations.count == 2)
    }

    @Test func `a factory that hangs does not fail the callers behind the one that it hangs for`() {
        let bench = Bench { $0.maxSize = 2 }
        bench.acquire(1)
        bench.run(.seconds(2))
        bench.acquire(2)
        #expect(bench.creations.count == 2)
        // The first run hangs; the second is quick, and serves the first caller.
        let hanging = bench.creations.removeFirst()
        bench.finishCreation()
        #expect(bench.granted == [1])
        #expect(bench.creations.isEmpty, "both places are taken")
        bench.release(1)
        #expect(bench.granted == [1, 2])
        bench.release(2)
        // After half of the acquire timeout nobody counts on the hanging run; after 30 s it is told to end.
        bench.run(.seconds(28))
        #expect(bench.cancelledCreations == [hanging])
        #expect(bench.statistics.creating == 1)
    }

    @Test func `after half of the acquire timeout another creation is started for the caller`() {
        let bench = Bench { $0.maxSize = 2 }
        bench.acquire(1)
        bench.run(.milliseconds(2_499))
        #expect(bench.creations.count == 1)
        bench.run(.milliseconds(1))
        #expect(bench.creations.count == 2)
        bench.creations.removeFirst()
        bench.finishCreation()
        #expect(bench.granted == [1])
    }

    @Test func `the failure of a creation that nobody counts on any more is nobody's error`() {
        let bench = Bench { $0.maxSize = 2 }
        bench.acquire(1)
        bench.run(.milliseconds(2_500))
        #expect(bench.creations.count == 2)
        bench.failCreation()
        #expect(bench.refused == [:], "another one is on its way")
        bench.finishCreation()
        #expect(bench.granted == [1])
    }

    @Test func `more callers than may wait are turned away`() {
        let bench = Bench {
            $0.maxSize = 1
            $0.maxWaiters = 2
        }
        // The first one does not wait for others: a resource is being created for it.
        for id in 1...3 as ClosedRange<UInt64> { bench.acquire(id) }
        #expect(bench.acquire(4).rejection == .queueFull)
        #expect(bench.statistics.rejected == 1)
    }

    @Test func `a broken resource is replaced for the one who waits`() {
        let bench = Bench(.closeable) { $0.maxSize = 1 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2)
        bench.release(1, as: .broken)
        #expect(bench.gone == [1])
        #expect(bench.creations.isEmpty, "its place is free only when it is closed")
        bench.finishClosing()
        bench.finishCreation()
        #expect(bench.leases[2]?.element == 2)
        #expect(bench.statistics.destroyedByReason == [.broken: 1])
    }

    @Test func `a resource that does not get closed gives its place up after a while`() {
        let bench = Bench(.closeable) { $0.maxSize = 1 }
        bench.acquire(1)
        bench.finishCreation()
        bench.release(1, as: .leaked)
        bench.acquire(2, timeout: nil)
        bench.run(.milliseconds(4_999))
        #expect(bench.creations.isEmpty)
        bench.run(.milliseconds(1))
        #expect(bench.creations.count == 1)
        #expect(bench.statistics.failedCloses == 1)
        bench.finishClosing(failed: true)
        #expect(bench.statistics.failedCloses == 1, "the late answer counts for nothing")
        #expect(bench.statistics.destroyedByReason == [.leaked: 1])
    }
}
