import HTTPSessionPool
import TestSupport
import Testing

@Suite struct ConnectionQuotaTests {
    @Test func `connections pass to whoever has waited longest`() {
        var quota = ConnectionQuota(limit: 2)
        #expect(quota.want(1) == true)
        #expect(quota.want(1) == true)
        #expect(quota.want(2) == false)
        #expect(quota.want(3) == false)
        #expect(quota.turn(of: 1) == .other)
        #expect(quota.giveBack(1) == 2)
        #expect(quota.giveBack(1) == 3)
        #expect(quota.turn(of: 2) == .nobody)
        #expect(quota.held == 2)
    }

    @Test func `a session whose own want is first keeps its connection`() {
        var quota = ConnectionQuota(limit: 1)
        #expect(quota.want(1) == true)
        #expect(quota.want(1) == false)
        #expect(quota.want(2) == false)
        #expect(quota.turn(of: 1) == .own)
        #expect(quota.turn(of: 1) == .other)
    }

    /// Against a plain list of wants, step by step.
    @Test(arguments: 0..<100)
    func `never more than the limit, nobody waits beside a free connection, strict order`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let limit = Int.random(in: 1...5, using: &random)
        var quota = ConnectionQuota(limit: limit)
        var line: [UInt64] = []
        var held: [UInt64: Int] = [:]
        func serve(_ granted: [UInt64]) throws {
            for holder in granted {
                try invariant(line.first == holder, "\(holder) was served, \(line) wait")
                line.removeFirst()
                held[holder, default: 0] += 1
            }
        }
        for _ in 0..<2_000 {
            let holder = UInt64.random(in: 1...4, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let mustWait = !line.isEmpty || held.values.reduce(0, +) == limit
                try invariant(quota.want(holder) == !mustWait, "a want was answered wrongly")
                if mustWait { line.append(holder) } else { held[holder, default: 0] += 1 }
            case 4..<8 where held[holder, default: 0] > 0:
                held[holder, default: 0] -= 1
                try serve(quota.giveBack(holder).map { [$0] } ?? [])
            case 8:
                let last = line.lastIndex(of: holder)
                try invariant(quota.withdraw(holder) == (last != nil), "a withdrawal was answered wrongly")
                if let last { line.remove(at: last) }
            case 9 where Int.random(in: 0..<5, using: &random) == 0:
                line.removeAll { $0 == holder }
                held[holder] = 0
                try serve(quota.remove(holder))
            default: break
            }
            try invariant(quota.held == held.values.reduce(0, +), "\(quota.held) held, \(held) expected")
            try invariant(quota.held <= limit, "more than the limit is held")
            try invariant(quota.waiting == line.count, "\(quota.waiting) wait, \(line) expected")
            try invariant(line.isEmpty || quota.held == limit, "somebody waits beside a free connection")
        }
    }
}
