import CurlTransport
import TestSupport
import Testing

@Suite struct `Transfer deadlines` {
    private static let limits = TransferDeadlines.Limits(
        connect: .seconds(5),
        firstByte: .seconds(60),
        idle: .seconds(30),
        total: at(600)
    )

    private static func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1e9))
    }

    private func at(_ seconds: Double) -> MonotonicTime {
        Self.at(seconds)
    }

    @Test func `without limits nothing ever expires`() {
        var deadlines = TransferDeadlines(limits: .init())
        deadlines.started(at: at(0))
        deadlines.connected(at: at(1))
        deadlines.received(at: at(2))
        #expect(deadlines.nextDeadline == nil)
        #expect(deadlines.expired(at: .distantFuture) == nil)
    }

    @Test func `before the start only the absolute deadlines run`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        #expect(deadlines.nextDeadline == at(600))
        #expect(deadlines.expired(at: at(599.9)) == nil)
        #expect(deadlines.expired(at: at(600)) == .total)
        deadlines.setReaderDeadline(at(10))
        #expect(deadlines.expired(at: at(10)) == .reader)
    }

    @Test func `each phase runs under its own limit, exactly to the nanosecond`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.started(at: at(100))
        #expect(deadlines.nextDeadline == at(105))
        #expect(deadlines.expired(at: MonotonicTime(nanoseconds: at(105).nanoseconds - 1)) == nil)
        #expect(deadlines.expired(at: at(105)) == .connect)

        deadlines.connected(at: at(104))
        #expect(deadlines.nextDeadline == at(164))
        #expect(deadlines.expired(at: at(164)) == .firstByte)

        deadlines.received(at: at(150))
        #expect(deadlines.nextDeadline == at(180))
        deadlines.received(at: at(170))
        #expect(deadlines.nextDeadline == at(200))
        #expect(deadlines.expired(at: at(200)) == .idle)
    }

    @Test func `idle does not run before the first byte`() {
        var deadlines = TransferDeadlines(limits: .init(idle: .seconds(30)))
        deadlines.started(at: at(0))
        #expect(deadlines.nextDeadline == nil)
        deadlines.connected(at: at(1))
        #expect(deadlines.nextDeadline == nil)
        deadlines.received(at: at(2))
        #expect(deadlines.nextDeadline == at(32))
    }

    @Test func `idle stands still while the consumer pauses and starts afresh on resume`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.started(at: at(0))
        deadlines.connected(at: at(1))
        deadlines.received(at: at(2))
        deadlines.paused(at: at(3))
        #expect(deadlines.isPaused)
        #expect(deadlines.nextDeadline == at(600), "only the total deadline runs")
        #expect(deadlines.expired(at: at(500)) == nil)
        deadlines.resumed(at: at(500))
        #expect(deadlines.expired(at: at(529)) == nil)
        #expect(deadlines.expired(at: at(530)) == .idle)
    }

    @Test func `bytes that arrive during a pause do not start the idle timer`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.received(at: at(2))
        deadlines.paused(at: at(3))
        deadlines.received(at: at(4))
        #expect(deadlines.expired(at: at(599)) == nil)
    }

    @Test func `a resume without a pause gives a silent server no extra time`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.received(at: at(2))
        deadlines.resumed(at: at(31))
        #expect(deadlines.expired(at: at(32)) == .idle)
    }

    @Test func `a pause before the first byte does not stop the first-byte timer`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.connected(at: at(0))
        deadlines.paused(at: at(1))
        #expect(deadlines.expired(at: at(60)) == .firstByte)
    }

    @Test func `an upload in progress keeps the first-byte timer from running out`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.connected(at: at(0))
        deadlines.sent(at: at(50))
        #expect(deadlines.expired(at: at(60)) == nil)
        #expect(deadlines.expired(at: at(110)) == .firstByte)
        deadlines.received(at: at(100))
        deadlines.sent(at: at(129))
        #expect(deadlines.expired(at: at(158)) == nil, "an upload that goes on after an early head is not idle")
        #expect(deadlines.expired(at: at(159)) == .idle)
    }

    @Test func `a request that is sent again on another connection is late with connecting`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.started(at: at(0))
        deadlines.reconnects(at: at(1))
        #expect(deadlines.nextDeadline == at(5), "the first connection counts from the start")
        deadlines.connected(at: at(2))
        deadlines.reconnects(at: at(20))
        #expect(deadlines.expired(at: at(24.9)) == nil)
        #expect(deadlines.expired(at: at(25)) == .connect)
        deadlines.connected(at: at(24))
        #expect(deadlines.expired(at: at(30)) == nil)
        deadlines.received(at: at(30))
        deadlines.reconnects(at: at(31))
        #expect(deadlines.expired(at: at(60)) == .idle, "what has been answered is not sent again")
    }

    @Test func `a redirect gives the next hop a first-byte timer of its own`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.connected(at: at(0))
        deadlines.received(at: at(10))
        deadlines.connected(at: at(20))
        #expect(deadlines.nextDeadline == at(80))
    }

    @Test func `the reader's deadline is kept through received bytes and pauses`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.received(at: at(0))
        deadlines.setReaderDeadline(at(20))
        deadlines.received(at: at(19))
        deadlines.paused(at: at(19))
        #expect(deadlines.expired(at: at(20)) == .reader)
        deadlines.setReaderDeadline(nil)
        #expect(deadlines.expired(at: at(20)) == nil)
    }

    @Test func `a late look still names the timer that ran out first`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.started(at: at(0))
        deadlines.setReaderDeadline(at(300))
        #expect(deadlines.expired(at: at(10_000)) == .connect)
    }

    @Test func `on a tie the total deadline is the cause`() {
        var deadlines = TransferDeadlines(limits: .init(connect: .seconds(5), total: at(5)))
        deadlines.started(at: at(0))
        deadlines.setReaderDeadline(at(5))
        #expect(deadlines.expired(at: at(5)) == .total)
    }

    @Test func `a finished transfer never expires, whatever still happens to it`() {
        var deadlines = TransferDeadlines(limits: Self.limits)
        deadlines.received(at: at(0))
        deadlines.finished()
        deadlines.started(at: at(1))
        deadlines.received(at: at(1))
        deadlines.connected(at: at(1))
        deadlines.setReaderDeadline(at(2))
        #expect(deadlines.nextDeadline == nil)
        #expect(deadlines.expired(at: .distantFuture) == nil)
    }

    @Test func `a limit too long for the clock is no limit, not a crash`() {
        var deadlines = TransferDeadlines(limits: .init(connect: .seconds(Int64.max)))
        deadlines.started(at: at(1))
        #expect(deadlines.nextDeadline == .distantFuture)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `random walk: deadlines agree with a model that keeps every timer apart`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var deadlines = TransferDeadlines(limits: Self.limits)
        var model: [TransferDeadlines.Cause: MonotonicTime] = [.total: at(600)]
        var now = at(0)
        var started = false
        var paused = false

        for step in 0..<500 {
            now = now.advanced(by: .milliseconds(random.below(2_000)))
            switch random.below(started ? 7 : 1) {
            case 0 where !started:
                started = true
                deadlines.started(at: now)
                model[.connect] = now.advanced(by: .seconds(5))
            case 0, 1:
                deadlines.connected(at: now)
                model[.connect] = nil
                model[.idle] = nil
                model[.firstByte] = now.advanced(by: .seconds(60))
            case 2, 3:
                deadlines.received(at: now)
                model[.connect] = nil
                model[.firstByte] = nil
                model[.idle] = now.advanced(by: .seconds(30))
            case 4:
                paused = true
                deadlines.paused(at: now)
            case 5:
                deadlines.resumed(at: now)
                if paused, model[.idle] != nil { model[.idle] = now.advanced(by: .seconds(30)) }
                paused = false
            default:
                let reader = random.chance(30) ? nil : now.advanced(by: .seconds(random.below(40)))
                deadlines.setReaderDeadline(reader)
                model[.reader] = reader
            }
            let running = model.filter { !(paused && $0.key == .idle) }
            try invariant(deadlines.nextDeadline == running.values.min(), "step \(step): next deadline")
            let due = running.filter { $0.value <= now }
            if let cause = deadlines.expired(at: now) {
                try invariant(due[cause] == due.values.min(), "step \(step): \(cause) was not the first")
            } else {
                try invariant(due.isEmpty, "step \(step): \(due) not noticed")
            }
        }
    }
}
