import Synchronization

/// Counts who uses a session, and shuts it for good: the one word on which eviction and requests agree.
///
/// A request enters before it does anything and leaves when it is over; so does a scope that holds the session. Retiring
/// is refused to newcomers from then on, while those inside finish. Both are single atomic steps, so a session is never
/// closed under a request that has just got in.
package final class SessionGate: Sendable {
    private static let retiredBit = 1 << 62

    private let word = Atomic<Int>(0)
    private let use = Atomic<UInt64>(0)

    /// Numbers the uses of all sessions of the process, so that of any two it is known which was later.
    private static let uses = Atomic<UInt64>(0)

    /// A gate that nobody has entered, of a session that is new: this is a use.
    package init() {
        noteUse()
    }

    /// The number of the session's last use.
    package var lastUse: UInt64 { use.load(ordering: .relaxed) }

    /// The session was used: looked up, or a request of somebody's has ended in it.
    ///
    /// Two steps without a lock, made once for all requests that end at one time.
    package func noteUse() {
        use.store(Self.uses.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
    }

    /// Enters; false when the gate is shut.
    package func enter() -> Bool {
        var current = word.load(ordering: .relaxed)
        while current & Self.retiredBit == 0 {
            let (done, original) = word.weakCompareExchange(
                expected: current,
                desired: current + 1,
                ordering: .acquiringAndReleasing
            )
            if done { return true }
            current = original
        }
        return false
    }

    /// What is left after someone has left.
    package enum Departure: Equatable, Sendable {
        /// Others are inside.
        case occupied
        /// Nobody is inside, and the gate is open.
        case idle
        /// Nobody is inside, and nobody ever will be.
        case drained
    }

    /// Leaves, once for every ``enter()``.
    package func leave() -> Departure {
        let left = word.subtract(1, ordering: .acquiringAndReleasing).newValue
        precondition(left & ~Self.retiredBit >= 0 && left >= 0, "A session was left more often than entered.")
        if left == Self.retiredBit { return .drained }
        return left == 0 ? .idle : .occupied
    }

    /// Shuts the gate if nobody is inside.
    ///
    /// Returns whether it did.
    package func retireIfIdle() -> Bool {
        word.compareExchange(expected: 0, desired: Self.retiredBit, ordering: .acquiringAndReleasing).exchanged
    }

    /// Shuts the gate.
    ///
    /// Returns true to the one caller that shut it while nobody was inside: that one closes the session; otherwise
    /// the last to leave does.
    package func retire() -> Bool {
        word.bitwiseOr(Self.retiredBit, ordering: .acquiringAndReleasing).oldValue == 0
    }

    /// Whether the gate is shut.
    package var isRetired: Bool { word.load(ordering: .acquiring) & Self.retiredBit != 0 }

    /// How many are inside.
    package var occupancy: Int { word.load(ordering: .acquiring) & ~Self.retiredBit }
}
