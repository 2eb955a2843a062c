import Foundation

/// A value that tests can await: every change is shown to those who wait for a condition.
///
/// The servers and child processes of the tests keep what they see in one of these, so that a test awaits "two
/// connections are open" or "the log has three lines" instead of sleeping and looking.
package final class Observed<State: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let condition: @Sendable (State) -> Bool
        let continuation: CheckedContinuation<State, any Error>
    }

    private struct Storage: Sendable {
        var state: State
        var waiters: [Int: Waiter] = [:]
        /// Waiters that were cancelled before they registered.
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    private let storage: Guarded<Storage>

    package init(_ state: State) {
        storage = Guarded(Storage(state: state))
    }

    /// The state as it is now.
    package var value: State {
        storage.withLock { $0.state }
    }

    /// Changes the state and wakes those whose condition it now meets.
    @discardableResult
    package func update<Result: Sendable>(_ change: @Sendable (inout State) -> Result) -> Result {
        let (result, satisfied) = storage.withLock { storage in
            let result = change(&storage.state)
            // The state is copied for those who get it only: a copy that lives on makes the next change copy it.
            let satisfied = storage.waiters.filter { $0.value.condition(storage.state) }
            for id in satisfied.keys { storage.waiters[id] = nil }
            return (result, satisfied.values.map { ($0.continuation, storage.state) })
        }
        for (continuation, state) in satisfied { continuation.resume(returning: state) }
        return result
    }

    /// Returns the first state that meets the condition.
    ///
    /// - Throws: `ConditionNotMet` with the last state when it takes longer than `limit`, which is a guard against
    ///   hanging, not a measurement; `CancellationError` when the task is cancelled.
    @discardableResult
    package func wait(
        _ what: String = "condition",
        limit: Duration = .seconds(300),
        until condition: @escaping @Sendable (State) -> Bool
    ) async throws -> State {
        try await withThrowingTaskGroup(of: State.self) { group in
            group.addTask { try await self.waitForever(until: condition) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw ConditionNotMet(what: what, limit: limit, lastState: String(describing: self.value))
            }
            defer { group.cancelAll() }
            guard let state = try await group.next() else { throw CancellationError() }
            return state
        }
    }

    private func waitForever(until condition: @escaping @Sendable (State) -> Bool) async throws -> State {
        let id = storage.withLock { storage in
            storage.nextID += 1
            return storage.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                register(Waiter(condition: condition, continuation: continuation), as: id)
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func register(_ waiter: Waiter, as id: Int) {
        let outcome: Result<State, any Error>? = storage.withLock { storage in
            if storage.cancelled.remove(id) != nil { return .failure(CancellationError()) }
            if waiter.condition(storage.state) { return .success(storage.state) }
            storage.waiters[id] = waiter
            return nil
        }
        if let outcome { waiter.continuation.resume(with: outcome) }
    }

    private func cancel(_ id: Int) {
        let waiter = storage.withLock { storage in
            let waiter = storage.waiters.removeValue(forKey: id)
            if waiter == nil { storage.cancelled.insert(id) }
            return waiter
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}

/// What a test waited for did not come about.
package struct ConditionNotMet: Error, CustomStringConvertible {
    package let what: String
    package let limit: Duration
    package let lastState: String

    package init(what: String, limit: Duration, lastState: String) {
        self.what = what
        self.limit = limit
        self.lastState = lastState
    }

    package var description: String {
        "waited \(limit) for: \(what); the last state was \(lastState)"
    }
}
