internal import CurlTransport
import Synchronization

/// The table of a pool, behind a lock, and what it takes to do what the table decides: tasks, continuations and a timer.
///
/// Acquiring an idle resource and releasing one are plain calls under the lock; nothing of the caller's runs there: no
/// factory, ping, clock or cancellation handler, not even a `deinit`.
final class ResourceCore: Sendable {
    typealias Table = ResourceTable<any ResourceHolder>
    typealias Answer = Result<Table.Grant, ResourcePoolError>
    typealias WarmUpAnswer = Result<Int, ResourcePoolError>

    struct State: Sendable {
        var table: Table
        var callers = AnswerBox<Answer>()
        var warmers = AnswerBox<WarmUpAnswer>()
        /// Runs of the factory; whether they were cancelled because they took too long.
        var creations: [Table.CreationID: (task: PoolTask, isCancelled: Bool)] = [:]
        var checks: [Table.CheckID: PoolTask] = [:]
        /// What the last run of the factory failed with; nil after a success.
        var factoryError: ResourcePoolError?
        var shutdowns: [CheckedContinuation<Int, Never>] = []
        var timer: (deadline: MonotonicTime, task: PoolTask)?
    }

    let name: String
    let configuration: ResourcePoolConfiguration
    let clock: PoolClock
    /// Learns how the far side does.
    typealias Observer = @Sendable (HostOutcome, _ since: MonotonicTime, _ times: Int, _ now: MonotonicTime) -> Void

    private let make: @Sendable () async throws -> any ResourceHolder
    private let observer: Observer?
    private let state: Locked<State>
    private let lastID = Atomic<UInt64>(0)

    init(
        name: String,
        configuration: ResourcePoolConfiguration,
        clock: PoolClock,
        observer: Observer? = nil,
        make: @escaping @Sendable () async throws -> any ResourceHolder
    ) {
        self.name = name
        self.configuration = configuration
        self.clock = clock
        self.make = make
        self.observer = observer
        state = Locked(State(table: Table(configuration: configuration)))
        update { state, now in state.table.start(at: now) }
    }

