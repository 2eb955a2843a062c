import CurlTransport
import HTTPSessionPool
import TestSupport
import Testing

/// The machine as one would write it without caring for speed: arrays, searched from the front.
private struct NaiveLeases {
    struct Waiter {
        let id: UInt64
        let since: MonotonicTime
        let deadline: MonotonicTime?
    }

    var limit: Int
    let maxWaiters: Int
    var inUse = 0
    var draining = false
    var waiters: [Waiter] = []

    mutating func acquire(_ id: UInt64, at now: MonotonicTime, deadline: MonotonicTime?) -> LeaseMachine.Admission {
        if draining { return .rejected(.draining) }
        if inUse < limit, waiters.isEmpty {
            inUse += 1
            return .granted
        }
        if waiters.count >= maxWaiters { return .rejected(.queueFull) }
        waiters.append(Waiter(id: id, since: now, deadline: deadline))
        return .enqueued
    }

    mutating func serve() -> [UInt64] {
        var served: [UInt64] = []
        while inUse < limit, !waiters.isEmpty {
            served.append(waiters.removeFirst().id)
            inUse += 1
        }
        return served
    }

    mutating func expire(at now: MonotonicTime) -> [UInt64] {
        let expired = waiters.filter { waiter in waiter.deadline.map { $0 <= now } ?? false }.map(\.id)
        waiters.removeAll { waiter in waiter.deadline.map { $0 <= now } ?? false }
        return expired
    }

    var nextDeadline: MonotonicTime? {
        waiters.compactMap(\.deadline).min()
    }
}

/// One random walk: the machine and the model take every step together.
private struct LeaseWalk {
    var random: SplitMix64
    var machine: LeaseMachine
    var model: NaiveLeases
    var now = MonotonicTime(nanoseconds: 0)
    var step = 0
    var nextID: UInt64 = 0
    /// Who waits for an answer: taken out by the answer, so that a second one is noticed.
    var unanswered: Set<UInt64> = []
    let sharedTimeout: Bool
    let reusesIDs: Bool

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        let limit = random.below(8)
        let maxWaiters = [0, 1, 4, 16, 60][random.below(5)]
        machine = LeaseMachine(limit: limit, maxWaiters: maxWaiters)
        model = NaiveLeases(limit: limit, maxWaiters: maxWaiters)
        sharedTimeout = random.chance(50)
        reusesIDs = random.chance(50)
    }

    func fail(_ message: String) -> String { "step \(step): \(message)" }

    mutating func answer(_ ids: [UInt64]) throws {
        for id in ids {
            try invariant(unanswered.remove(id) != nil, fail("waiter \(id) was answered twice or never waited"))
        }
    }

    mutating func run(steps: Int) throws {
        for _ in 0..<steps {
            step += 1
            now = now.advanced(by: .microseconds(random.below(100)))
            try takeStep()
            try checkInvariants()
        }
        try drain()
    }

    mutating func takeStep() throws {
        switch random.below(100) {
        case 0..<45: try acquire()
        case 45..<75 where model.inUse > 0:
            let expected = releaseModel()
            let passed = machine.release(at: now)
            try invariant(passed == expected, fail("permit passed to the wrong waiter"))
            try answer(passed.map { [$0] } ?? [])
        case 75..<87:
            let id = random.chance(80) ? model.waiters.randomElement(using: &random)?.id : nextID &+ 1
            guard let id else { return }
            let waits = model.waiters.contains { $0.id == id }
            model.waiters.removeAll { $0.id == id }
            try invariant(machine.cancel(id) == waits, fail("cancel of \(id)"))
            if waits { try answer([id]) }
        case 87..<96:
            let expected = model.expire(at: now)
            let expired = machine.expire(at: now)
            try invariant(expired == expected, fail("expired \(expired) and not \(expected)"))
            try answer(expired)
        case 96..<99:
            model.limit = random.below(8)
            let expected = model.serve()
            let granted = machine.setLimit(model.limit, at: now)
            try invariant(granted == expected, fail("new limit granted \(granted) and not \(expected)"))
            try answer(granted)
        default:
            guard random.chance(10) else { return }
            let expected = model.waiters.map(\.id)
            model.waiters = []
            let removed = machine.removeAllWaiters()
            try invariant(removed == expected, fail("removed in the wrong order"))
            try answer(removed)
        }
    }

    mutating func acquire() throws {
        nextID &+= 1
        let id = reusesIDs ? nextID % 128 : nextID
        guard !unanswered.contains(id) else { return }
        let deadline: MonotonicTime? =
            if sharedTimeout { now.advanced(by: .milliseconds(2)) } else if random.chance(20) { nil } else {
                now.advanced(by: .microseconds(random.below(5_000) - 100))
            }
        let expected = model.acquire(id, at: now, deadline: deadline)
        try invariant(machine.isFull == (expected == .rejected(.queueFull)), fail("full, or not"))
        let admission = machine.acquire(id, at: now, deadline: deadline)
        try invariant(admission == expected, fail("admission \(admission) and not \(expected)"))
        if admission == .enqueued { unanswered.insert(id) }
    }

    mutating func releaseModel() -> UInt64? {
        model.inUse -= 1
        return model.serve().first
    }

    func checkInvariants() throws {
        try invariant(machine.inUse == model.inUse, fail("\(machine.inUse) permits out and not \(model.inUse)"))
        try invariant(machine.waiting == model.waiters.count, fail("\(machine.waiting) waiting"))
        try invariant(machine.waiting == unanswered.count, fail("a waiter was lost"))
        try invariant(machine.waiting == 0 || machine.inUse >= machine.limit, fail("a permit is free, and one waits"))
        try invariant(machine.peakInUse >= machine.inUse, fail("peak"))
        try invariant(
            machine.isQuiescent == (model.inUse == 0 && model.waiters.isEmpty),
            fail("quiescence")
        )
        guard step.isMultiple(of: 8) else { return }
        try invariant(machine.nextDeadline == model.nextDeadline, fail("next deadline"))
        try invariant(
            machine.longestWait(at: now) == model.waiters.first.map { $0.since.duration(to: now) },
            fail("longest wait")
        )
    }

    /// The end of every walk: nobody new, everybody served or expired, all permits back.
    mutating func drain() throws {
        machine.beginDrain()
        model.draining = true
        if machine.limit == 0 { try answer(machine.setLimit(1, at: now)) }
        try invariant(machine.acquire(.max, at: now, deadline: nil) == .rejected(.draining), fail("drain admits"))
        while machine.inUse > 0 {
            try answer(machine.release(at: now).map { [$0] } ?? [])
        }
        try invariant(machine.isQuiescent, fail("not quiescent after the drain"))
        try invariant(unanswered.isEmpty, fail("\(unanswered.count) waiters were never answered"))
        try invariant(machine.nextDeadline == nil, fail("a deadline of nobody is left"))
        for name in 0...(reusesIDs ? 128 : nextID) {
            try invariant(!machine.isWaiting(name), fail("waiter \(name) is answered and still waits"))
        }
    }
}

