internal import CurlTransport
import Synchronization

/// A session that is kept by somebody else.
struct WeakCore: Sendable {
    weak let core: SessionCore?
}

/// The quota of a pool's connections, and the way to the sessions that share it.
package final class SharedQuota: Sendable {
    private struct State {
        var quota: ConnectionQuota
        var cores: [UInt64: WeakCore] = [:]
    }

    private let state: Locked<State>
    private let isContended = Atomic<Bool>(false)

    package init(limit: Int) {
        state = Locked(State(quota: ConnectionQuota(limit: limit)))
    }

    /// Whose turn it is now that a request of `core` has ended; costs a load while nobody waits.
    func turn(of core: SessionCore) -> ConnectionQuota.Turn {
        guard isContended.load(ordering: .relaxed) else { return .nobody }
        return state.withLock { state in
            let turn = state.quota.turn(of: core.id)
            publish(state)
            return turn
        }
    }

    /// Connections that the sessions hold together.
    package var held: Int { state.withLock { $0.quota.held } }

    /// Connections that nobody holds and nobody waits for.
    var spare: Int {
        state.withLock { $0.quota.waiting > 0 ? 0 : $0.quota.limit - $0.quota.held }
    }

    /// Asks for one more connection on behalf of a session.
    ///
    /// - Returns: Whether it has it; otherwise ``SessionCore/quotaGranted()`` is called when it does.
    func want(_ core: SessionCore) -> Bool {
        let (granted, others) = state.withLock { state -> (Bool, [SessionCore]) in
            state.cores[core.id] = WeakCore(core: core)
            let granted = state.quota.want(core.id)
            publish(state)
            guard !granted else { return (true, []) }
            return (false, state.quota.holders.compactMap { $0 == core.id ? nil : state.cores[$0]?.core })
        }
        // Whoever keeps a connection warm that nobody uses gives it up now; whoever is busy, after its next request.
        for other in others { other.loop.submit { other.assumeIsolated { $0.yieldIdleConnections() } } }
        return granted
    }

    /// Takes a want back.
    ///
    /// Returns whether one was still in line.
    func withdraw(_ core: SessionCore) -> Bool {
        state.withLock { state in
            let wasWaiting = state.quota.withdraw(core.id)
            publish(state)
            return wasWaiting
        }
    }

    /// Gives one connection back.
    func giveBack(_ core: SessionCore) {
        pass { state in state.quota.giveBack(core.id).map { [$0] } ?? [] }
    }

    /// Forgets a session that is closed.
    func remove(_ core: SessionCore) {
        pass { state in
            state.cores[core.id] = nil
            return state.quota.remove(core.id)
        }
    }

    private func pass(_ change: (inout State) -> [UInt64]) {
        let next = state.withLock { state -> [SessionCore] in
            let holders = change(&state)
            publish(state)
            return holders.compactMap { state.cores[$0]?.core }
        }
        for core in next { core.loop.submit { core.assumeIsolated { $0.quotaGranted() } } }
    }

    private func publish(_ state: State) {
        isContended.store(state.quota.waiting > 0, ordering: .relaxed)
    }
}
