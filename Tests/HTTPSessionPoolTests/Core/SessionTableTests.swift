import HTTPSessionPool
import Synchronization
import TestSupport
import Testing

/// What a table answered, in a form that can be compared.
private enum Answer: Equatable {
    case existing(Int)
    case vacancy
    case evict(String, Int)
    case full

    init(_ admission: SessionTable<String, Item>.Admission) {
        switch admission {
        case .existing(let value): self = .existing(value.number)
        case .vacancy: self = .vacancy
        case .evict(let key, let value): self = .evict(key, value.number)
        case .full: self = .full
        }
    }
}

/// A value that knows when it was last used, as a session does.
private final class Item: Sendable {
    let number: Int
    private let use: Atomic<UInt64>

    init(_ number: Int, at use: UInt64) {
        self.number = number
        self.use = Atomic(use)
    }

    var lastUse: UInt64 { use.load(ordering: .relaxed) }
    func use(at time: UInt64) { use.store(time, ordering: .relaxed) }
}

/// A table of numbered values that counts the uses of them.
private struct UseTable<Key: Hashable & Sendable> {
    var table: SessionTable<Key, Item>
    private var time: UInt64 = 0

    init(capacity: Int, _ eviction: EvictionPolicy) {
        table = SessionTable(capacity: capacity, eviction: eviction, lastUse: \.lastUse)
    }

    /// A use by the table, or by a handle that was kept: it is the same to the table.
    mutating func use(_ key: Key) -> Int? {
        guard let item = table.value(for: key) else { return nil }
        time += 1
        item.use(at: time)
        return item.number
    }

    mutating func insert(_ number: Int, for key: Key) {
        time += 1
        table.insert(Item(number, at: time), for: key)
    }

    mutating func admit(_ key: Key, retire: (Int) -> Bool) -> SessionTable<Key, Item>.Admission {
        let admission = table.admit(key) { retire($0.number) }
        if case .existing = admission { _ = use(key) }
        return admission
    }
}

@Suite struct `Session table` {
    /// A table with a key for each letter and the values 0, 1, 2 and so on, created in this order.
    private func table(_ keys: String, capacity: Int, _ eviction: EvictionPolicy) -> UseTable<String> {
        var table = UseTable<String>(capacity: capacity, eviction)
        for (value, key) in keys.enumerated() {
            table.insert(value, for: String(key))
        }
        return table
    }

