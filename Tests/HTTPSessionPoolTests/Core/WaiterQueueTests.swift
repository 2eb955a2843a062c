import HTTPSessionPool
import TestSupport
import Testing

@Suite struct `Waiter queue` {
    @Test func `an empty queue serves nobody`() {
        var queue = WaiterQueue<Int>()
        #expect(queue.isEmpty)
        #expect(queue.first == nil)
        #expect(queue.popFirst() == nil)
        #expect(queue.removeAll() == [])
    }

    @Test func `first come, first served`() {
        var queue = WaiterQueue<String>()
        for name in ["a", "b", "c"] {
            _ = queue.append(name)
        }
        #expect(queue.count == 3)
        #expect(queue.first == "a")
        #expect(queue.popFirst() == "a")
        #expect(queue.popFirst() == "b")
        #expect(queue.popFirst() == "c")
        #expect(queue.popFirst() == nil)
    }

    @Test(arguments: 0..<5)
    func `a waiter can leave from any place, once`(place: Int) {
        var queue = WaiterQueue<Int>()
        let tokens = (0..<5).map { queue.append($0) }
        #expect(queue.remove(tokens[place]) == place)
        #expect(queue.remove(tokens[place]) == nil)
        #expect(queue.removeAll() == (0..<5).filter { $0 != place })
    }

    @Test func `an old token does not touch the waiter that now has its slot`() {
        var queue = WaiterQueue<String>()
        let old = queue.append("old")
        #expect(queue.popFirst() == "old")
        let new = queue.append("new")
        #expect(queue.remove(old) == nil)
        #expect(old != new)
        #expect(queue.remove(new) == "new")
    }

    @Test func `memory follows the longest queue, not the number served`() {
        var queue = WaiterQueue<Int>()
        for round in 0..<10_000 {
            _ = queue.append(round)
            let second = queue.append(round)
            _ = queue.remove(second)
            _ = queue.popFirst()
        }
        #expect(queue.peakCount == 2)
    }

    @Test func `an element is let go when it leaves`() {
        final class Waiter: Sendable {}
        var queue = WaiterQueue<Waiter>()
        weak let waiter: Waiter?
        do {
            let strong = Waiter()
            waiter = strong
            let token = queue.append(strong)
            _ = queue.remove(token)
        }
        #expect(waiter == nil)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `random walk agrees with an array`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var queue = WaiterQueue<Int>()
        var model: [(token: WaiterQueue<Int>.Token, element: Int)] = []
        var stale: [WaiterQueue<Int>.Token] = []

        for step in 0..<3_000 {
            switch random.below(20) {
            case 0..<9:
                model.append((queue.append(step), step))
            case 9..<14:
                let expected = model.isEmpty ? nil : model.removeFirst()
                try invariant(queue.popFirst() == expected?.element, "step \(step): wrong one served")
                if let expected { stale.append(expected.token) }
            case 14..<18 where !model.isEmpty:
                let entry = model.remove(at: random.below(model.count))
                try invariant(queue.remove(entry.token) == entry.element, "step \(step): wrong one removed")
                stale.append(entry.token)
            case 18 where random.chance(5):
                try invariant(queue.removeAll() == model.map(\.element), "step \(step): wrong order")
                stale.append(contentsOf: model.map(\.token))
                model = []
            default:
                guard let token = stale.randomElement(using: &random) else { continue }
                try invariant(queue.remove(token) == nil, "step \(step): a stale token removed somebody")
            }
            try invariant(queue.count == model.count, "step \(step): \(queue.count) waiters")
            try invariant(queue.isEmpty == model.isEmpty, "step \(step): emptiness")
            try invariant(queue.first == model.first?.element, "step \(step): first")
            if step.isMultiple(of: 50) {
                try invariant(queue.elements == model.map(\.element), "step \(step): order")
            }
        }
    }
}
