import HTTPSessionPool
import TestSupport
import Testing

@Suite struct `Linked slots` {
    @Test func `elements can be added and taken out at both ends`() {
        var slots = LinkedSlots<Int>()
        slots.append(2)
        slots.prepend(1)
        slots.append(3)
        #expect(slots.elements == [1, 2, 3])
        #expect(slots.first == 1)
        #expect(slots.last == 3)
        #expect(slots.popLast() == 3)
        #expect(slots.popFirst() == 1)
        #expect(slots.popLast() == 2)
        #expect(slots.popLast() == nil)
        slots.prepend(4)
        #expect(slots.first == 4)
        #expect(slots.last == 4)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `random walk agrees with an array`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var slots = LinkedSlots<Int>()
        var model: [(token: LinkedSlots<Int>.Token, element: Int)] = []
        for step in 0..<2_000 {
            switch random.below(8) {
            case 0, 1: model.append((slots.append(step), step))
            case 2, 3: model.insert((slots.prepend(step), step), at: 0)
            case 4: try invariant(slots.popFirst() == (model.isEmpty ? nil : model.removeFirst().element), "first")
            case 5: try invariant(slots.popLast() == model.popLast()?.element, "step \(step): last")
            case 6 where !model.isEmpty:
                let entry = model.remove(at: random.below(model.count))
                try invariant(slots.remove(entry.token) == entry.element, "step \(step): removed")
                try invariant(slots.remove(entry.token) == nil, "step \(step): removed twice")
            case 7 where !model.isEmpty:
                let entry = model.remove(at: random.below(model.count))
                try invariant(slots.moveToBack(entry.token), "step \(step): moved")
                model.append(entry)
            default: break
            }
            try invariant(slots.count == model.count, "step \(step): count")
            guard step.isMultiple(of: 20) else { continue }
            try invariant(slots.elements == model.map(\.element), "step \(step): order")
            try invariant(slots.tokens == model.map(\.token), "step \(step): tokens")
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `elements go where they belong in a list that is in order but for them`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for size in 0..<20 {
            var slots = LinkedSlots<[Int]>()
            var tokens: [LinkedSlots<[Int]>.Token] = []
            for index in 0..<size { tokens.append(slots.append([index, index])) }
            var moved: [LinkedSlots<[Int]>.Token] = []
            for token in tokens where random.below(3) == 0 {
                let old = try #require(slots.element(token))
                _ = slots.exchange(token, with: [random.below(size + 5), old[1]])
                moved.append(token)
            }
            slots.sortIn(moved) { $0[0] < $1[0] }
            let keys = slots.elements.map { $0[0] }
            try invariant(keys == keys.sorted(), "size \(size): \(keys)")
            try invariant(slots.elements.map { $0[1] }.sorted() == Array(0..<size), "size \(size): all are there")
            var walked: [LinkedSlots<[Int]>.Token] = []
            var next = slots.firstToken
            while let token = next {
                walked.append(token)
                next = slots.token(after: token)
            }
            try invariant(walked == slots.tokens, "size \(size): one after the other")
            while let element = slots.popLast() { try invariant(element[0] == keys[slots.count], "size \(size): back") }
        }
    }
}
