import CurlTransport
import HTTPSessionPool
import Testing

@Suite struct `Lease machine` {
    private func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    /// A machine whose only permit is out, with waiters 1...count in its queue.
    private func busyMachine(waiting count: UInt64, timeout: Int64? = nil) -> LeaseMachine {
        var machine = LeaseMachine(limit: 1)
        #expect(machine.acquire(0, at: at(0), deadline: nil) == .granted)
        for waiter in 1...count {
            let now = Int64(waiter)
            #expect(machine.acquire(waiter, at: at(now), deadline: timeout.map { at(now + $0) }) == .enqueued)
        }
        return machine
    }

    @Test func `permits are granted at once up to the limit, then callers wait`() {
        var machine = LeaseMachine(limit: 2)
        #expect(machine.isQuiescent)
        #expect(machine.acquire(1, at: at(0), deadline: nil) == .granted)
        #expect(machine.acquire(2, at: at(0), deadline: nil) == .granted)
        #expect(machine.acquire(3, at: at(0), deadline: nil) == .enqueued)
        #expect(machine.inUse == 2)
        #expect(machine.available == 0)
        #expect(machine.waiting == 1)
        #expect(machine.isWaiting(3))
        #expect(!machine.isWaiting(1))
    }

    @Test func `a released permit passes to whoever came first`() {
        var machine = busyMachine(waiting: 3)
        #expect(machine.release(at: at(10)) == 1)
        #expect(machine.release(at: at(11)) == 2)
        #expect(machine.release(at: at(12)) == 3)
        #expect(machine.inUse == 1)
        #expect(machine.release(at: at(13)) == nil)
        #expect(machine.isQuiescent)
    }

    @Test func `a cancelled waiter is passed over, and cancelling twice says so`() {
        var machine = busyMachine(waiting: 3)
        #expect(machine.cancel(2) == true)
        #expect(machine.cancel(2) == false)
        #expect(machine.cancel(99) == false)
        #expect(machine.release(at: at(10)) == 1)
        #expect(machine.release(at: at(10)) == 3)
    }

    @Test func `cancelling after the grant comes too late`() {
        var machine = busyMachine(waiting: 1)
        #expect(machine.release(at: at(10)) == 1)
        #expect(machine.cancel(1) == false)
        #expect(machine.inUse == 1, "the permit is the waiter's to release")
    }

    @Test func `a full queue rejects, and a place in it frees again`() {
        var machine = LeaseMachine(limit: 1, maxWaiters: 2)
        #expect(machine.acquire(0, at: at(0), deadline: nil) == .granted)
        #expect(machine.acquire(1, at: at(0), deadline: nil) == .enqueued)
        #expect(machine.acquire(2, at: at(0), deadline: nil) == .enqueued)
        #expect(machine.acquire(3, at: at(0), deadline: nil) == .rejected(.queueFull))
        #expect(machine.cancel(1) == true)
        #expect(machine.acquire(3, at: at(0), deadline: nil) == .enqueued)
    }

    @Test func `without a queue there is a permit at once or none`() {
        var machine = LeaseMachine(limit: 1, maxWaiters: 0)
        #expect(machine.acquire(0, at: at(0), deadline: nil) == .granted)
        #expect(machine.acquire(1, at: at(0), deadline: nil) == .rejected(.queueFull))
    }

    @Test func `waiters expire at their deadline, not before, in the order in which they came`() {
        var machine = busyMachine(waiting: 4, timeout: 100)
        #expect(machine.nextDeadline == at(101))
        #expect(machine.expire(at: at(100)) == [])
        #expect(machine.expire(at: at(102)) == [1, 2])
        #expect(machine.expire(at: at(102)) == [])
        #expect(machine.expire(at: at(500)) == [3, 4])
        #expect(machine.nextDeadline == nil)
        #expect(machine.release(at: at(501)) == nil)
    }

    @Test func `deadlines may come in any order`() {
        var machine = LeaseMachine(limit: 0)
        for (waiter, deadline) in [(1, 50), (2, 10), (3, nil), (4, 30), (5, 10), (6, 70)] as [(UInt64, Int64?)] {
            #expect(machine.acquire(waiter, at: at(0), deadline: deadline.map(at)) == .enqueued)
        }
        #expect(machine.nextDeadline == at(10))
        #expect(machine.expire(at: at(30)) == [2, 4, 5])
        #expect(machine.nextDeadline == at(50))
        #expect(machine.expire(at: at(100)) == [1, 6])
        #expect(machine.waiting == 1, "the one without a deadline waits on")
    }

