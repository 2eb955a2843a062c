import Glibc
import Synchronization

/// What an event loop is asked to do, from any thread: the one queue between the world and the loop's thread.
///
/// A wake-up costs a system call, so it is written only when the loop sleeps, and once however many ask.
final class LoopMailbox: Sendable {
    /// One thing to do.
    enum Entry {
        /// A job of an actor that lives on the loop.
        case actorJob(UnownedJob)
        /// A job of a task that prefers the loop.
        case taskJob(UnownedJob)
        /// A short call that must not wait for a task, such as a cancellation.
        case call(@Sendable () -> Void)
    }

    private struct State {
        var entries: [Entry] = []
        var isSleeping = false
        var isStopped = false
    }

    private let state = Locked(State())
    private let wakeDescriptor: Int32

    /// - Parameter wakeDescriptor: The poller's eventfd, which lives as long as the loop's thread.
    init(wakeDescriptor: Int32) {
        self.wakeDescriptor = wakeDescriptor
    }

    /// Adds an entry, and wakes the loop if it sleeps.
    func push(_ entry: Entry) {
        state.withLock { state in
            state.entries.append(entry)
            guard state.isSleeping else { return }
            state.isSleeping = false
            // Inside the lock: once it is left, the entry may be run and end the loop, and close the descriptor.
            wake()
        }
    }

    /// Asks the loop's thread to end once the queue is empty.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.isSleeping = false
            wake()
        }
    }

    /// The loop no longer sleeps: what it does now may push more, which needs no wake-up.
    func awake() {
        state.withLock { $0.isSleeping = false }
    }

    /// Exchanges the queue with `batch`, which must be empty; its storage is used again.
    func take(into batch: inout [Entry]) {
        state.withLock { swap(&$0.entries, &batch) }
    }

    /// Whether nothing has been asked for since the last ``take(into:)``.
    var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }

    /// What the loop may do now that it has run everything it knew of.
    enum Rest {
        /// More has arrived.
        case none
        /// Nothing to do: whoever pushes next will wake it.
        case sleep
        /// Nothing to do, ever again.
        case end
    }

    /// Decides in one step whether the loop may sleep, so that no wake-up is lost.
    func rest() -> Rest {
        state.withLock { state -> Rest in
            guard state.entries.isEmpty else { return .none }
            guard !state.isStopped else { return .end }
            state.isSleeping = true
            return .sleep
        }
    }

    private func wake() {
        var one: UInt64 = 1
        // The counter cannot overflow: it is written once per sleep.
        _ = unsafe write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}
