internal import CurlTransport
import Synchronization

/// The state of a pool, behind one lock: what must be synchronous cannot wait for an actor.
///
/// Under the lock only the table is changed; sessions are opened, drained and closed outside it.
final class PoolStorage: SessionOwner {
    /// A session of the table, with what a look-up asks of it: among ten thousand, every further object is a further
    /// place of memory to be fetched.
    final class Entry: Sendable {
        let key: SessionKey
        /// The handle that everybody gets; `nil` when the pool is gone, and only handles that were kept hold its storage.
        let session: Session?
        let core: SessionCore
        private let gate: SessionGate
        private let requiresWarmUp: Bool

        init(key: SessionKey, session: Session?, core: SessionCore) {
            self.key = key
            self.session = session
            self.core = core
            gate = core.gate
            requiresWarmUp = core.requiresWarmUp
        }

        /// Whether it can be handed out without more ado.
        var isReady: Bool { !requiresWarmUp && !gate.isRetired }

        /// When it was last used, by a look-up or by a request of any handle.
        var lastUse: UInt64 { gate.lastUse }

        func noteUse() { gate.noteUse() }
    }

    /// A session outside the table, which its handle owns.
    struct Unpooled: Sendable {
        let key: SessionKey
        weak let core: SessionCore?
    }

    /// A session that has left the table and may still run requests.
    struct Draining: Sendable {
        let key: SessionKey
        let core: SessionCore
    }

    /// A caller who waits for a place in a table full of busy sessions.
    struct Waiter {
        let key: SessionKey
        let id: UInt64
        let make: @Sendable () -> Entry
        let continuation: CheckedContinuation<Result<Entry, SessionError>, Never>
        let since = MonotonicTime.now
    }

    struct State {
        var table: SessionTable<SessionKey, Entry>
        var waiters = PlaceLine<SessionKey, Waiter>()
        var tokens: [UInt64: PlaceLine<SessionKey, Waiter>.Token] = [:]
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
        /// Whether the pool itself is gone, and handles that were kept go on.
        var isOrphaned = false
        /// Keys whose requests wait, and until when.
        var suspensions: [SessionKey: MonotonicTime] = [:]
        /// Sessions that have left the table and may still run requests; those that are closed are dropped in passing.
        var draining: [Draining] = []
        var drainingSweep = SweepThreshold()
        /// Sessions outside the table, which their handles own.
        var unpooled: [Unpooled] = []

        /// Lets go of sessions that drained and are closed.
        mutating func dropClosed() {
            draining.removeAll { $0.core.tally.isClosed }
            drainingSweep.reset(left: draining.count)
        }
    }

    let configuration: PoolConfiguration
    let tally = PoolTally()
    let started = MonotonicTime.now
    let state: Locked<State>
    let madeFactory = Locked<SessionFactory?>(nil)
    /// Whether anybody waits: looked at whenever a session becomes idle.
    let hasWaiters = Atomic<Bool>(false)

    init(configuration: PoolConfiguration) {
        self.configuration = configuration
        let table = SessionTable<SessionKey, Entry>(
            capacity: max(0, configuration.maxSessions),
            eviction: configuration.eviction,
            lastUse: \.lastUse
        )
        state = Locked(State(table: table))
    }

    /// The last handle is gone too: what the sessions kept open is closed.
    deinit {
        abandon()
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
        guard let entry, entry.isReady else { return nil }
        entry.noteUse()
        return handle(entry, for: baseURL)
    }

    /// The session of a key, entered by the caller, who leaves it, and who waits for a place until `deadline` at most.
    func enter(
        _ key: SessionKey,
        baseURL: BaseURL,
        until deadline: MonotonicTime? = nil
    ) async throws(SessionError) -> (Session, SessionCore) {
        try ForkGuard.check(origin: baseURL.origin)
        if let entry = try hit(key) { return (handle(entry, for: baseURL), entry.core) }
        let session = key.givenConfiguration ?? configuration.session(for: baseURL)
        // Files and the environment are read here, outside the lock; of several racers one wins.
        let options = try EngineOptions(session, for: baseURL)
        let factory = try factory()
        guard configuration.maxSessions > 0 else {
            return try unpooled(key, baseURL: baseURL, configuration: session, options: options, factory: factory)
        }
        let entry = try await admit(key, until: deadline) { [self] in
            let core = factory.makeCore(
                baseURL: baseURL,
                configuration: session,
                options: options,
                identity: key
            )
            let session = Session(baseURL: baseURL, owner: self, core: core, key: key)
            return Entry(key: key, session: session, core: core)
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
        let (isClosed, suspension) = state.withLock { state -> (Bool, SuspensionOrder?) in
            state.unpooled.removeAll { $0.core?.gate.isRetired ?? true }
            state.unpooled.append(Unpooled(key: key, core: core))
            state.retired.follow(core.tally, origin: core.origin)
            state.created += 1
            return (state.isClosed, state.suspensions[key].map { SuspensionOrder(until: $0) })
        }
        guard !isClosed, core.gate.enter() else { throw Self.closed(key.origin) }
        if let suspension { core.follow(suspension) }
        core.tally.announce()
        core.startUpkeep()
        let owner = PrivateSessionOwner(core: core)
        return (Session(baseURL: baseURL, owner: owner, core: core, key: key), core)
    }

    func enteredCore(
        for session: Session,
        until deadline: MonotonicTime?
    ) async throws(SessionError) -> SessionCore {
        try await enter(session.key, baseURL: session.baseURL, until: deadline).1
    }

    /// The table's own handle, or one with another path to the same session.
    private func handle(_ entry: Entry, for baseURL: BaseURL) -> Session {
        // Sessions are found by origin: only the paths can differ.
        if let session = entry.session, session.baseURL.path == baseURL.path { return session }
        return Session(baseURL: baseURL, owner: self, core: entry.core, key: entry.key)
    }

    private func hit(_ key: SessionKey) throws(SessionError) -> Entry? {
        try state.withLock { state throws(SessionError) -> Entry? in
            guard !state.isClosed else { throw Self.closed(key.origin) }
            guard let entry = state.table.value(for: key), entry.core.gate.enter() else { return nil }
            entry.noteUse()
            return entry
        }
    }

    static func closed(_ origin: String) -> SessionError {
        SessionError(.poolClosed, "The pool was shut down.", origin: origin)
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
