/// The names and TLS sessions of sessions that have been closed, for those that are re-created.
///
/// A session that was evicted or closed and is asked for again resumes TLS: half the processor time of a full handshake.
/// Only the same identity, configuration and credentials included, gets them back, and only on the same loop.
package struct ShareStore: ~Copyable {
    /// Kept at most: a share of libcurl 7.88.1 holds eight TLS sessions of some kilobytes.
    private static let capacity = 64

    private var shares: [(identity: AnyHashable, share: SharedState)] = []

    init() {}

    /// Keeps a share for its identity; the oldest goes when there are too many.
    mutating func put(_ share: SharedState, for identity: AnyHashable) {
        shares.removeAll { $0.identity == identity }
        if shares.count >= Self.capacity { shares.removeFirst() }
        shares.append((identity, share))
    }

    /// Hands out what was kept for an identity that still trusts the same roots; nobody else gets it then.
    mutating func take(_ identity: AnyHashable, roots: CABundle?) -> SharedState? {
        guard let index = shares.firstIndex(where: { $0.identity == identity }) else { return nil }
        let share = shares.remove(at: index).share
        return share.roots?.fingerprint == roots?.fingerprint ? share : nil
    }

    /// Frees what was kept for an identity.
    package mutating func remove(_ identity: AnyHashable) {
        shares.removeAll { $0.identity == identity }
    }

    /// Frees everything.
    package mutating func removeAll() {
        shares = []
    }
}

/// A share on the heap, so that it can be kept in a list, with the roots by which its TLS sessions were verified.
final class SharedState {
    let handle: ShareHandle
    let roots: CABundle?
    /// Names, with their ports, to whose addresses no connection could be made: to be looked up anew.
    var deadNames: [HostName] = []

    init?(roots: CABundle?) {
        guard let handle = ShareHandle() else { return nil }
        self.handle = handle
        self.roots = roots
    }
}
