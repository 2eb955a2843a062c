internal import CurlTransport

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
}
