/// The simulator's counts, with those who wait for them to meet a condition.
final class StatisticsBook: Sendable {
    private struct Waiter: Sendable {
        let condition: @Sendable (SimulatorStatistics) -> Bool
        let continuation: CheckedContinuation<SimulatorStatistics, any Error>
    }

    private struct State: Sendable {
        var statistics = SimulatorStatistics()
        var waiters: [Int: Waiter] = [:]
        /// Waiters whose task was cancelled before they were here.
        var cancelled: Set<Int> = []
        var lastID = 0
    }

    private let state = Guarded(State())

    /// The counts as they are now.
    var statistics: SimulatorStatistics {
        state.withLock { $0.statistics }
    }

    /// Changes the counts and wakes those whose condition they now meet.
    func update(_ change: (inout SimulatorStatistics) -> Void) {
        let (woken, statistics) = state.withLock { state in
            change(&state.statistics)
            guard !state.waiters.isEmpty else { return ([Waiter](), state.statistics) }
            let woken = state.waiters.filter { $0.value.condition(state.statistics) }
            for id in woken.keys { state.waiters[id] = nil }
            return (Array(woken.values), state.statistics)
        }
        for waiter in woken { waiter.continuation.resume(returning: statistics) }
    }

    /// The first counts that meet the condition.
    func wait(
        until condition: @escaping @Sendable (SimulatorStatistics) -> Bool
    ) async throws -> SimulatorStatistics {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(Waiter(condition: condition, continuation: continuation), id)
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func add(_ waiter: Waiter, _ id: Int) {
        let outcome: Result<SimulatorStatistics, any Error>? = state.withLock { state in
            if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
            if waiter.condition(state.statistics) { return .success(state.statistics) }
            state.waiters[id] = waiter
            return nil
        }
        if let outcome { waiter.continuation.resume(with: outcome) }
    }

    private func cancel(_ id: Int) {
        let waiter = state.withLock { state in
            let waiter = state.waiters.removeValue(forKey: id)
            if waiter == nil { state.cancelled.insert(id) }
            return waiter
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}
