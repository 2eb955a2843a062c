@testable import ProviderSimulator
import Testing

@Suite struct RecentEntriesTests {
    @Test func `the oldest entries make room, changed ones stay where they are`() {
        var entries = RecentEntries<Int>(capacity: 3)
        for (number, key) in ["a", "b", "c"].enumerated() { entries[key] = number }
        entries["a"] = 10
        #expect(["a", "b", "c"].map { entries[$0] } == [10, 1, 2])
        entries["d"] = 3
        #expect(["a", "b", "c", "d"].map { entries[$0] } == [nil, 1, 2, 3])
        entries["e"] = 4
        entries["f"] = 5
        entries["g"] = 6
        #expect(["b", "c", "d", "e", "f", "g"].map { entries[$0] } == [nil, nil, nil, 4, 5, 6])
    }

    @Test func `a key that has gone may come again`() {
        var entries = RecentEntries<Int>(capacity: 1)
        entries["a"] = 1
        entries["b"] = 2
        entries["a"] = 3
        #expect(entries["a"] == 3 && entries["b"] == nil)
    }
}