    @Test func `a deadline that has passed does not stand in the way of a free permit`() {
        var machine = LeaseMachine(limit: 1)
        #expect(machine.acquire(1, at: at(10), deadline: at(5)) == .granted)
        #expect(machine.acquire(2, at: at(10), deadline: at(5)) == .enqueued)
        #expect(machine.expire(at: at(10)) == [2])
    }

    @Test func `raising the limit serves those who wait, in order`() {
        var machine = busyMachine(waiting: 3)
        #expect(machine.setLimit(3, at: at(10)) == [1, 2])
        #expect(machine.inUse == 3)
        #expect(machine.setLimit(9, at: at(10)) == [3])
        #expect(machine.available == 5)
    }

    @Test func `lowering the limit revokes nothing and lets permits run out`() {
        var machine = LeaseMachine(limit: 3)
        for waiter in 0..<3 as Range<UInt64> {
            #expect(machine.acquire(waiter, at: at(0), deadline: nil) == .granted)
        }
        #expect(machine.setLimit(1, at: at(1)) == [])
        #expect(machine.inUse == 3)
        #expect(machine.available == 0)
        #expect(machine.acquire(9, at: at(1), deadline: nil) == .enqueued)
        #expect(machine.release(at: at(2)) == nil)
        #expect(machine.release(at: at(2)) == nil)
        #expect(machine.release(at: at(2)) == 9)
        #expect(machine.inUse == 1)
        #expect(machine.peakInUse == 3)
    }

    @Test func `a drain serves those who wait and admits nobody new`() {
        var machine = busyMachine(waiting: 2)
        machine.beginDrain()
        #expect(machine.isDraining)
        #expect(machine.acquire(9, at: at(10), deadline: nil) == .rejected(.draining))
        #expect(machine.release(at: at(10)) == 1)
        #expect(machine.release(at: at(10)) == 2)
        #expect(!machine.isQuiescent)
        #expect(machine.release(at: at(10)) == nil)
        #expect(machine.isQuiescent)
    }

    @Test func `everybody who waits can be removed at once`() {
        var machine = busyMachine(waiting: 3, timeout: 100)
        #expect(machine.removeAllWaiters() == [1, 2, 3])
        #expect(machine.waiting == 0)
        #expect(machine.nextDeadline == nil)
        #expect(machine.cancel(1) == false)
        #expect(machine.expire(at: .distantFuture) == [])
        #expect(machine.release(at: at(10)) == nil)
        #expect(machine.isQuiescent)
    }

    @Test func `waits are counted by how they ended`() {
        var machine = busyMachine(waiting: 4, timeout: 100)
        #expect(machine.longestWait(at: at(21)) == .milliseconds(20))
        #expect(machine.release(at: at(21)) == 1)
        #expect(machine.longestWait(at: at(21)) == .milliseconds(19))
        #expect(machine.release(at: at(32)) == 2)
        #expect(machine.cancel(3) == true)
        #expect(machine.expire(at: at(200)) == [4])
        #expect(machine.longestWait(at: at(200)) == nil)
        let statistics = machine.statistics
        #expect(statistics.grantedAtOnce == 1)
        #expect(statistics.granted == 3)
        #expect(statistics.waits.count == 2)
        #expect(statistics.waits.totalNanoseconds == 50_000_000)
        #expect(statistics.waits.maximumNanoseconds == 30_000_000)
        #expect(statistics.waits.mean == .milliseconds(25))
        #expect(statistics.cancelled == 1)
        #expect(statistics.expired == 1)
        #expect(statistics.peakWaiting == 4)
    }

    @Test func `wait statistics neither overflow nor go backwards`() {
        var waits = WaitStatistics()
        #expect(waits.mean == .zero)
        waits.record(.seconds(-5))
        #expect(waits.totalNanoseconds == 0)
        waits.record(.seconds(Int64.max))
        waits.record(.seconds(Int64.max))
        #expect(waits.count == 3)
        #expect(waits.totalNanoseconds == .max)
    }

    @Test func `releasing a permit that nobody holds is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var machine = LeaseMachine(limit: 1)
            _ = machine.release(at: MonotonicTime(nanoseconds: 0))
        }
    }

    @Test func `two waiters of one name are a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var machine = LeaseMachine(limit: 0)
            _ = machine.acquire(1, at: MonotonicTime(nanoseconds: 0), deadline: nil)
            _ = machine.acquire(1, at: MonotonicTime(nanoseconds: 0), deadline: nil)
        }
    }
}
