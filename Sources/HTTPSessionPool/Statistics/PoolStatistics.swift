package import CurlTransport

/// What a pool holds and has done, in one snapshot.
public struct PoolStatistics: Sendable, Hashable {
    /// Whether the pool takes requests.
    public enum State: String, Sendable, Hashable {
        /// It does.
        case running
        /// It was shut down, and requests still run.
        case draining
        /// It was shut down, and all is closed.
        case closed
    }

    /// One session of the snapshot.
    public struct SessionSnapshot: Sendable, Hashable {
        /// The session's origin.
        public let origin: String
        /// The session's number.
        public let id: UInt64
        /// What it has done.
        public let statistics: SessionStatistics
        /// How much it may hold.
        public let limits: SessionConfiguration.Limits
        /// How many connections it keeps open without need.
        public let minConnections: Int
    }

    /// All sessions of one origin together, those included that the pool no longer holds.
    public struct OriginStatistics: Sendable, Hashable {
        /// The origin; `_OTHER` for those beyond a limit of 64.
        public let origin: String
        /// How many sessions the pool holds.
        public let sessions: Int
        /// What they have done.
        public let statistics: SessionStatistics
    }

    /// The pool's name; see ``PoolConfiguration/name``.
    public let name: String
    /// Whether it takes requests.
    public let state: State
    /// Whether it pools at all: with ``PoolConfiguration/maxSessions`` 0 it does not.
    public let isEnabled: Bool
    /// How long ago it was made.
    public let uptime: Duration
    /// The sessions that the pool holds, in the order in which they would be evicted.
    public let sessions: [SessionSnapshot]
    /// All sessions by origin, sorted.
    public let origins: [OriginStatistics]
    /// What sessions did that are no longer held.
    public let retired: SessionStatistics
    /// The sums over all sessions, those no longer held included.
    public let total: SessionStatistics
    /// Sessions created since the pool was made, re-created ones included.
    public let sessionsCreated: Int
    /// Sessions closed to make room.
    public let evictions: Int
    /// Callers who wait for a place in a pool full of busy sessions.
    public let waiting: Int
    /// How long callers waited for a place who did not find one at once.
    public let placeWaits: LatencyHistogram
    /// Callers who got no place in time.
    public let placeTimeouts: Int
    /// The most sockets that were open at a time.
    public let peakConnections: Int
    /// Sessions that may be held.
    public let maxSessions: Int
    /// Sockets of all sessions together that may be open; `nil` when there is no total.
    public let maxTotalConnections: Int?
    /// When the snapshot was taken, on the monotonic clock.
    package let time: MonotonicTime
}

extension PoolStatistics {
    /// Requests that wait for a permit, and callers who wait for a session.
    public var pendingRequests: Int { total.waiting + waiting }

    /// Requests that got no permit in time, and callers who got no session.
    public var acquireTimeouts: Int { total.acquireTimeouts + placeTimeouts }

    /// Open sockets of sessions that their health checks have not found unhealthy.
    public var healthyConnections: Int { total.totalConnections - unhealthyConnections }

    /// Open sockets of sessions that their health checks have found unhealthy.
    public var unhealthyConnections: Int {
        sessions.reduce(0) { $0 + ($1.statistics.health.state == .unhealthy ? $1.statistics.totalConnections : 0) }
    }

    /// How long ago the last health check ended; `nil` when there was none.
    public var timeSinceHealthCheck: Duration? {
        total.health.lastCheck.map { max(.zero, $0.duration(to: time)) }
    }
}

// MARK: - Making

extension PoolStatistics {
    /// What a pool knows besides its sessions.
    struct Facts {
        var name: String
        var state: State
        var started: MonotonicTime
        var sessionsCreated: Int
        var evictions: Int
        var waiting: Int
        var placeWaits: LatencyHistogram
        var placeTimeouts: Int
        var peakConnections: Int
        var maxSessions: Int
        var maxTotalConnections: Int?
    }

    init(
        _ facts: Facts,
        sessions: [SessionSnapshot],
        retired: [(origin: String, statistics: SessionStatistics)],
        at now: MonotonicTime
    ) {
        var sums: [String: (sessions: Int, statistics: SessionStatistics)] = [:]
        for one in sessions {
            let known = sums[one.origin]
            sums[one.origin] = (
                (known?.sessions ?? 0) + 1, known.map { $0.statistics + one.statistics } ?? one.statistics
            )
        }
        for one in retired {
            let known = sums[one.origin]
            sums[one.origin] = (known?.sessions ?? 0, known.map { $0.statistics + one.statistics } ?? one.statistics)
        }
        origins = sums.sorted { $0.key < $1.key }.map {
            OriginStatistics(origin: $0.key, sessions: $0.value.sessions, statistics: $0.value.statistics)
        }
        total = origins.reduce(SessionStatistics()) { $0 + $1.statistics }
        self.retired = retired.reduce(SessionStatistics()) { $0 + $1.statistics }
        self.sessions = sessions
        name = facts.name
        state = facts.state
        isEnabled = facts.maxSessions > 0
        uptime = max(.zero, facts.started.duration(to: now))
        sessionsCreated = facts.sessionsCreated
        evictions = facts.evictions
        waiting = facts.waiting
        placeWaits = facts.placeWaits
        placeTimeouts = facts.placeTimeouts
        // Sessions are looked at one after the other: a socket may move from one to the other meanwhile.
        peakConnections = max(facts.peakConnections, total.totalConnections)
        maxSessions = facts.maxSessions
        maxTotalConnections = facts.maxTotalConnections
        time = now
    }
}
