import CurlTransport
import HTTPSessionPool
import Testing

@Suite struct `Resource table's end` {
    typealias Bench = ResourceTableBench

    @Test func `a pool that nobody uses ends when its resources are closed`() {
        let bench = Bench(.closeable) { $0.minSize = 2 }
        bench.finishCreation()
        bench.finishCreation()
        bench.drain(grace: .seconds(30))
        #expect(bench.table.aborted == 0)
        #expect(!bench.table.isFinished)
        bench.finishClosing()
        bench.finishClosing()
        #expect(bench.table.isFinished)
        #expect(bench.acquire(1).rejection == .draining)
        #expect(bench.statistics.destroyedByReason == [.shutdown: 2])
    }

    @Test func `those inside are let go on, those who wait are served, nobody new comes in`() {
        let bench = Bench { $0.maxSize = 1 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2)
        bench.drain(grace: .seconds(30))
        #expect(bench.acquire(3).rejection == .draining)
        #expect(bench.table.aborted == nil)
        bench.release(1)
        #expect(bench.granted == [1, 2])
        bench.release(2)
        #expect(bench.table.aborted == 0)
        #expect(bench.table.isFinished)
        #expect(bench.gone == [1])
    }

    @Test func `after the grace the rest is counted, and a resource in use is left alone until it comes back`() {
        let bench = Bench(.closeable) { $0.maxSize = 1 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2, timeout: nil)
        bench.acquire(3, timeout: nil)
        bench.drain(grace: .seconds(30))
        bench.run(.milliseconds(29_999))
        #expect(bench.table.aborted == nil)
        bench.run(.milliseconds(1))
        #expect(bench.table.aborted == 3)
        #expect(bench.refused == [2: .closed, 3: .closed])
        #expect(bench.table.isFinished)
        #expect(bench.gone == [])
        bench.release(1)
        #expect(bench.gone == [1])
        #expect(bench.table.aborted == 3)
    }

    @Test func `the shortest grace counts`() {
        let bench = Bench()
        bench.acquire(1)
        bench.finishCreation()
        bench.drain(grace: .seconds(30))
        bench.drain(grace: .seconds(60))
        bench.drain(grace: .seconds(10))
        bench.run(.seconds(10))
        #expect(bench.table.aborted == 1)
    }

    @Test func `the factory is told, and what it makes all the same is closed`() {
        let bench = Bench(.closeable)
        bench.acquire(1)
        let creation = bench.creations[0]
        bench.drain(grace: .zero)
        #expect(bench.cancelledCreations == [creation])
        #expect(bench.refused == [1: .closed])
        #expect(bench.table.isFinished, "nobody waits for a factory that hangs")
        bench.finishCreation()
        #expect(bench.gone == [1])
        let statistics = bench.statistics
        #expect(statistics.created - statistics.destroyed == 0)
    }

    @Test func `a ping that runs is waited for`() {
        let bench = Bench([.pingable, .closeable])
        bench.acquire(1)
        bench.finishCreation()
        bench.release(1)
        bench.run(.seconds(55))
        #expect(bench.checks.count == 1)
        bench.drain(grace: .zero)
        #expect(!bench.table.isFinished)
        bench.answerCheck(true)
        #expect(bench.gone == [1])
        bench.finishClosing()
        #expect(bench.table.isFinished)
    }

    @Test func `a warm-up that runs is told, and none begins`() {
        let bench = Bench()
        bench.warmUp(1, 2)
        bench.drain(grace: .seconds(1))
        #expect(bench.refused == [1: .closed])
        bench.warmUp(2, 2)
        #expect(bench.refused[2] == .closed)
    }

    @Test func `one who waits for a ping at the end is still served`() {
        let bench = Bench(.pingable) { $0.maxSize = 1 }
        bench.acquire(1)
        bench.finishCreation()
        bench.acquire(2)
        bench.drain(grace: .seconds(30))
        bench.release(1, as: .suspect)
        bench.answerCheck(true)
        #expect(bench.granted == [1, 2])
        bench.run(.seconds(30))
        #expect(bench.table.aborted == 1)
    }

    @Test func `a drain does not ping for health, and does not ask to be woken for it`() {
        let bench = Bench(.pingable) { $0.maxSize = 2 }
        bench.acquire(1)
        bench.acquire(2)
        bench.finishCreation()
        bench.finishCreation()
        bench.run(.seconds(100))
        bench.acquire(3, timeout: nil)
        bench.drain(grace: .seconds(30))
        // Two suspects for one who waits: one is pinged for it, the other stays as it is.
        bench.release(1, as: .suspect)
        bench.release(2, as: .suspect)
        #expect(bench.checks.count == 1)
        bench.run(.seconds(1))
        #expect(bench.checks.count == 1)
        bench.answerCheck(true)
        #expect(bench.granted.last == 3)
        bench.release(3)
        #expect(bench.table.isFinished)
        #expect(bench.gone.sorted() == [1, 2])
    }
}
