internal import CurlTransport
import Synchronization

/// Sessions made fresh, pruned, warmed and paused.
extension PoolStorage {
    /// Takes sessions out of the pool; what runs in them goes on to its end, however long.
    ///
    /// - Returns: How many there were.
    func evict(_ cores: [SessionCore]) -> Int {
        for core in cores {
            core.forgetTLSSessions()
            core.closeIfEmpty()
        }
        placesChanged()
        return cores.count
    }

    /// Closes connections that have been idle for too long.
    ///
    /// - Returns: How many.
    func prune(idle: Duration?) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for core in cores { group.addTask { await core.prune(idle: idle) } }
            return await group.reduce(0, +)
        }
    }

    /// The health, warm-ups and suspensions of all sessions.
    var conditions: [SessionCondition] {
        cores.map { core in
            let facts = core.facts.snapshot
            return SessionCondition(
                origin: core.origin,
                id: core.id,
                health: facts.health,
                warmUp: facts.warmUp,
                suspension: facts.suspension
            )
        }
    }

    // MARK: Suspension

    func suspend(_ session: Session, until end: MonotonicTime?) {
        suspend(session.key, until: end)
    }

    /// Lets the requests of a key wait, those of sessions to come included; `nil` lets them go on.
    func suspend(_ key: SessionKey, until end: MonotonicTime?) {
        let (order, cores) = state.withLock { state -> (SuspensionOrder, [SessionCore]) in
            let now = MonotonicTime.now
            state.suspensions = state.suspensions.filter { $0.value > now }
            state.suspensions[key] = end
            let unpooled = state.unpooled.compactMap { $0.key == key ? $0.core : nil }
            // Those that have left the table too: what waits inside them waits for the same word.
            let draining = state.draining.compactMap { $0.key == key ? $0.core : nil }
            return (
                SuspensionOrder(until: end), unpooled + draining + (state.table.value(for: key).map { [$0.core] } ?? [])
            )
        }
        for core in cores { core.follow(order) }
    }
}