    private func admit(
        _ key: String,
        to table: inout UseTable<String>,
        retire: (Int) -> Bool = { _ in true }
    ) -> Answer {
        Answer(table.admit(key, retire: retire))
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `the same key has the same value, and room is announced`(eviction: EvictionPolicy) {
        var table = table("a", capacity: 2, eviction)
        #expect(admit("a", to: &table) == .existing(0))
        #expect(admit("b", to: &table) == .vacancy)
        #expect(table.use("a") == 0)
        #expect(table.use("b") == nil)
        #expect(table.table.count == 1)
    }

    @Test func `lru evicts what has not been used the longest, however it was used`() {
        var table = table("abc", capacity: 3, .lru)
        #expect(table.use("a") == 0)
        #expect(admit("b", to: &table) == .existing(1))
        #expect(admit("d", to: &table) == .evict("c", 2))
        table.insert(3, for: "d")
        // Uses that the table has not seen, and among them one before another's insertion.
        #expect(table.use("b") == 1)
        #expect(table.use("a") == 0)
        #expect(admit("e", to: &table) == .evict("d", 3))
        table.insert(4, for: "e")
        #expect(admit("f", to: &table) == .evict("b", 1), "older than what came later")
        table.insert(5, for: "f")
        #expect(admit("g", to: &table) == .evict("a", 0))
    }

    @Test func `fifo evicts what was created first, however much it is used`() {
        var table = table("abc", capacity: 3, .fifo)
        #expect(table.use("a") == 0)
        #expect(admit("a", to: &table) == .existing(0))
        #expect(admit("d", to: &table) == .evict("a", 0))
        table.insert(3, for: "d")
        #expect(admit("e", to: &table) == .evict("b", 1))
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
        #expect(table.table.count == 3)
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `looking without use changes no order`(eviction: EvictionPolicy) {
        var table = table("ab", capacity: 2, eviction)
        #expect(table.table.value(for: "a")?.number == 0)
        #expect(table.table.value(for: "z") == nil)
        #expect(admit("c", to: &table) == .evict("a", 0))
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `values are removed by key, once`(eviction: EvictionPolicy) {
        var table = table("abc", capacity: 3, eviction)
        #expect(table.table.remove("b")?.number == 1)
        #expect(table.table.remove("b") == nil)
        #expect(table.table.remove("z") == nil)
        #expect(table.table.removeAll().map(\.number) == [0, 2])
        #expect(table.table.isEmpty)
        #expect(table.use("c") == nil)
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `a capacity of 0 pools nothing`(eviction: EvictionPolicy) {
        var table = table("", capacity: 0, eviction)
        #expect(admit("a", to: &table) == .full)
        table.table.capacity = 1
        table.insert(0, for: "a")
        table.table.capacity = 0
        #expect(admit("b", to: &table) == .full)
        #expect(admit("a", to: &table) == .existing(0), "nothing has to go for a key that will get no place")
    }

    @Test(arguments: EvictionPolicy.allCases)
    func `a lowered capacity is worked off by admissions first`(eviction: EvictionPolicy) {
        var table = table("abcd", capacity: 4, eviction)
        table.table.capacity = 2
        #expect(table.table.count == 4, "nothing is closed by the setting itself")
        #expect(admit("e", to: &table) == .evict("a", 0))
        #expect(admit("e", to: &table) == .evict("b", 1))
        #expect(admit("e", to: &table) == .evict("c", 2))
        #expect(admit("e", to: &table) == .vacancy)
        table.insert(4, for: "e")
        #expect(table.table.values.map(\.number) == [3, 4])
        table.table.capacity = 3
        #expect(admit("f", to: &table) == .vacancy)
    }

    @Test func `overwriting a value that nobody closed is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var table = UseTable<String>(capacity: 2, .lru)
            table.insert(1, for: "a")
            table.insert(2, for: "a")
        }
    }

    @Test(arguments: EvictionPolicy.allCases, 0..<40 as Range<UInt64>)
    func `random walk agrees with an array`(eviction: EvictionPolicy, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = UseTable<Int>(capacity: 1 + random.below(8), eviction)
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
                try invariant(table.use(key) == use(key), "step \(step): wrong value")
            case 3..<7:
                let admission = table.admit(key) { $0 % 4 >= busy }
                let index = model.firstIndex { $0.value % 4 >= busy }
                switch admission {
                case .existing(let value):
                    try invariant(value.number == use(key), "step \(step): wrong existing value")
                case .vacancy:
                    try invariant(use(key) == nil && model.count < table.table.capacity, "step \(step): no vacancy")
                    table.insert(step, for: key)
                    model.append((key, step))
                case .evict(let evicted, let value):
                    let expected = model.remove(at: try #require(index))
                    try invariant((evicted, value.number) == expected, "step \(step): evicted the wrong one")
                    try invariant(
                        model.count + 1 >= table.table.capacity,
                        "step \(step): evicted though there was room"
                    )
                case .full:
                    try invariant(
                        use(key) == nil && model.count >= table.table.capacity
                            && (index == nil || table.table.capacity == 0),
                        "step \(step): not full"
                    )
                }
            case 7:
                let index = model.firstIndex { $0.key == key }
                let expected = index.map { model.remove(at: $0).value }
                try invariant(table.table.remove(key)?.number == expected, "step \(step): wrong removal")
            case 8:
                // As for a session that is created again in the place of a closed one.
                guard let index = model.firstIndex(where: { $0.key == key }) else { continue }
                try invariant(
                    table.table.remove(key)?.number == model.remove(at: index).value,
                    "step \(step): wrong removal"
                )
                model.append((key, step))
                table.insert(step, for: key)
            default:
                table.table.capacity = random.below(9)
            }
            let numbers = table.table.values.map(\.number).sorted()
            try invariant(numbers == model.map(\.value).sorted(), "step \(step): values \(numbers)")
            try invariant(table.table.count == model.count, "step \(step): count")
        }
    }
}
