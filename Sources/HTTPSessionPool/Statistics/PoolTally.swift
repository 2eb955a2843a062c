import Synchronization

/// What only the pool as a whole can know: how many connections all its sessions have at a time.
package final class PoolTally: Sendable {
    private let open = Atomic<Int>(0)
    private let peak = Atomic<Int>(0)

    package init() {}

    /// So many more sockets are open, or fewer.
    package func add(_ change: Int) {
        let now = open.add(change, ordering: .relaxed).newValue
        guard change > 0 else { return }
        peak.max(now, ordering: .relaxed)
    }

    /// Sockets that are open now.
    package var openConnections: Int { open.load(ordering: .relaxed) }

    /// The most sockets that were open at a time.
    package var peakConnections: Int { peak.load(ordering: .relaxed) }
}
