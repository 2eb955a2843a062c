internal import CurlTransport
import Synchronization

/// A place in the table for every session, and a line for those who find none.
extension PoolStorage {
    private enum Step {
        case done(Entry, evicted: Entry?)
        case wait(UInt64)
        case closed
    }

    /// Finds a place for a new session, waiting in line for it if the table is full of busy ones.
    func admit(
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
        if let end = state.suspensions[key] { made.core.follow(SuspensionOrder(until: end)) }
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
                guard (try? await Task.sleep(for: timeout.sleepable)) != nil else { return }
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
    func serveWaiters() {
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
}
