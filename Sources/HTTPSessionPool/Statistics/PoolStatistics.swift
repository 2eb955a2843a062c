/// What a pool holds and has done, in one snapshot.
public struct PoolStatistics: Sendable, Hashable {
    /// One session of the snapshot.
    public struct SessionSnapshot: Sendable, Hashable {
        /// The session's origin.
        public let origin: String
        /// The session's number.
        public let id: UInt64
        /// What it has done.
        public let statistics: SessionStatistics
    }

    /// The sessions that the pool holds, in the order in which they would be evicted.
    public let sessions: [SessionSnapshot]
    /// What sessions did that are no longer held.
    public let retired: SessionStatistics
    /// Sessions created since the pool was made, re-created ones included.
    public let sessionsCreated: Int
    /// Sessions closed to make room.
    public let evictions: Int
    /// Callers who wait for a place in a pool full of busy sessions.
    public let waiting: Int

    /// The sums over all sessions, those no longer held included.
    public var total: SessionStatistics {
        sessions.reduce(retired) { $0 + $1.statistics }
    }
}
