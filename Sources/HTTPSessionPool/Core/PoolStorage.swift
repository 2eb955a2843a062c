internal import CurlTransport
import Synchronization

/// The state of a pool, behind one lock: what must be synchronous cannot wait for an actor.
///
/// Under the lock only the table is changed; sessions are opened, drained and closed outside it.
final class PoolStorage: SessionOwner {
    /// A session of the table.
    struct Entry: Sendable {
        let session: Session
        let core: SessionCore
    }

    /// A session outside the table, which its handle owns.
    private struct Unpooled: Sendable {
        let key: SessionKey
        weak let core: SessionCore?
    }

    /// A caller who waits for a place in a table full of busy sessions.
    private struct Waiter {
        let key: SessionKey
        let id: UInt64
        let make: @Sendable () -> Entry
        let continuation: CheckedContinuation<Result<Entry, SessionError>, Never>
        let since = MonotonicTime.now
    }

    private struct State {
        var table: SessionTable<SessionKey, Entry>
        var waiters = WaiterQueue<Waiter>()
        var tokens: [UInt64: WaiterQueue<Waiter>.Token] = [:]
        /// Those who have a number and do not wait yet, and the error of those whose wait has ended before it began.
        var beginning: [UInt64: SessionError?] = [:]
        var lastWaiterID: UInt64 = 0
        /// What sessions did that have left the table.
        var retired = RetiredSessions()
        var placeWaits = LatencyHistogram()
        var placeTimeouts = 0
        var evictions = 0
        var created = 0
        var isClosed = false
        /// Keys whose requests wait, and until when.
        var suspensions: [SessionKey: MonotonicTime] = [:]
        /// Sessions that have left the table and may still run requests; those that are closed are dropped in passing.
        var draining: [SessionCore] = []
        /// Sessions outside the table, which their handles own.
        var unpooled: [Unpooled] = []
    }

    private let configuration: PoolConfiguration
    private let tally = PoolTally()
    private let started = MonotonicTime.now
    private let state: Locked<State>
    private let madeFactory = Locked<SessionFactory?>(nil)
    /// Whether anybody waits: looked at whenever a session becomes idle.
    private let hasWaiters = Atomic<Bool>(false)

    init(configuration: PoolConfiguration) {
        self.configuration = configuration
        state = Locked(
            State(table: SessionTable(capacity: max(0, configuration.maxSessions), eviction: configuration.eviction))
        )
    }

    /// The loops, started when the first session is made.
    func factory() throws(SessionError) -> SessionFactory {
        try madeFactory.withLock { factory throws(SessionError) -> SessionFactory in
            if let factory { return factory }
            try configuration.validate()
            let made = try SessionFactory(
                loops: configuration.eventLoops,
                name: "curl-loop",
                maxConnections: configuration.maxTotalConnections,
                statistics: SessionFactory.Statistics(
                    pool: configuration.name,
                    tally: tally,
                    observer: configuration.observer
                )
            )
            factory = made
            return made
        }
    }

    // MARK: Finding and making

    /// The session that a key has already; `nil` when it has none that is open.
    func find(_ key: SessionKey, for baseURL: BaseURL) throws(SessionError) -> Session? {
        try ForkGuard.check(origin: key.origin)
        let entry = try state.withLock { state throws(SessionError) -> Entry? in
            guard !state.isClosed else { throw Self.closed(key.origin) }
            return state.table.value(for: key)
        }
        guard let entry, !entry.core.gate.isRetired, !entry.core.requiresWarmUp else { return nil }
        return handle(entry, for: baseURL)
    }

    /// The session of a key, entered by the caller, who leaves it.
    func enter(_ key: SessionKey, baseURL: BaseURL) async throws(SessionError) -> (Session, SessionCore) {
        try ForkGuard.check(origin: baseURL.origin)
        if let entry = try hit(key) { return (handle(entry, for: baseURL), entry.core) }
        let session = key.givenConfiguration ?? configuration.session(for: baseURL)
        // Files and the environment are read here, outside the lock; of several racers one wins.
        let options = try EngineOptions(session, for: baseURL)
        let factory = try factory()
        guard configuration.maxSessions > 0 else {
            return try unpooled(key, baseURL: baseURL, configuration: session, options: options, factory: factory)
        }
        let entry = try await admit(key) { [self] in
            let core = factory.makeCore(
                baseURL: baseURL,
                configuration: session,
                options: options,
                identity: key
            )
            return Entry(session: Session(baseURL: baseURL, owner: self, core: core, key: key), core: core)
        }
        entry.core.tally.announce()
        return (handle(entry, for: baseURL), entry.core)
    }

