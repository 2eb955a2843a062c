import CurlTransport
import HTTPSessionPool
import Testing

/// Factories that hang or go on after their end, and what that says of the far side.
@Suite struct `Resource table's factories` {
    typealias Bench = ResourceTableBench

    // MARK: Factories that hang (pgjdbc/r2dbc-postgresql#595)

    private func hanging(_ count: UInt64, _ traits: ResourceTraits = []) -> Bench {
        let bench = Bench(traits) {
            $0.maxSize = Int(count)
            $0.createTimeout = .seconds(10)
            $0.closeTimeout = .seconds(1)
        }
        for id in 1...count { bench.acquire(id, timeout: .seconds(5)) }
        return bench
    }

    @Test func `a factory that ignores its cancellation gives its place up`() {
        let bench = hanging(3)
        bench.run(.milliseconds(10_999))
        #expect(bench.cancelledCreations.count == 3)
        #expect(bench.statistics.creating == 3)
        bench.run(.milliseconds(1))
        #expect(bench.statistics.creating == 0)
        #expect(bench.statistics.failedCreates == 3)
        bench.creations.removeAll()
        bench.acquire(10)
        bench.finishCreation()
        #expect(bench.granted == [10])
    }

    @Test func `who waits without a limit is told of a factory that hangs, and so is a warm-up`() {
        let bench = Bench {
            $0.maxSize = 1
            $0.acquireTimeout = nil
        }
        bench.acquire(1, timeout: nil)
        bench.warmUp(2, 1)
        bench.run(.seconds(35))
        #expect(bench.refused == [1: .creationGivenUp, 2: .creationGivenUp])
    }

    @Test func `what a factory makes after it has lost its place is used if there is one, and else closed`() {
        let bench = hanging(1, .closeable)
        bench.run(.seconds(11))
        let late = bench.creations[0]
        bench.finishCreation()
        #expect(bench.statistics.idle == 1, "nobody has taken its place")
        bench.table.created(late, 9, traits: .closeable, jitter: 0, at: bench.now)
        #expect(bench.statistics.created == 1, "an answer counts once")

        let other = hanging(1, .closeable)
        other.run(.seconds(11))
        let hung = other.creations.removeFirst()
        other.acquire(2)
        other.finishCreation()
        other.creations.append(hung)
        other.finishCreation()
        let facts = other.statistics
        #expect(other.gone == [2])
        #expect(facts.destroyedByReason == [.late: 1])
        #expect(
            facts.totalConnections + facts.creating + facts.closing == 1,
            "it has no place while it is closed, either"
        )
        other.finishClosing()
        #expect(other.statistics.totalConnections == 1)
    }

    @Test func `what a factory makes late takes the place of one that hangs`() {
        let bench = hanging(1)
        bench.run(.seconds(11))
        bench.acquire(2)
        bench.run(.seconds(3))
        #expect(bench.creations.count == 2)
        bench.finishCreation()
        #expect(bench.granted == [2])
        #expect(bench.statistics.creating == 0)
        bench.failCreation()
        #expect(bench.statistics.failedCreates == 2)
    }

    @Test func `the end does not wait for factories that hang, and closes what they make`() {
        let bench = hanging(2, .closeable)
        bench.run(.seconds(11))
        bench.drain(grace: .zero)
        #expect(bench.table.isFinished)
        bench.finishCreation()
        #expect(bench.gone == [1])
        bench.finishClosing()
        bench.failCreation()
        #expect(bench.table.isFinished)
        #expect(bench.table.nextWake == nil)
    }

    // MARK: What is said of the far side

    @Test func `a creation that takes longer than callers wait is a failure, whoever waits for it`() {
        let bench = Bench()
        bench.acquire(1, timeout: .milliseconds(100))
        bench.run(.milliseconds(4_999))
        #expect(bench.observed.isEmpty)
        bench.run(.milliseconds(1))
        #expect(bench.observed.map(\.outcome) == [.failed])
        #expect(bench.observed.map(\.times) == [1])
        for id in 2...4 as ClosedRange<UInt64> {
            bench.acquire(id)
            bench.cancel(id)
        }
        bench.run(.seconds(5))
        #expect(bench.observed.map(\.times) == [1, 3, 1], "each caller that was lost counts once, a creation at least")
    }

    @Test func `callers that give up say nothing while the factory does its work`() {
        let bench = Bench { $0.maxSize = 1 }
        for id in 1...20 as ClosedRange<UInt64> {
            bench.acquire(id, timeout: .zero)
            bench.run(.milliseconds(1))
        }
        bench.finishCreation()
        bench.acquire(30)
        for id in 31...40 as ClosedRange<UInt64> { bench.acquire(id, timeout: .milliseconds(1)) }
        bench.run(.seconds(60))
        #expect(bench.observed.map(\.outcome) == [.succeeded])
    }

    @Test func `creations that fail for nobody, and pings that are answered, say how the far side does`() {
        let bench = Bench(.pingable) { $0.minSize = 1 }
        bench.failCreation()
        #expect(bench.observed.map(\.outcome) == [.failed])
        bench.run(.milliseconds(100))
        bench.finishCreation()
        bench.run(.seconds(55))
        bench.answerCheck(true)
        #expect(bench.observed.map(\.outcome) == [.failed, .succeeded, .succeeded])
        bench.warmUp(1, 2)
        bench.drain(grace: .zero)
        bench.failCreation()
        #expect(bench.observed.count == 3, "the end is nobody's failure")
    }
}
