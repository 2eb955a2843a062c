package import CurlTransport

/// Deadlines of those who wait, cheap when all waiters share one timeout and right when they do not.
///
/// With one timeout each new deadline is later than all before it: such deadlines form a sorted run, where adding
/// and taking out are O(1). Only a deadline that is earlier than the run's last one goes into a heap, at O(log n).
package struct DeadlineQueue<Payload: Sendable>: Sendable {
    /// Names one deadline for as long as it is kept; stale afterwards.
    package enum Token: Hashable, Sendable {
        /// It was in order.
        case run(RunToken)
        /// It was earlier than one before it.
        case heap(TimerHeap<Payload>.Token)
    }

    /// Names a deadline in the sorted run.
    package struct RunToken: Hashable, Sendable {
        fileprivate let token: LinkedSlots<Entry>.Token
    }

    fileprivate struct Entry: Sendable {
        let deadline: MonotonicTime
        let payload: Payload
    }

    /// From front to back the deadlines never fall.
    private var run = LinkedSlots<Entry>()
    private var heap = TimerHeap<Payload>()
    /// Known here, because most queues never need the heap: it is compiled in another module, and asking it costs.
    private var heapCount = 0

    /// A queue without deadlines.
    package init() {}

    /// How many deadlines are kept.
    package var count: Int { run.count + heapCount }

    /// The earliest deadline; nil when there is none.
    package var nextDeadline: MonotonicTime? {
        guard heapCount > 0, let second = heap.nextDeadline else { return run.first?.deadline }
        return min(run.first?.deadline ?? second, second)
    }

    #if DEBUG
        /// Work that grew with the size: tests bound the cost by it instead of timing it.
        package var levelsMoved: Int { heap.levelsMoved }
    #endif

    /// Keeps a deadline.
    package mutating func insert(_ payload: Payload, at deadline: MonotonicTime) -> Token {
        if let last = run.last, deadline < last.deadline {
            heapCount += 1
            return .heap(heap.insert(payload, at: deadline))
        }
        return .run(RunToken(token: run.append(Entry(deadline: deadline, payload: payload))))
    }

    /// Takes a deadline out; nil when it is already gone.
    @discardableResult
    package mutating func remove(_ token: Token) -> Payload? {
        switch token {
        case .run(let token): return run.remove(token.token)?.payload
        case .heap(let token):
            guard let payload = heap.remove(token) else { return nil }
            heapCount -= 1
            return payload
        }
    }

    /// Takes out one deadline that is `now` or earlier, the earliest first; nil when there is none.
    package mutating func popDue(at now: MonotonicTime) -> Payload? {
        let first = run.first?.deadline ?? .distantFuture
        if heapCount > 0, let second = heap.nextDeadline, second < first {
            guard let payload = heap.popDue(at: now) else { return nil }
            heapCount -= 1
            return payload
        }
        return first <= now ? run.popFirst()?.payload : nil
    }

    /// Forgets every deadline.
    package mutating func removeAll() {
        _ = run.removeAll()
        heap.removeAll()
        heapCount = 0
    }
}
