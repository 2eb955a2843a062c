internal import CurlTransport
import Synchronization

/// What a session's upkeep has found out, written on its loop and readable from anywhere.
final class SessionFacts: Sendable {
    /// The facts.
    struct State: Sendable {
        var health = SessionHealth()
        var warmUp = WarmUpStatistics()
        var suspension: Suspension?
    }

    private let state = Locked(State())

    /// A snapshot.
    var snapshot: State { state.withLock { $0 } }

    /// Changes the facts.
    func update(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
    }
}