    /// A session that the table does not keep: with `maxSessions` 0 everybody gets one of their own.
    private func unpooled(
        _ key: SessionKey,
        baseURL: BaseURL,
        configuration: SessionConfiguration,
        options: EngineOptions,
        factory: SessionFactory
    ) throws(SessionError) -> (Session, SessionCore) {
        let core = factory.makeCore(baseURL: baseURL, configuration: configuration, options: options)
        let (isClosed, suspension) = state.withLock { state -> (Bool, MonotonicTime?) in
            state.unpooled.removeAll { $0.core?.gate.isRetired ?? true }
            state.unpooled.append(Unpooled(key: key, core: core))
            state.retired.follow(core.tally, origin: core.origin)
            state.created += 1
            return (state.isClosed, state.suspensions[key])
        }
        guard !isClosed, core.gate.enter() else { throw Self.closed(key.origin) }
        if let suspension { core.suspend(until: suspension) }
        core.tally.announce()
        core.startUpkeep()
        let owner = PrivateSessionOwner(core: core)
        return (Session(baseURL: baseURL, owner: owner, core: core, key: key), core)
    }

    func enteredCore(for session: Session) async throws(SessionError) -> SessionCore {
        try await enter(session.key, baseURL: session.baseURL).1
    }

    /// The table's own handle, or one with another path to the same session.
    private func handle(_ entry: Entry, for baseURL: BaseURL) -> Session {
        // Sessions are found by origin: only the paths can differ.
        guard entry.session.baseURL.path != baseURL.path else { return entry.session }
        return Session(baseURL: baseURL, owner: self, core: entry.core, key: entry.session.key)
    }

    private func hit(_ key: SessionKey) throws(SessionError) -> Entry? {
        try state.withLock { state throws(SessionError) -> Entry? in
            guard !state.isClosed else { throw Self.closed(key.origin) }
            guard let entry = state.table.value(for: key), entry.core.gate.enter() else { return nil }
            return entry
        }
    }

    private static func closed(_ origin: String) -> SessionError {
        SessionError(.poolClosed, "The pool was shut down.", origin: origin)
    }

    private enum Step {
        case done(Entry, evicted: Entry?)
        case wait(UInt64)
        case closed
    }

    /// Finds a place for a new session, waiting in line for it if the table is full of busy ones.
    private func admit(
        _ key: SessionKey,
        make: @escaping @Sendable () -> Entry
    ) async throws(SessionError) -> Entry {
        let step = state.withLock { state -> Step in
            guard !state.isClosed else { return .closed }
            // Newcomers stand behind those who wait already.
            if state.waiters.isEmpty || state.table.peek(key) != nil, let (entry, evicted) = place(key, make, &state) {
                return .done(entry, evicted: evicted)
            }
            state.lastWaiterID += 1
            state.beginning[state.lastWaiterID] = .some(nil)
            return .wait(state.lastWaiterID)
        }
        switch step {
        case .closed: throw Self.closed(key.origin)
        case .done(let entry, let evicted):
            evicted?.core.closeIfEmpty()
            return entry
        case .wait(let id): return try await wait(id, key: key, make: make).get()
        }
    }

    /// Under the lock: the existing session, a free place, or the place of one that nobody uses.
    private func place(
        _ key: SessionKey,
        _ make: () -> Entry,
        _ state: inout State
    ) -> (entry: Entry, evicted: Entry?)? {
        guard !state.isClosed else { return nil }
        var (evicted, predecessor): (Entry?, Entry?)
        // An unhealthy session has retired itself: it is let go of, and closes when its last request has ended.
        switch state.table.admit(key, retire: { $0.core.gate.retireIfIdle() || $0.core.gate.isRetired }) {
        case .existing(let entry):
            if entry.core.gate.enter() { return (entry, nil) }
            // Retired behind the table's back: its place is taken over.
            _ = state.table.remove(key)
            predecessor = entry
        case .vacancy: break
        case .evict(_, let entry):
            evicted = entry
            state.evictions += 1
        case .full: return nil
        }
        _ = retire([predecessor, evicted].compactMap(\.self), &state)
        let made = make()
        guard made.core.gate.enter() else { return nil }
        if let predecessor { made.core.adoptHealth(of: predecessor.core) }
        if let end = state.suspensions[key] { made.core.suspend(until: end) }
        state.table.insert(made, for: key)
        state.created += 1
        made.core.startUpkeep()
        return (made, evicted)
    }