@Suite struct `Lease machine walks` {
    @Test(arguments: 0..<100 as Range<UInt64>)
    func `random walk agrees with a naive model`(seed: UInt64) throws {
        var walk = LeaseWalk(seed: seed)
        try walk.run(steps: 10_000)
    }

    #if DEBUG
        @Test func `with one timeout for all, cost does not grow with the queue`() {
            var machine = LeaseMachine(limit: 1, maxWaiters: .max)
            var random = SplitMix64(seed: 7)
            for id in 0..<20_000 as Range<UInt64> {
                let now = MonotonicTime(nanoseconds: Int64(id))
                _ = machine.acquire(id, at: now, deadline: now.advanced(by: .seconds(5)))
                if random.chance(50) { _ = machine.cancel(UInt64(random.below(Int(id) + 1))) }
            }
            #expect(machine.waiting > 5_000)
            #expect(machine.levelsMoved == 0)
        }

        @Test func `with any deadlines, an operation costs at most the logarithm of the queue`() {
            var machine = LeaseMachine(limit: 0, maxWaiters: .max)
            var random = SplitMix64(seed: 8)
            let now = MonotonicTime(nanoseconds: 0)
            for id in 0..<4_096 as Range<UInt64> {
                _ = machine.acquire(id, at: now, deadline: MonotonicTime(nanoseconds: Int64(random.below(1 << 40))))
            }
            let before = machine.levelsMoved
            for id in 4_096..<14_096 as Range<UInt64> {
                _ = machine.cancel(id - 4_096)
                _ = machine.acquire(id, at: now, deadline: MonotonicTime(nanoseconds: Int64(random.below(1 << 40))))
            }
            #expect(machine.levelsMoved - before <= 10_000 * 2 * 12)
        }
    #endif
}
