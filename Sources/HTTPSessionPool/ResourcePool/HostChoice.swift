internal import CurlTransport
import Synchronization

/// Which host is next, and how the hosts have done: what all callers of a ``MultiHostPool`` share, behind a lock.
///
/// The hosts' pools take it under their own locks, so that none of theirs may be taken under it.
final class HostChoice: Sendable {
    /// Somebody who tries a host whose pause is over.
    struct Trial: Sendable {
        let host: Int
        let id: HostHealth.TrialID
        let since: MonotonicTime
    }

    private struct State: Sendable {
        var selector: any HostSelector
        var health: [HostHealth]
    }

    let clock: PoolClock
    private let state: Locked<State>

    init(_ count: Int, configuration: MultiHostPoolConfiguration, selector: some HostSelector, clock: PoolClock) {
        let health = HostHealth(unhealthyAfter: configuration.unhealthyAfter, pause: configuration.recoveryPause)
        state = Locked(State(selector: selector, health: Array(repeating: health, count: count)))
        self.clock = clock
    }

    /// Chooses a host.
    ///
    /// - Parameter describe: Says what the selector gets to know of a host that may, or may not, be tried.
    /// - Returns: The host, with a trial if it needs one; nil with how long it takes at most until one may be tried.
    func choose(_ describe: (Int, _ isHealthy: Bool) -> HostStatus) -> (host: Int?, trial: Trial?, pause: Duration) {
        let now = clock.now
        return state.withLock { state in
            let pauses = state.health.map { $0.remainingPause(at: now) }
            let statuses = pauses.indices.map { describe($0, pauses[$0] == .zero) }
            guard let host = state.selector.select(from: statuses), pauses.indices.contains(host) else {
                return (nil, nil, pauses.min() ?? .zero)
            }
            let id = state.health[host].beginTrial(at: now)
            return (host, id.map { Trial(host: host, id: $0, since: now) }, .zero)
        }
    }

    /// Ends a trial; nil when it has shown nothing, so that the next caller tries.
    func end(_ trial: Trial, _ outcome: HostOutcome?) {
        let now = clock.now
        state.withLock { $0.health[trial.host].endTrial(trial.id, outcome, at: now) }
    }

    /// What a host's pool has seen; said under the lock of that pool.
    func observe(_ outcome: HostOutcome, of host: Int, since: MonotonicTime, times: Int, at now: MonotonicTime) {
        state.withLock { state in
            switch outcome {
            case .succeeded: state.health[host].succeed(at: now)
            case .failed:
                state.health[host].fail(since: since, times: times, at: now)
                state.selector.record(.failed, of: host)
            }
        }
    }

    /// A caller has got a resource.
    func granted(by host: Int) {
        state.withLock { $0.selector.record(.succeeded, of: host) }
    }

    /// What the user says of a host.
    func report(_ outcome: HostOutcome, of host: Int) {
        let now = clock.now
        state.withLock { state in
            switch outcome {
            case .succeeded: state.health[host].reportSuccess(at: now)
            case .failed: state.health[host].reportFailure(at: now)
            }
            state.selector.record(outcome, of: host)
        }
    }

    func suspend(_ host: Int, for duration: Duration) {
        let end = clock.now.advanced(by: duration)
        state.withLock { $0.health[host].suspend(until: end) }
    }

    func resume(_ host: Int) {
        state.withLock { $0.health[host].resume() }
    }

    func isHealthy(_ host: Int) -> Bool {
        let now = clock.now
        return state.withLock { $0.health[host].remainingPause(at: now) == .zero }
    }
}
