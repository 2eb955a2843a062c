internal import CurlTransport
import Synchronization

/// What a session's upkeep has found out, written on its loop and readable from anywhere.
final class SessionFacts: Sendable {
    /// The facts.
    struct State: Sendable {
        var health = SessionHealth()
        var warmUp = WarmUpStatistics()
        private(set) var suspension: Suspension?
        private var suspensionOrder: UInt64 = 0

        /// Says what an order means to requests, unless a later one has been heard of.
        mutating func follow(_ order: SuspensionOrder) {
            guard order.number >= suspensionOrder else { return }
            (suspension, suspensionOrder) = (order.suspension, order.number)
        }

        /// A suspension is over that was ordered by this number.
        mutating func endSuspension(_ number: UInt64) {
            if number == suspensionOrder { suspension = nil }
        }
    }

    private let state = Locked(State())

    /// A snapshot.
    var snapshot: State { state.withLock { $0 } }

    /// Changes the facts.
    func update(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
    }
}
