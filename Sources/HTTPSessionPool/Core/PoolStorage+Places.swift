internal import CurlTransport
import Synchronization

/// A place in the table for every session, and a line for those who find none.
extension PoolStorage {
    /// Somebody who has a place, and is to be told outside the lock.
    private struct Served {
        let waiter: Waiter
        let entry: Entry
        let evicted: Entry?

        func tell() {
            evicted?.core.closeIfEmpty()
            waiter.continuation.resume(returning: .success(entry))
        }
    }

    private enum Step {
        case done(Entry, evicted: Entry?)
        case wait(UInt64)
        case closed
    }

    /// Finds a place for a new session, waiting in line for it if the table is full of busy ones, and no longer than
    /// until `deadline`.
    func admit(
        _ key: SessionKey,
        until deadline: MonotonicTime?,
        make: @escaping @Sendable () -> Entry
    ) async throws(SessionError) -> Entry {
        let step = state.withLock { state -> Step in
            guard !state.isClosed else { return .closed }
            // Newcomers stand behind those who wait already.
            if state.waiters.isEmpty || state.table.value(for: key) != nil,
                let (entry, evicted) = place(key, make, &state)
            {
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
        case .wait(let id): return try await wait(id, key: key, until: deadline, make: make).get()
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
            if entry.core.gate.enter() {
                entry.noteUse()
                return (entry, nil)
            }
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
        state.table.insert(state.isOrphaned ? made.withoutHandle : made, for: key)
        state.created += 1
        made.core.startUpkeep()
        return (made, evicted)
    }

    // MARK: Waiting for a place

    private func wait(
        _ id: UInt64,
        key: SessionKey,
        until deadline: MonotonicTime?,
        make: @escaping @Sendable () -> Entry
    ) async -> Result<Entry, SessionError> {
        let now = MonotonicTime.now
        let timeout = now.advanced(by: configuration.acquireTimeout)
        let end = min(timeout, deadline ?? timeout)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                guard (try? await Task.sleep(for: now.duration(to: end).sleepable)) != nil else { return }
                endWait(id, placeError(key, isTotal: end < timeout))
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

    /// The total of a request may end before the pool's own time does.
    private func placeError(_ key: SessionKey, isTotal: Bool) -> SessionError {
        let place = "all \(configuration.maxSessions) sessions of the pool are busy; raise maxSessions."
        return isTotal
            ? SessionError(.deadlineExceeded, "The total time passed, \(place)", origin: key.origin)
            : SessionError(.acquireTimeout, "No place in time, \(place)", origin: key.origin)
    }

    private func begin(_ waiter: Waiter) {
        let refusal = state.withLock { state -> SessionError? in
            // Inside the lock, as where it is cleared: otherwise the two could pass each other.
            hasWaiters.store(true, ordering: .sequentiallyConsistent)
            if let error = state.beginning.removeValue(forKey: waiter.id) ?? nil { return error }
            guard !state.isClosed else { return Self.closed(waiter.key.origin) }
            state.tokens[waiter.id] = state.waiters.append(waiter, for: waiter.key)
            return nil
        }
        if let refusal { return waiter.continuation.resume(returning: .failure(refusal)) }
        serveWaiters(of: waiter.key)
        serveWaiters()
    }

    private func endWait(_ id: UInt64, _ error: SessionError) {
        let waiter = state.withLock { state -> Waiter? in
            if let token = state.tokens.removeValue(forKey: id) {
                if error.code != .cancelled { state.placeTimeouts += 1 }
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
            let served = state.withLock { state -> [Served] in
                guard let key = state.waiters.firstKey else {
                    hasWaiters.store(false, ordering: .sequentiallyConsistent)
                    return []
                }
                return serve(key, &state)
            }
            guard !served.isEmpty else { return }
            for one in served { one.tell() }
        }
    }

    /// Lets those in who wait for a session that the table has got meanwhile.
    private func serveWaiters(of key: SessionKey) {
        let served = state.withLock { state in state.table.value(for: key) == nil ? [] : serve(key, &state) }
        for one in served { one.tell() }
    }

    /// Under the lock: whoever waits for a session is let in as soon as it has its place, wherever in line they stand:
    /// newcomers are, too.
    private func serve(_ key: SessionKey, _ state: inout State) -> [Served] {
        var served: [Served] = []
        let now = MonotonicTime.now
        while let waiter = state.waiters.first(for: key), let (entry, evicted) = place(key, waiter.make, &state) {
            _ = state.waiters.popFirst(for: key)
            state.tokens[waiter.id] = nil
            state.placeWaits.record(now.nanoseconds - waiter.since.nanoseconds)
            served.append(Served(waiter: waiter, entry: entry, evicted: evicted))
        }
        return served
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
