internal import CurlTransport
import Synchronization

/// A task of a pool's own: it has neither the task-local values nor the priority of the caller that made the pool need it.
///
/// A resource is everybody's. Made with the values of one caller it would carry, say, that one's request and tenant into
/// the logs of all the others, and what a background task needs first would be made for all at its priority.
package final class PoolTask: Sendable {
    private struct State: Sendable {
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    private let state = Locked(State())

    /// Begins to do `work`, a moment later and elsewhere.
    package init(_ work: @escaping @Sendable () async -> Void) {
        Self.launcher.yield { self.start(work) }
    }

    /// Cancels the task, also one that has not begun.
    package func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    private func start(_ work: @escaping @Sendable () async -> Void) {
        let task = Task(priority: .medium) { await work() }
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// One task of the process begins all the others: what it does not have, they cannot inherit.
    ///
    /// It is begun on a thread without a task; whoever needs it first is in some caller's task already.
    private static let launcher: AsyncStream<@Sendable () -> Void>.Continuation = {
        let (starts, launcher) = AsyncStream.makeStream(of: (@Sendable () -> Void).self)
        let begin: @Sendable () -> Void = {
            Task(priority: .medium) { for await start in starts { start() } }
        }
        // Without a thread, which a process at its limits does not get, it is better begun here than not at all.
        if PlainThread.run(begin) != 0 { begin() }
        return launcher
    }()
}