    func newID() -> UInt64 {
        lastID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    func error(_ code: ResourcePoolError.Code, _ message: String) -> ResourcePoolError {
        ResourcePoolError(code, message, pool: name)
    }

    var statistics: ResourcePoolStatistics {
        let now = clock.now
        return state.withLock { $0.table.statistics(at: now) }
    }

    /// How many use a resource and wait for one: what choosing a host costs must not grow with all that is counted.
    var load: (inUse: Int, waiting: Int) {
        state.withLock { ($0.table.machine.inUse, $0.table.machine.waiting) }
    }

    /// When the table is woken next; nil when it need not be.
    var timerDeadline: MonotonicTime? { state.withLock { $0.timer?.deadline } }

    // MARK: The one way in

    /// What is done once the lock is let go.
    private struct Afterwards: Sendable {
        var answers: [(AnswerBox<Answer>.Continuation, Answer)] = []
        var warmUps: [(AnswerBox<WarmUpAnswer>.Continuation, WarmUpAnswer)] = []
        var shutdowns: [(CheckedContinuation<Int, Never>, Int)] = []
        /// Cancelled outside the lock, because a cancellation handler may do anything.
        var cancelled: [PoolTask] = []
        /// Let go outside the lock, because a `deinit` may do anything: what the table drops lives here to the end.
        var actions: [Table.Action] = []

        func perform() {
            for task in cancelled { task.cancel() }
            for (continuation, answer) in answers { continuation.resume(returning: answer) }
            for (continuation, answer) in warmUps { continuation.resume(returning: answer) }
            for (continuation, aborted) in shutdowns { continuation.resume(returning: aborted) }
        }
    }

    /// Changes the state, and does what follows from that.
    @discardableResult
    func update<Result: Sendable>(_ change: (inout State, MonotonicTime) -> Result) -> Result {
        let now = clock.now
        let (result, afterwards) = state.withLock { state -> (Result, Afterwards) in
            let result = change(&state, now)
            var afterwards = Afterwards()
            afterwards.actions = state.table.takeActions()
            for action in afterwards.actions { perform(action, &state, &afterwards, at: now) }
            arm(&state, &afterwards)
            if state.table.isFinished { finish(&state, &afterwards) }
            return (result, afterwards)
        }
        afterwards.perform()
        return result
    }

    private func perform(
        _ action: Table.Action,
        _ state: inout State,
        _ afterwards: inout Afterwards,
        at now: MonotonicTime
    ) {
        switch action {
        case .create(let id):
            state.creations[id] = (PoolTask { await self.create(id) }, false)
        case .cancelCreation(let id):
            state.creations[id]?.isCancelled = true
            if let task = state.creations[id]?.task { afterwards.cancelled.append(task) }
        case .check(let id, let holder):
            state.checks[id] = PoolTask { await self.check(id, holder) }
        case .cancelCheck(let id):
            if let task = state.checks.removeValue(forKey: id) { afterwards.cancelled.append(task) }
        case .close(let id, let holder):
            _ = PoolTask { await self.close(id, holder) }
        case .drop: break
        case .observe(let outcome, let since, let times):
            // Under the lock: who gets an error may ask at once how the host does, and may find it before it is handed on.
            observer?(outcome, since, times, now)
        case .grant(let id, let grant):
            let continuation = state.callers.answer(id, .success(grant))
            if let continuation { afterwards.answers.append((continuation, .success(grant))) }
        case .refuse(let id, let refusal):
            let error = error(for: refusal, state.table.statistics(at: now), state.factoryError)
            if let caller = state.callers.answer(id, .failure(error)) {
                afterwards.answers.append((caller, .failure(error)))
            }
            if let warmer = state.warmers.answer(id, .failure(error)) {
                afterwards.warmUps.append((warmer, .failure(error)))
            }
        case .warmed(let id, let total):
            let continuation = state.warmers.answer(id, .success(total))
            if let continuation { afterwards.warmUps.append((continuation, .success(total))) }
        }
    }

    /// Sees to it that somebody wakes the table when it wants to be woken.
    private func arm(_ state: inout State, _ afterwards: inout Afterwards) {
        guard let wake = state.table.nextWake else { return }
        if let timer = state.timer, timer.deadline <= wake { return }
        if let timer = state.timer { afterwards.cancelled.append(timer.task) }
        // The timer of a pool that nobody has any more ends with it.
        let task = PoolTask { [weak self, clock] in
            do {
                try await clock.sleep(until: wake)
            } catch {
                return  // cancelled: another timer is earlier, or nothing is left to wait for
            }
            self?.update { state, now in
                if state.timer?.deadline == wake { state.timer = nil }
                state.table.wake(at: now)
            }
        }
        state.timer = (wake, task)
    }

    private func finish(_ state: inout State, _ afterwards: inout Afterwards) {
        if let timer = state.timer { afterwards.cancelled.append(timer.task) }
        state.timer = nil
        let aborted = state.table.aborted ?? 0
        afterwards.shutdowns = state.shutdowns.map { ($0, aborted) }
        state.shutdowns = []
    }

    // MARK: Jobs

    private func create(_ id: Table.CreationID) async {
        do {
            let holder = try await make()
            // The error before is let go outside the lock, too.
            _ = update { state, now in
                defer { state.factoryError = nil }
                state.creations[id] = nil
                let jitter = Double.random(in: 0...1)
                state.table.created(id, holder, traits: ResourceTraits(holder), jitter: jitter, at: now)
                return state.factoryError
            }
        } catch {
            _ = update { state, now in
                let earlier = state.factoryError
                let wasCancelled = state.creations.removeValue(forKey: id)?.isCancelled ?? false
                state.factoryError = factoryError(error, wasCancelled: wasCancelled)
                state.table.creationFailed(id, at: now)
                return earlier
            }
        }
    }

    private func check(_ id: Table.CheckID, _ holder: any ResourceHolder) async {
        let isAlive: Bool
        do {
            isAlive = try await holder.pingable?.ping() ?? true
        } catch {
            isAlive = false  // whatever it says: the resource does not answer, and is counted as such
        }
        update { state, now in
            state.checks[id] = nil
            state.table.checked(id, isAlive: isAlive, at: now)
        }
    }

    private func close(_ id: Table.ClosingID, _ holder: any ResourceHolder) async {
        var failed = false
        do {
            try await holder.closeable?.close()
        } catch {
            failed = true  // counted; the resource is let go all the same
        }
        update { state, now in state.table.closed(id, failed: failed, at: now) }
    }
}
