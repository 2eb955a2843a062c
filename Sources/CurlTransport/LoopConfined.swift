import Glibc
import Synchronization

/// The identity of an event loop's thread.
package final class LoopThreadIdentity: Sendable {
    private let thread = Atomic<UInt>(0)

    package init() {}

    /// Whether the caller runs on the loop's thread.
    package var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Makes the calling thread the loop's.
    func adopt() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
    }
}

/// A value that only a loop's thread reaches: every access checks that it is on it.
package final class LoopConfined<Value: ~Copyable> {
    private let thread: LoopThreadIdentity
    private let memory: LoopMemory<Value>

    package init(_ value: consuming sending Value, to thread: LoopThreadIdentity) {
        self.thread = thread
        memory = LoopMemory(value)
    }

    /// Gives access to the value.
    ///
    /// - Precondition: The caller runs on the loop's thread.
    package func withValue<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(thread.isCurrent, "State of an event loop reached from another thread.")
        return try body(&memory.value)
    }
}

// The value is only reachable through `withValue`, which stops the program on any thread but one; a value that one
// thread reaches has no races. It is created before that thread starts and freed after it ends.
extension LoopConfined: @unchecked Sendable where Value: ~Copyable {}