    // MARK: Waiting for a place

    private func wait(
        _ id: UInt64,
        key: SessionKey,
        make: @escaping @Sendable () -> Entry
    ) async -> Result<Entry, SessionError> {
        let timeout = configuration.acquireTimeout
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                guard (try? await Task.sleep(for: timeout)) != nil else { return }
                endWait(
                    id,
                    SessionError(
                        .acquireTimeout,
                        "All \(configuration.maxSessions) sessions of the pool are busy; raise maxSessions.",
                        origin: key.origin
                    )
                )
            }
            let result = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    begin(Waiter(key: key, id: id, make: make, continuation: continuation))
                }
            } onCancel: {
                endWait(id, SessionCore.cancelled(key.origin))
            }
            group.cancelAll()
            return result
        }
    }

    private func begin(_ waiter: Waiter) {
        let refusal = state.withLock { state -> SessionError? in
            // Inside the lock, as where it is cleared: otherwise the two could pass each other.
            hasWaiters.store(true, ordering: .sequentiallyConsistent)
            if let error = state.beginning.removeValue(forKey: waiter.id) ?? nil { return error }
            guard !state.isClosed else { return Self.closed(waiter.key.origin) }
            state.tokens[waiter.id] = state.waiters.append(waiter)
            return nil
        }
        if let refusal { return waiter.continuation.resume(returning: .failure(refusal)) }
        serveWaiters()
    }

    private func endWait(_ id: UInt64, _ error: SessionError) {
        let waiter = state.withLock { state -> Waiter? in
            if let token = state.tokens.removeValue(forKey: id) {
                if error.code == .acquireTimeout { state.placeTimeouts += 1 }
                return state.waiters.remove(token)
            }
            if state.beginning[id] != nil { state.beginning[id] = error }
            return nil
        }
        waiter?.continuation.resume(returning: .failure(error))
    }

    /// Gives places to those who wait, in their order, for as long as there are places.
    private func serveWaiters() {
        while true {
            let served = state.withLock { state -> (Waiter, Entry, Entry?)? in
                guard let first = state.waiters.first else {
                    hasWaiters.store(false, ordering: .sequentiallyConsistent)
                    return nil
                }
                guard let (entry, evicted) = place(first.key, first.make, &state) else { return nil }
                _ = state.waiters.popFirst()
                state.tokens[first.id] = nil
                state.placeWaits.record(MonotonicTime.now.nanoseconds - first.since.nanoseconds)
                return (first, entry, evicted)
            }
            guard let (waiter, entry, evicted) = served else { return }
            evicted?.core.closeIfEmpty()
            waiter.continuation.resume(returning: .success(entry))
        }
    }

    func coreBecameIdle(_ core: SessionCore) {
        guard hasWaiters.load(ordering: .sequentiallyConsistent) else { return }
        serveWaiters()
    }

    /// A session has left the table: somebody may wait for its place.
    func placesChanged() {
        if hasWaiters.load(ordering: .sequentiallyConsistent) { serveWaiters() }
    }

    // MARK: Suspension

    func suspend(_ session: Session, until end: MonotonicTime?) {
        suspend(session.key, until: end)
    }

    /// Lets the requests of a key wait, those of sessions to come included; `nil` lets them go on.
    func suspend(_ key: SessionKey, until end: MonotonicTime?) {
        let cores = state.withLock { state -> [SessionCore] in
            let now = MonotonicTime.now
            state.suspensions = state.suspensions.filter { $0.value > now }
            state.suspensions[key] = end
            let unpooled = state.unpooled.compactMap { $0.key == key ? $0.core : nil }
            return unpooled + (state.table.peek(key).map { [$0.core] } ?? [])
        }
        for core in cores {
            if let end { core.suspend(until: end) } else { core.resume() }
        }
    }

    // MARK: Closing

    func remove(_ key: SessionKey) -> [SessionCore] {
        state.withLock { state in
            let entry = state.table.remove(key)
            return retire(entry.map { [$0] } ?? [], &state) + retireUnpooled(&state) { $0 == key }
        }
    }

    func removeAll() -> [SessionCore] {
        state.withLock { state in retire(state.table.removeAll(), &state) + retireUnpooled(&state) { _ in true } }
    }

    /// Takes out sessions that their handles own; they close like the others.
    private func retireUnpooled(_ state: inout State, where isMeant: (SessionKey) -> Bool) -> [SessionCore] {
        let cores = state.unpooled.compactMap { isMeant($0.key) ? $0.core : nil }
        for core in cores { _ = core.gate.retire() }
        state.unpooled.removeAll { $0.core == nil || isMeant($0.key) }
        state.draining += cores
        return cores
    }

    private func retire(_ entries: [Entry], _ state: inout State) -> [SessionCore] {
        for entry in entries {
            _ = entry.core.gate.retire()
            state.retired.follow(entry.core.tally, origin: entry.core.origin)
        }
        state.draining.removeAll { $0.tally.isClosed }
        state.draining += entries.map(\.core)
        return entries.map(\.core)
    }

    /// Drains sessions that are out of the table, all at once.
    func close(
        _ cores: [SessionCore],
        grace: Duration,
        reason: SessionError.Code = .sessionClosed
    ) async -> Int {
        // Their places in the table are free already.
        if hasWaiters.load(ordering: .sequentiallyConsistent) { serveWaiters() }
        let deadline = MonotonicTime.now.advanced(by: grace)
        let aborted = await withTaskGroup(of: Int.self) { group in
            for core in cores { group.addTask { await core.shutDown(deadline: deadline, reason: reason) } }
            return await group.reduce(0, +)
        }
        return aborted
    }

    func shutDown(grace: Duration) async -> Int {
        let (waiters, cores) = state.withLock { state -> ([Waiter], [SessionCore]) in
            state.isClosed = true
            _ = retire(state.table.removeAll(), &state) + retireUnpooled(&state) { _ in true }
            return (takeWaiters(&state), state.draining)
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(Self.closed(waiter.key.origin))) }
        let aborted = await close(cores, grace: grace, reason: .poolClosed)
        await madeFactory.withLock { $0 }?.forgetClosedSessions()
        return aborted
    }

    private func takeWaiters(_ state: inout State) -> [Waiter] {
        var waiters: [Waiter] = []
        while let waiter = state.waiters.popFirst() { waiters.append(waiter) }
        state.tokens = [:]
        return waiters
    }

    /// Closes what nobody uses any more when the pool itself is gone; sessions in use close when they are left.
    func abandon() {
        let (waiters, entries) = state.withLock { state -> ([Waiter], [Entry]) in
            state.isClosed = true
            return (takeWaiters(&state), state.table.removeAll())
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(Self.closed(waiter.key.origin))) }
        for entry in entries where entry.core.gate.retire() { entry.core.submitClose(reason: .poolClosed) }
    }

    // MARK: Facts

    /// The sessions that the pool holds, and those that their handles own.
    var cores: [SessionCore] {
        state.withLock { state in state.table.values.map(\.core) + state.unpooled.compactMap(\.core) }
    }

    var statistics: PoolStatistics {
        let now = MonotonicTime.now
        return state.withLock { state in
            state.retired.foldClosed()
            return PoolStatistics(
                facts(state),
                sessions: state.table.values.map { entry in
                    PoolStatistics.SessionSnapshot(
                        origin: entry.core.origin,
                        id: entry.core.id,
                        statistics: entry.core.tally.snapshot(at: now),
                        limits: entry.core.configuration.limits,
                        minConnections: entry.core.configuration.minConnections
                    )
                },
                retired: state.retired.statistics(at: now),
                at: now
            )
        }
    }

    private func facts(_ state: State) -> PoolStatistics.Facts {
        let isDraining = state.isClosed && state.draining.contains { !$0.tally.isClosed }
        return PoolStatistics.Facts(
            name: configuration.name,
            state: isDraining ? .draining : state.isClosed ? .closed : .running,
            started: started,
            sessionsCreated: state.created,
            evictions: state.evictions,
            waiting: state.waiters.count,
            placeWaits: state.placeWaits,
            placeTimeouts: state.placeTimeouts,
            peakConnections: tally.peakConnections,
            maxSessions: configuration.maxSessions,
            maxTotalConnections: configuration.maxTotalConnections
        )
    }
}

extension PoolConfiguration {
    /// The configuration of sessions of this origin whose callers give none.
    func session(for baseURL: BaseURL) -> SessionConfiguration {
        guard !overrides.isEmpty else { return session }
        // Sessions are found by origin: of several overrides for one, the shortest path counts, whoever asks first.
        let matching = overrides.filter { $0.key.origin == baseURL.origin }
        return matching.min { $0.key.description < $1.key.description }?.value ?? session
    }
}
