internal import CurlTransport
import Synchronization

/// Sessions that leave the table, and the end of the pool.
extension PoolStorage {
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
        let cores = state.unpooled.compactMap { one in
            isMeant(one.key) ? one.core.map { Draining(key: one.key, core: $0) } : nil
        }
        for one in cores { _ = one.core.gate.retire() }
        state.unpooled.removeAll { $0.core == nil || isMeant($0.key) }
        state.draining += cores
        return cores.map(\.core)
    }

    func retire(_ entries: [Entry], _ state: inout State) -> [SessionCore] {
        for entry in entries {
            _ = entry.core.gate.retire()
            state.retired.follow(entry.core.tally, origin: entry.core.origin)
        }
        state.draining += entries.map { Draining(key: $0.key, core: $0.core) }
        if state.drainingSweep.isReached(by: state.draining.count) { state.dropClosed() }
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
        // What a session's probes hold may hold the pool.
        state.withLock { state in state.dropClosed() }
        return aborted
    }

    func shutDown(grace: Duration) async -> Int {
        let (waiters, cores) = state.withLock { state -> ([Waiter], [SessionCore]) in
            state.isClosed = true
            _ = retire(state.table.removeAll(), &state) + retireUnpooled(&state) { _ in true }
            state.suspensions = [:]
            // One that was closed before has been counted.
            return (takeWaiters(&state), state.draining.map(\.core).filter { !$0.tally.isClosed })
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(Self.closed(waiter.key.origin))) }
        let aborted = await close(cores, grace: grace, reason: .poolClosed)
        await madeFactory.withLock { $0 }?.forgetClosedSessions()
        return aborted
    }

    private func takeWaiters(_ state: inout State) -> [Waiter] {
        state.tokens = [:]
        return state.waiters.removeAll()
    }

    /// The pool itself is gone, and handles that were kept go on: they hold the storage, and nothing else does from now on.
    func orphan() {
        let handles = state.withLock { state -> [Entry] in
            guard !state.isClosed else { return [] }
            state.isOrphaned = true
            let entries = state.table.values
            state.table.replaceValues { $0.withoutHandle }
            return entries
        }
        // Dropped here and not under the lock: one of them may be the last to hold something.
        withExtendedLifetime(handles) {}
    }

    /// Closes what nobody uses any more, and nobody can.
    func abandon() {
        let entries = state.withLock { state -> [Entry] in
            state.isClosed = true
            return state.table.removeAll()
        }
        for entry in entries where entry.core.gate.retire() { entry.core.submitClose(reason: .poolClosed) }
    }
}

extension PoolStorage.Entry {
    /// The same session without a handle, which would hold the storage that holds the entry.
    var withoutHandle: PoolStorage.Entry { PoolStorage.Entry(key: key, session: nil, core: core) }
}
