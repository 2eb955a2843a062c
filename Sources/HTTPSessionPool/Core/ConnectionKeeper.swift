package import CurlTransport

/// Which connections of a session have been kept for too long, and when new ones are opened ahead of requests.
///
/// It decides and holds no timer: the session shows it its connections with the time, performs the actions, and asks
/// when to come back. A connection that a request uses is never idle, however long the request takes: its idle time
/// begins when the request has ended.
package struct ConnectionKeeper: Sendable {
    /// What does not change while the session lives.
    package struct Policy: Sendable, Hashable {
        /// How old a connection may grow.
        package var maxAge: Duration = .seconds(3_600)
        /// The share of it by which connections differ at most.
        package var maxAgeJitter = 0.1
        /// How long after one refill the next may follow.
        package var refillInterval: Duration = .seconds(30)
        /// Within what time the first warm-up begins.
        package var startJitter: Duration = .seconds(1)

        package init() {}
    }

    /// One open connection.
    package struct Connection: Sendable, Hashable {
        /// Names it to the session.
        package var id: Int32
        /// How many the session had opened before it: what its own age limit follows from.
        package var serial: UInt64
        /// When it was opened.
        package var openedAt: MonotonicTime
        /// Since when no request uses it; `nil` while one does.
        package var idleSince: MonotonicTime?

        package init(id: Int32, serial: UInt64, openedAt: MonotonicTime, idleSince: MonotonicTime?) {
            (self.id, self.serial, self.openedAt, self.idleSince) = (id, serial, openedAt, idleSince)
        }
    }

    /// What a session looks like when it is swept.
    package struct Situation: Sendable {
        /// Its connections, dead ones left out.
        package var connections: [Connection] = []
        /// How long they may be idle: the configuration's word, or a shorter one of the server.
        package var idleTimeout: Duration = .seconds(300)
        /// When a request of somebody's last ended; probes do not count.
        package var lastUse: MonotonicTime
        /// How many connections are kept open without being needed; at most 1 on HTTP/2.
        package var warmTarget = 0
        /// How many more may be opened now without standing in anybody's way.
        package var room = 0

        package init(lastUse: MonotonicTime) {
            self.lastUse = lastUse
        }
    }

    /// What is to be done.
    package enum Action: Sendable, Hashable {
        /// Close an idle connection.
        case close(Int32, Reason)
        /// Open connections until there are so many; the outcome goes to ``ConnectionKeeper/warmUpEnded(reached:at:)``.
        case warmUp(to: Int)
    }

    /// Why a connection is closed.
    package enum Reason: Sendable, Hashable {
        /// Nobody has used it for too long.
        case idle
        /// It is too old.
        case age
    }

    private let policy: Policy
    private let jitter: Jitter
    /// Before this no refill begins.
    private var nextRefill: MonotonicTime
    private var fruitlessWarmUps = 0
    /// The warm-up of a session that has just been made, until it was begun.
    private var start: Start?
    /// Whether a warm-up runs.
    package private(set) var isWarming = false

    /// A keeper of a session that has no connection yet.
    package init(_ policy: Policy, seed: UInt64, at now: MonotonicTime) {
        self.policy = policy
        jitter = Jitter(seed: seed)
        nextRefill = now.advanced(by: policy.refillInterval)
    }

    /// A first warm-up.
    private struct Start {
        let due: MonotonicTime
        let target: Int
    }

    // MARK: Sweeping

    /// What is to be done now.
    package mutating func sweep(at now: MonotonicTime, _ situation: Situation) -> [Action] {
        var actions: [Action] = []
        for connection in situation.connections where connection.idleSince != nil {
            if expiry(of: connection) <= now {
                actions.append(.close(connection.id, .age))
            } else if let end = idleEnd(of: connection, situation), end <= now {
                actions.append(.close(connection.id, .idle))
            }
        }
        let left = situation.connections.count - actions.count
        let target = warmTarget(situation)
        guard !isWarming, nextWarmUp <= now else { return actions }
        start = nil
        guard left < target else { return actions }
        // Where there is no room, a later sweep looks again.
        nextRefill = now.advanced(by: policy.refillInterval)
        guard situation.room > 0 else { return actions }
        actions.append(.warmUp(to: min(target, left + situation.room)))
        return actions
    }

    /// When the next warm-up may begin.
    private var nextWarmUp: MonotonicTime { start?.due ?? nextRefill }

    /// How many connections that is to reach.
    private func warmTarget(_ situation: Situation) -> Int {
        situation.warmTarget == 0 ? 0 : start?.target ?? situation.warmTarget
    }

    /// The idle connections that a caller wants closed now, idle for `idle` or longer, or too old.
    package func prunable(at now: MonotonicTime, idle: Duration?, _ situation: Situation) -> [Int32] {
        situation.connections.compactMap { connection in
            guard let since = connection.idleSince else { return nil }
            if expiry(of: connection) <= now { return connection.id }
            let end = idle.map { since.advanced(by: $0) } ?? idleEnd(of: connection, situation)
            return end.map { $0 <= now } == true ? connection.id : nil
        }
    }

    /// Whether a connection is in use that is too old: requests that share it may keep it so without end.
    package func hasAgedInUse(at now: MonotonicTime, _ situation: Situation) -> Bool {
        situation.connections.contains { $0.idleSince == nil && expiry(of: $0) <= now }
    }

    /// When the next sweep has something to do; `nil` when nothing but a request can change that.
    package func nextSweep(after now: MonotonicTime, _ situation: Situation) -> MonotonicTime? {
        var next: MonotonicTime?
        func consider(_ time: MonotonicTime) { next = next.map { min($0, time) } ?? time }
        for connection in situation.connections {
            // One in use cannot be closed before it has been idle; looking again costs a step per idle timeout.
            let (end, expiry) = (idleEnd(of: connection, situation), expiry(of: connection))
            consider(end ?? now.advanced(by: situation.idleTimeout))
            if end != nil || expiry > now { consider(expiry) }
        }
        if !isWarming, situation.connections.count < warmTarget(situation) { consider(nextWarmUp) }
        return next
    }

    /// When a connection is too old.
    package func expiry(of connection: Connection) -> MonotonicTime {
        connection.openedAt.advanced(
            by: jitter.shortened(policy.maxAge, by: policy.maxAgeJitter, connection.serial)
        )
    }

    private func idleEnd(of connection: Connection, _ situation: Situation) -> MonotonicTime? {
        guard var since = connection.idleSince else { return nil }
        // A check of health is no use: it must not keep connections that nothing else wants.
        if situation.warmTarget == 0 { since = min(since, max(situation.lastUse, connection.openedAt)) }
        return since.advanced(by: situation.idleTimeout)
    }

    // MARK: Warm-ups

    /// The session has just been made: its first warm-up follows at a moment of its own.
    ///
    /// - Parameters:
    ///   - target: How many connections it is to reach.
    ///   - now: The time.
    package mutating func start(to target: Int, at now: MonotonicTime) {
        // No connection ever has this serial number.
        start = Start(due: now.advanced(by: policy.startJitter.multiplied(by: jitter.fraction(.max))), target: target)
    }

    /// A warm-up has begun, of the keeper's own or because a caller wanted it.
    package mutating func warmUpBegan() {
        isWarming = true
    }

    /// A warm-up has ended.
    ///
    /// - Parameters:
    ///   - reached: Whether as many connections are open as were wanted. A server that closes every connection after its
    ///     answer never gets there: the time to the next refill grows up to tenfold. `nil` when it was broken off, which
    ///     says nothing of the server.
    ///   - now: The time.
    package mutating func warmUpEnded(reached: Bool?, at now: MonotonicTime) {
        isWarming = false
        guard let reached else { return }
        fruitlessWarmUps = reached ? 0 : min(fruitlessWarmUps + 1, 4)
        let factor = min(10, 1 << fruitlessWarmUps)
        nextRefill = now.advanced(by: policy.refillInterval.multiplied(by: reached ? 1 : factor))
    }
}
