@testable import CurlTransport
import TestSupport
import Testing

@Suite struct `Socket table` {
    private func record(_ serial: Int) -> SocketRecord {
        SocketRecord(-1, serial: serial, opener: 0, at: MonotonicTime(nanoseconds: 0))
    }

    private func time(_ nanoseconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(nanoseconds)) }

    @Test func `an empty table knows nothing`() {
        var table = SocketTable()
        #expect(table.isEmpty)
        #expect(!table.contains(0))
        #expect(!table.contains(-1))
        #expect(table[7] == nil)
        #expect(table.remove(7) == nil)
        #expect(table.connected(from: 80) == nil)
        let mayBeIdle = table.end(SocketUse(descriptor: 7, serial: 0), at: time(1))
        #expect(!mayBeIdle)
        let isNews = table.setDead(7)
        #expect(!isNews)
        table.setConnected(7, from: 80)
        #expect(table.all.isEmpty)
    }

    @Test func `descriptors that fall on one place are told apart, whichever of them goes first`() {
        // A table of 8 places, where these three want the same.
        for gone in [3, 11, 19] as [Int32] {
            var table = SocketTable()
            for descriptor in [3, 11, 19] as [Int32] { table.insert(record(Int(descriptor)), for: descriptor) }
            #expect(table.remove(gone)?.serial == Int(gone))
            for descriptor in [3, 11, 19] as [Int32] {
                #expect(table[descriptor]?.serial == (descriptor == gone ? nil : Int(descriptor)))
            }
        }
    }

    @Test func `a chain that runs over the end of the table stays whole, whichever of it goes first`() {
        // The last of 8 places, and then the first ones, where 0 wants to be as well.
        let chain: [Int32] = [7, 15, 23, 0]
        for gone in chain {
            var table = SocketTable()
            for descriptor in chain { table.insert(record(Int(descriptor)), for: descriptor) }
            #expect(table.remove(gone)?.serial == Int(gone))
            for descriptor in chain {
                #expect(table[descriptor]?.serial == (descriptor == gone ? nil : Int(descriptor)))
            }
            #expect(table.count == 3)
        }
    }

    @Test func `a socket is idle from when its last user leaves`() {
        var table = SocketTable()
        table.insert(record(0), for: 5)
        #expect(table.busy == 1, "it is being connected")
        let uses = [80, 80].map { table.begin(5, from: $0) }
        #expect(uses.map(\.isKept) == [false, true])
        #expect(table.connected(from: 80) == 5)
        var ended = table.end(uses[0].use, at: time(10))
        #expect(!ended)
        #expect(table.busy == 1)
        ended = table.end(uses[1].use, at: time(30))
        #expect(ended)
        #expect(table.busy == 0)
        #expect(table.idle == 1)
        #expect(table[5]?.idleSince == time(30))
    }

    @Test func `a descriptor that is opened again is another socket`() {
        var table = SocketTable()
        table.insert(record(0), for: 5)
        let old = table.begin(5, from: 80).use
        _ = table.setDead(5)
        table.insert(record(1), for: 5)
        #expect(table.count == 1)
        #expect(table.connected(from: 80) == nil)
        #expect(table[5]?.isDead == false)
        #expect(table[5]?.serial == 1)
        let new = table.begin(5, from: 81).use
        // The transfer of the old one ends later.
        let ended = table.end(old, at: time(1))
        #expect(!ended)
        #expect(table[5]?.isInUse == true)
        _ = table.end(new, at: time(2))
        #expect(table.idle == 1)
    }

    @Test func `while it is not known which socket a transfer uses, none is idle`() {
        var table = SocketTable()
        for descriptor in [5, 6] as [Int32] {
            table.insert(record(Int(descriptor)), for: descriptor)
            let use = table.begin(descriptor, from: 0).use
            _ = table.end(use, at: time(1))
        }
        #expect(table.connected(from: 0) == nil, "there are two")
        let use = table.beginSomewhere()
        #expect(table.idle == 1)
        #expect(table.all.allSatisfy { !table.isIdle($0.record) })
        let mayBeIdle = table.end(use, at: time(2))
        #expect(mayBeIdle)
        #expect(table.all.allSatisfy { table.isIdle($0.record) })
    }

    /// A socket as the walk knows it, and the transfers that are on it.
    private struct Model {
        let serial: Int
        var port: Int32?
        var users: [SocketUse] = []
        var isDead = false
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `random walk agrees with a dictionary`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = SocketTable()
        var model: [Int32: Model] = [:]
        // Transfers whose sockets are gone: they end later all the same.
        var orphans: [SocketUse] = []
        // Neighbours, and numbers that collide in every table that is small enough.
        let stride: Int32 = seed.isMultiple(of: 2) ? 1 : 16
        for step in 0..<3_000 {
            let descriptor = Int32(random.below(40)) * stride
            switch random.below(8) {
            case 0, 1:
                orphans += model[descriptor]?.users ?? []
                table.insert(record(step), for: descriptor)
                model[descriptor] = Model(serial: step)
            case 2:
                let removed = table.remove(descriptor)?.serial
                orphans += model[descriptor]?.users ?? []
                try invariant(removed == model.removeValue(forKey: descriptor)?.serial, "step \(step): removed")
            case 3, 4:
                guard let known = model[descriptor] else { break }
                let port = known.port ?? Int32(random.below(60))
                let (use, isKept) = table.begin(descriptor, from: port)
                try invariant(isKept == (known.port != nil), "step \(step): kept")
                model[descriptor]?.port = port
                model[descriptor]?.users.append(use)
            case 5, 6:
                if let use = model[descriptor]?.users.popLast() {
                    let isIdle = table.end(use, at: time(step))
                    try invariant(isIdle == model[descriptor]?.users.isEmpty, "step \(step): ended")
                } else if let use = orphans.popLast() {
                    let isIdle = table.end(use, at: time(step))
                    try invariant(!isIdle, "step \(step): the socket is another")
                }
            default:
                let isNews = table.setDead(descriptor)
                try invariant(isNews == (model[descriptor]?.isDead == false), "step \(step): dead")
                model[descriptor]?.isDead = true
            }
            try compare(table, with: model, at: step)
        }
    }

    private func compare(_ table: SocketTable, with model: [Int32: Model], at step: Int) throws {
        try invariant(table.livingCount == model.values.count { !$0.isDead }, "step \(step): living")
        try invariant(table.count == model.count, "step \(step): count")
        let busy = model.values.count { $0.port == nil || !$0.users.isEmpty }
        try invariant(table.busy == busy, "step \(step): busy")
        let idle = model.values.count { $0.port != nil && $0.users.isEmpty && !$0.isDead }
        try invariant(table.idle == idle, "step \(step): idle")
        try invariant(table.isInUse == (busy > 0), "step \(step): in use")
        let all = Dictionary(uniqueKeysWithValues: table.all.map { ($0.descriptor, $0.record) })
        for (descriptor, expected) in model {
            let found = table[descriptor]
            try invariant(found?.serial == expected.serial, "step \(step): \(descriptor) lost")
            try invariant(found?.users == expected.users.count, "step \(step): \(descriptor) in use")
            try invariant(found?.isConnected == (expected.port != nil), "step \(step): \(descriptor) connected")
            try invariant(found?.isDead == expected.isDead, "step \(step): \(descriptor) dead")
            try invariant(all[descriptor]?.serial == expected.serial, "step \(step): \(descriptor) not listed")
            let isKnown = table.contains { $0 == descriptor }
            try invariant(isKnown, "step \(step): not found by a predicate")
        }
        for port in 0..<60 as Range<Int32> {
            let holders = model.filter { $0.value.port == port }.keys
            let expected = holders.count == 1 ? holders.first : nil
            try invariant(table.connected(from: port) == expected, "step \(step): port \(port)")
        }
    }
}
