import HTTPSessionPool
import TestSupport
import Testing

/// What a table answered, in a form that can be compared.
private enum Answer: Equatable {
    case existing(Int)
    case vacancy
    case evict(String, Int)
    case full

    init(_ admission: SessionTable<String, Int>.Admission) {
        switch admission {
        case .existing(let value): self = .existing(value)
        case .vacancy: self = .vacancy
        case .evict(let key, let value): self = .evict(key, value)
        case .full: self = .full
        }
    }
}

@Suite struct `Session table` {
    /// A table with a key for each letter and the values 0, 1, 2 and so on, created in this order.
    private func table(_ keys: String, capacity: Int, _ eviction: EvictionPolicy) -> SessionTable<String, Int> {
        var table = SessionTable<String, Int>(capacity: capacity, eviction: eviction)
        for (value, key) in keys.enumerated() {
            table.insert(value, for: String(key))
        }
        return table
    }

    private func admit(
        _ key: String,
        to table: inout SessionTable<String, Int>,
        retire: (Int) -> Bool = { _ in true }
    ) -> Answer {
        Answer(table.admit(key, retire: retire))
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `the same key has the same value, and room is announced`(eviction: EvictionPolicy) {
        var table = table("a", capacity: 2, eviction)
        #expect(admit("a", to: &table) == .existing(0))
        #expect(admit("b", to: &table) == .vacancy)
        #expect(table.value(for: "a") == 0)
        #expect(table.value(for: "b") == nil)
        #expect(table.count == 1)
    }

    @Test func `lru evicts what has not been asked for the longest`() {
        var table = table("abc", capacity: 3, .lru)
        #expect(table.value(for: "a") == 0)
        #expect(admit("b", to: &table) == .existing(1))
        #expect(table.keys == ["c", "a", "b"])
        #expect(admit("d", to: &table) == .evict("c", 2))
        table.insert(3, for: "d")
        #expect(table.keys == ["a", "b", "d"])
    }

    @Test func `fifo evicts what was created first, however much it is used`() {
        var table = table("abc", capacity: 3, .fifo)
        #expect(table.value(for: "a") == 0)
        #expect(admit("a", to: &table) == .existing(0))
        #expect(admit("d", to: &table) == .evict("a", 0))
        table.insert(3, for: "d")
        #expect(table.values == [1, 2, 3])
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `a busy value is passed over, and when all are busy the table is full`(eviction: EvictionPolicy) {
        var table = table("abc", capacity: 3, eviction)
        var asked: [Int] = []
        let answer = admit("d", to: &table) { value in
            asked.append(value)
            return value == 1
        }
        #expect(answer == .evict("b", 1))
        #expect(asked == [0, 1], "asked from the eviction end, and nobody after the first that agrees")
        table.insert(3, for: "d")
        #expect(admit("e", to: &table) { _ in false } == .full)
        #expect(table.count == 3)
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `looking without use changes no order`(eviction: EvictionPolicy) {
        var table = table("ab", capacity: 2, eviction)
        #expect(table.peek("a") == 0)
        #expect(table.peek("z") == nil)
        #expect(admit("c", to: &table) == .evict("a", 0))
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `values are removed by key, once`(eviction: EvictionPolicy) {
        var table = table("abc", capacity: 3, eviction)
        #expect(table.remove("b") == 1)
        #expect(table.remove("b") == nil)
        #expect(table.remove("z") == nil)
        #expect(table.removeAll() == [0, 2])
        #expect(table.isEmpty)
        #expect(table.value(for: "c") == nil)
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `a capacity of 0 pools nothing`(eviction: EvictionPolicy) {
        var table = table("", capacity: 0, eviction)
        #expect(admit("a", to: &table) == .full)
        table.capacity = 1
        table.insert(0, for: "a")
        table.capacity = 0
        #expect(admit("b", to: &table) == .full)
        #expect(admit("a", to: &table) == .existing(0), "nothing has to go for a key that will get no place")
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `a lowered capacity is worked off by admissions first`(eviction: EvictionPolicy) {
        var table = table("abcd", capacity: 4, eviction)
        table.capacity = 2
        #expect(table.count == 4, "nothing is closed by the setting itself")
        #expect(admit("e", to: &table) == .evict("a", 0))
        #expect(admit("e", to: &table) == .evict("b", 1))
        #expect(admit("e", to: &table) == .evict("c", 2))
        #expect(admit("e", to: &table) == .vacancy)
        table.insert(4, for: "e")
        #expect(table.values == [3, 4])
        table.capacity = 3
        #expect(admit("f", to: &table) == .vacancy)
    }

    @Test func `overwriting a value that nobody closed is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var table = SessionTable<String, Int>(capacity: 2, eviction: .lru)
            table.insert(1, for: "a")
            table.insert(2, for: "a")
        }
    }

    @Test(arguments: EvictionPolicy.allCases, 0..<40 as Range<UInt64>)
    func `random walk agrees with an array`(eviction: EvictionPolicy, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = SessionTable<Int, Int>(capacity: 1 + random.below(8), eviction: eviction)
        // The eviction end first; a value is the step that made it.
        var model: [(key: Int, value: Int)] = []

        func use(_ key: Int) -> Int? {
            guard let index = model.firstIndex(where: { $0.key == key }) else { return nil }
            let entry = model[index]
            if eviction == .lru { model.append(model.remove(at: index)) }
            return entry.value
        }

        for step in 0..<2_000 {
            let key = random.below(12)
            // Which values would not retire, by their lowest bits.
            let busy = random.below(4)
            switch random.below(10) {
            case 0..<3:
                try invariant(table.value(for: key) == use(key), "step \(step): wrong value")
            case 3..<7:
                let admission = table.admit(key) { $0 % 4 >= busy }
                let index = model.firstIndex { $0.value % 4 >= busy }
                switch admission {
                case .existing(let value):
                    try invariant(value == use(key), "step \(step): wrong existing value")
                case .vacancy:
                    try invariant(use(key) == nil && model.count < table.capacity, "step \(step): no vacancy")
                    table.insert(step, for: key)
                    model.append((key, step))
                case .evict(let evicted, let value):
                    let expected = model.remove(at: try #require(index))
                    try invariant((evicted, value) == expected, "step \(step): evicted the wrong one")
                    try invariant(model.count + 1 >= table.capacity, "step \(step): evicted though there was room")
                case .full:
                    try invariant(
                        use(key) == nil && model.count >= table.capacity && (index == nil || table.capacity == 0),
                        "step \(step): not full"
                    )
                }
            case 7:
                let index = model.firstIndex { $0.key == key }
                let expected = index.map { model.remove(at: $0).value }
                try invariant(table.remove(key) == expected, "step \(step): wrong removal")
            case 8:
                // As for a session that is created again in the place of a closed one.
                guard let index = model.firstIndex(where: { $0.key == key }) else { continue }
                try invariant(table.remove(key) == model.remove(at: index).value, "step \(step): wrong removal")
                model.append((key, step))
                table.insert(step, for: key)
            default:
                table.capacity = random.below(9)
            }
            try invariant(table.keys == model.map(\.key), "step \(step): keys \(table.keys)")
            try invariant(table.values == model.map(\.value), "step \(step): values")
            try invariant(table.count == model.count, "step \(step): count")
        }
    }
}
