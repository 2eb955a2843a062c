internal import CurlTransport
import Synchronization

/// What the pool holds and has done.
extension PoolStorage {
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
        let isDraining = state.isClosed && state.draining.contains { !$0.core.tally.isClosed }
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
