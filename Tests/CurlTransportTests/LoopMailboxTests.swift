@testable import CurlTransport
import Glibc
import Testing

/// Who wakes the loop, and how often: a wake-up is a system call for the one and an event for the other.
@Suite struct `Loop mailbox` {
    /// A pipe in the place of the poller's eventfd.
    private final class Wakes {
        private let ends: (read: Int32, write: Int32)

        init() {
            var pair: [Int32] = [-1, -1]
            let code = unsafe pipe(&pair)
            precondition(code == 0, "No pipe: \(errno).")
            ends = (pair[0], pair[1])
        }

        deinit {
            close(ends.read)
            close(ends.write)
        }

        var descriptor: Int32 { ends.write }

        /// How many wake-ups have been written so far.
        var count: Int {
            var bytes: Int32 = 0
            _ = unsafe ioctl(ends.read, UInt(FIONREAD), &bytes)
            return Int(bytes) / MemoryLayout<UInt64>.size
        }
    }

    private func push(_ mailbox: LoopMailbox) { mailbox.push(.call {}) }

    @Test func `a loop that sleeps is woken once, however many push`() {
        let wakes = Wakes()
        let mailbox = LoopMailbox(wakeDescriptor: wakes.descriptor)
        #expect(mailbox.rest() == .sleep)
        for _ in 0..<3 { push(mailbox) }
        #expect(wakes.count == 1)
    }

    @Test func `a loop that works is not woken: not before it sleeps, and not by what an event made it push`() {
        let wakes = Wakes()
        let mailbox = LoopMailbox(wakeDescriptor: wakes.descriptor)
        push(mailbox)
        #expect(mailbox.rest() == .none)
        var entries: [LoopMailbox.Entry] = []
        mailbox.take(into: &entries)
        #expect(mailbox.rest() == .sleep)
        mailbox.awake()
        push(mailbox)
        #expect(wakes.count == 0)
        #expect(mailbox.rest() == .none)
    }

    @Test func `a loop that works and is stopped does the rest of its work and ends without sleeping`() {
        let wakes = Wakes()
        let mailbox = LoopMailbox(wakeDescriptor: wakes.descriptor)
        push(mailbox)
        mailbox.stop()
        #expect(mailbox.rest() == .none)
        var entries: [LoopMailbox.Entry] = []
        mailbox.take(into: &entries)
        #expect(entries.count == 1)
        #expect(mailbox.rest() == .end)
    }

    @Test func `a loop that sleeps again is woken again, also to end`() {
        let wakes = Wakes()
        let mailbox = LoopMailbox(wakeDescriptor: wakes.descriptor)
        var entries: [LoopMailbox.Entry] = []
        for round in 1...3 {
            #expect(mailbox.rest() == .sleep)
            push(mailbox)
            mailbox.awake()
            entries.removeAll()
            mailbox.take(into: &entries)
            #expect(entries.count == 1)
            #expect(wakes.count == round)
        }
        #expect(mailbox.rest() == .sleep)
        mailbox.stop()
        #expect(wakes.count == 4)
        #expect(mailbox.rest() == .end)
    }
}
