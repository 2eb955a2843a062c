import HTTPSessionPool
import TestSupport
import Testing

@Suite struct `Place line` {
    @Test func `the first decides the key, and those of a key come in their order`() {
        var line = PlaceLine<String, Int>()
        for (waiter, key) in ["b", "a", "b", "c", "b"].enumerated() { _ = line.append(waiter, for: key) }
        #expect(line.firstKey == "b")
        #expect(line.first(for: "b") == 0)
        #expect([line.popFirst(for: "b"), line.popFirst(for: "b"), line.popFirst(for: "b")] == [0, 2, 4])
        #expect(line.popFirst(for: "b") == nil)
        #expect(line.firstKey == "a")
        #expect(line.first(for: "z") == nil)
        #expect(line.removeAll() == [1, 3])
        #expect(line.isEmpty)
        #expect(line.firstKey == nil)
    }

    @Test func `who leaves gives the turn to the next in line, not to the next of its key`() {
        var line = PlaceLine<String, Int>()
        let first = line.append(0, for: "b")
        _ = line.append(1, for: "a")
        _ = line.append(2, for: "b")
        #expect(line.remove(first) == 0)
        #expect(line.remove(first) == nil, "a token is good for once")
        #expect(line.firstKey == "a")
        #expect(line.first(for: "b") == 2)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `random walk agrees with an array`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var line = PlaceLine<Int, Int>()
        var model: [(key: Int, waiter: Int)] = []
        var tokens: [Int: PlaceLine<Int, Int>.Token] = [:]
        for step in 0..<2_000 {
            let key = random.below(5)
            switch random.below(9) {
            case 0..<4:
                tokens[step] = line.append(step, for: key)
                model.append((key, step))
            case 4..<6:
                // Those that are gone too.
                let waiter = random.below(step + 1)
                guard let token = tokens[waiter] else { continue }
                let index = model.firstIndex { $0.waiter == waiter }
                try invariant(line.remove(token) == index.map { model.remove(at: $0).waiter }, "step \(step): removed")
            case 6..<8:
                let index = model.firstIndex { $0.key == key }
                try invariant(
                    line.popFirst(for: key) == index.map { model.remove(at: $0).waiter },
                    "step \(step): popped"
                )
            default:
                guard random.below(20) == 0 else { continue }
                try invariant(line.removeAll() == model.map(\.waiter), "step \(step): all")
                model = []
            }
            try invariant(line.count == model.count, "step \(step): count")
            try invariant(line.firstKey == model.first?.key, "step \(step): first")
            for key in 0..<5 {
                try invariant(line.first(for: key) == model.first { $0.key == key }?.waiter, "step \(step): of a key")
            }
        }
    }
}
