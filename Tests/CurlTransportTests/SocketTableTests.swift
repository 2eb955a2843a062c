@testable import CurlTransport
import TestSupport
import Testing

@Suite struct `Socket table` {
    private func record(_ serial: Int) -> SocketRecord {
        SocketRecord(-1, serial: serial, at: MonotonicTime(nanoseconds: 0))
    }

    private func time(_ nanoseconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(nanoseconds)) }

    @Test func `an empty table knows nothing`() {
        var table = SocketTable()
        #expect(table.isEmpty)
        #expect(!table.contains(0))
        #expect(!table.contains(-1))
        #expect(table[7] == nil)
        #expect(table.remove(7) == nil)
        let isKnown = table.setInUse(true, 7, at: time(1))
        #expect(!isKnown)
        table.setDead(7)
        table.setEstablished(7)
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
        #expect(table.busy == 0)
        for instant in [10, 20] { _ = table.setInUse(true, 5, at: time(instant)) }
        #expect(table.busy == 1)
        #expect(table[5]?.idleSince == time(10))
        _ = table.setInUse(false, 5, at: time(30))
        #expect(table.busy == 0)
        #expect(table[5]?.idleSince == time(30))
    }

    @Test func `a descriptor that is opened again is another socket`() {
        var table = SocketTable()
        table.insert(record(0), for: 5)
        _ = table.setInUse(true, 5, at: time(1))
        table.setDead(5)
        table.insert(record(1), for: 5)
        #expect(table.count == 1)
        #expect(table.busy == 0)
        #expect(table[5]?.isDead == false)
        #expect(table[5]?.serial == 1)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `random walk agrees with a dictionary`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = SocketTable()
        var model: [Int32: (serial: Int, isInUse: Bool, isDead: Bool, isEstablished: Bool)] = [:]
        // Neighbours, and numbers that collide in every table that is small enough.
        let stride: Int32 = seed.isMultiple(of: 2) ? 1 : 16
        for step in 0..<3_000 {
            let descriptor = Int32(random.below(40)) * stride
            switch random.below(7) {
            case 0, 1:
                table.insert(record(step), for: descriptor)
                model[descriptor] = (step, false, false, false)
            case 2, 3:
                let removed = table.remove(descriptor)?.serial
                try invariant(removed == model.removeValue(forKey: descriptor)?.serial, "step \(step): removed")
            case 4:
                let isInUse = random.below(2) == 0
                let isKnown = table.setInUse(isInUse, descriptor, at: time(step))
                try invariant(isKnown == (model[descriptor] != nil), "step \(step): known")
                model[descriptor]?.isInUse = isInUse
            case 5:
                table.setEstablished(descriptor)
                model[descriptor]?.isEstablished = true
            default:
                table.setDead(descriptor)
                model[descriptor]?.isDead = true
            }
            try invariant(table.livingCount == model.values.count { !$0.isDead }, "step \(step): living")
            let isKnown = table.contains { $0 == descriptor }
            try invariant(isKnown == (model[descriptor] != nil), "step \(step): found by a predicate")
            try invariant(table.count == model.count, "step \(step): count")
            try invariant(table.busy == model.values.count(where: \.isInUse), "step \(step): busy")
            let all = Dictionary(uniqueKeysWithValues: table.all.map { ($0.descriptor, $0.record) })
            for (descriptor, expected) in model {
                let found = table[descriptor]
                try invariant(found?.serial == expected.serial, "step \(step): \(descriptor) lost")
                try invariant(found?.isInUse == expected.isInUse, "step \(step): \(descriptor) in use")
                try invariant(found?.isDead == expected.isDead, "step \(step): \(descriptor) dead")
                try invariant(found?.isEstablished == expected.isEstablished, "step \(step): \(descriptor) established")
                try invariant(all[descriptor]?.serial == expected.serial, "step \(step): \(descriptor) not listed")
            }
        }
    }
}
