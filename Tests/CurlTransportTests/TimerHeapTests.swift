import CurlTransport
import TestSupport
import Testing

@Suite struct `Timer heap` {
    private func time(_ nanoseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds)
    }

    @Test func `an empty heap has no deadline and nothing due`() {
        var heap = TimerHeap<String>()
        #expect(heap.isEmpty)
        #expect(heap.nextDeadline == nil)
        #expect(heap.popDue(at: .distantFuture) == nil)
    }

    @Test func `timers come out by deadline and not before it`() {
        var heap = TimerHeap<String>()
        _ = heap.insert("late", at: time(30))
        _ = heap.insert("early", at: time(10))
        _ = heap.insert("middle", at: time(20))
        #expect(heap.nextDeadline == time(10))
        #expect(heap.popDue(at: time(9)) == nil)
        #expect(heap.popDue(at: time(10)) == "early")
        #expect(heap.popDue(at: time(10)) == nil)
        #expect(heap.popDue(at: time(99)) == "middle")
        #expect(heap.popDue(at: time(99)) == "late")
        #expect(heap.isEmpty)
    }

    @Test func `a timer can be moved earlier and later`() {
        var heap = TimerHeap<String>()
        let first = heap.insert("a", at: time(10))
        let second = heap.insert("b", at: time(20))
        #expect(heap.update(first, to: time(30)) == true)
        #expect(heap.nextDeadline == time(20))
        #expect(heap.update(first, to: time(5)) == true)
        #expect(heap.nextDeadline == time(5))
        #expect(heap.deadline(of: second) == time(20))
    }

    @Test func `the token of a removed timer stays stale when its slot is used again`() {
        var heap = TimerHeap<String>()
        let old = heap.insert("old", at: time(10))
        #expect(heap.remove(old) == "old")
        let new = heap.insert("new", at: time(20))
        #expect(heap.remove(old) == nil)
        #expect(heap.update(old, to: time(1)) == false)
        #expect(heap.deadline(of: old) == nil)
        #expect(heap.remove(new) == "new")
    }

    @Test func `removing everything makes every token stale`() {
        var heap = TimerHeap<Int>()
        let tokens = (0..<50).map { heap.insert($0, at: time(Int64($0 * 7 % 50))) }
        heap.removeAll()
        #expect(heap.isEmpty)
        #expect(tokens.allSatisfy { heap.deadline(of: $0) == nil })
    }

    @Test func `a payload is let go when its timer is removed`() {
        final class Payload {}
        var heap = TimerHeap<Payload>()
        weak let payload: Payload?
        do {
            let strong = Payload()
            payload = strong
            let token = heap.insert(strong, at: time(1))
            _ = heap.remove(token)
        }
        #expect(payload == nil)
    }

    #if DEBUG
        @Test func `an operation moves at most as many levels as the heap has`() {
            var heap = TimerHeap<Int>()
            var random = SplitMix64(seed: 1)
            var tokens = (0..<4096).map { heap.insert($0, at: time(Int64(random.below(1 << 30)))) }
            let before = heap.levelsMoved
            for step in 0..<10_000 {
                let index = random.below(tokens.count)
                _ = heap.remove(tokens[index])
                tokens[index] = heap.insert(step, at: time(Int64(random.below(1 << 30))))
            }
            // A removal and an insertion each stay under log2(4096) levels.
            #expect(heap.levelsMoved - before <= 10_000 * 2 * 12)
        }
    #endif

    /// The model: live timers in an array that is searched and sorted the slow way.
    private struct Model {
        var entries: [(token: TimerHeap<Int>.Token, deadline: MonotonicTime, payload: Int)] = []

        var nextDeadline: MonotonicTime? {
            entries.map(\.deadline).min()
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `random walk agrees with a sorted array`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var heap = TimerHeap<Int>()
        var model = Model()
        var stale: [TimerHeap<Int>.Token] = []
        var now: Int64 = 0
        // A narrow range of deadlines makes ties frequent in half of the walks.
        let range = seed.isMultiple(of: 2) ? 8 : 10_000

        for step in 0..<2_000 {
            switch random.below(10) {
            case 0..<4:
                let deadline = time(now + Int64(random.below(range)))
                let token = heap.insert(step, at: deadline)
                model.entries.append((token, deadline, step))
            case 4..<6 where !model.entries.isEmpty:
                let entry = model.entries.remove(at: random.below(model.entries.count))
                try invariant(heap.remove(entry.token) == entry.payload, "step \(step): removed the wrong timer")
                stale.append(entry.token)
            case 6..<8 where !model.entries.isEmpty:
                let index = random.below(model.entries.count)
                let deadline = time(now + Int64(random.below(range)))
                model.entries[index].deadline = deadline
                try invariant(heap.update(model.entries[index].token, to: deadline), "step \(step): lost a timer")
            case 8:
                now += Int64(random.below(range / 2))
                while let payload = heap.popDue(at: time(now)) {
                    let index = try #require(model.entries.firstIndex { $0.payload == payload })
                    let entry = model.entries.remove(at: index)
                    try invariant(entry.deadline <= time(now), "step \(step): popped before its deadline")
                    try invariant(
                        model.nextDeadline.map { entry.deadline <= $0 } ?? true,
                        "step \(step): an earlier timer was left behind"
                    )
                    stale.append(entry.token)
                }
            default:
                guard let token = stale.randomElement(using: &random) else { continue }
                try invariant(heap.remove(token) == nil, "step \(step): a stale token removed a timer")
                try invariant(!heap.update(token, to: time(0)), "step \(step): a stale token moved a timer")
            }
            try invariant(heap.count == model.entries.count, "step \(step): \(heap.count) timers")
            try invariant(heap.nextDeadline == model.nextDeadline, "step \(step): next deadline")
        }
    }
}
