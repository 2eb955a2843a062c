/// How the connections of a pool are divided among its sessions: strict order for those who want one.
///
/// A session runs as many requests as it holds connections. What it holds it keeps, because a warm connection is worth
/// keeping, until another session has to wait: then it gives back what it does not use, and takes turns for the rest.
package struct ConnectionQuota: Sendable {
    /// Names a session.
    package typealias Holder = UInt64

    /// The most connections of all sessions together.
    package let limit: Int
    /// Connections that are held.
    package private(set) var held = 0

    private var byHolder: [Holder: Int] = [:]
    private var wants = WaiterQueue<Holder>()
    private var tokens: [Holder: [WaiterQueue<Holder>.Token]] = [:]

    /// A quota of which nothing is held.
    package init(limit: Int) {
        precondition(limit > 0, "ConnectionQuota: the limit is \(limit), it must be positive")
        self.limit = limit
    }

    /// How many wants are in line.
    package var waiting: Int { wants.count }

    /// How many connections a session holds.
    package func held(by holder: Holder) -> Int { byHolder[holder] ?? 0 }

    /// How many wants of a session are in line.
    package func waiting(by holder: Holder) -> Int { tokens[holder]?.count ?? 0 }

    /// The sessions that hold something.
    package var holders: [Holder] { Array(byHolder.keys) }

    /// Asks for one more connection.
    ///
    /// - Returns: Whether the session has it; otherwise the want is in line.
    package mutating func want(_ holder: Holder) -> Bool {
        if held < limit, wants.isEmpty {
            grant(holder)
            return true
        }
        tokens[holder, default: []].append(wants.append(holder))
        return false
    }

    /// Withdraws the newest want of a session.
    ///
    /// - Returns: Whether it had one in line.
    package mutating func withdraw(_ holder: Holder) -> Bool {
        guard let token = tokens[holder]?.popLast() else { return false }
        if tokens[holder]?.isEmpty == true { tokens[holder] = nil }
        return wants.remove(token) != nil
    }

    /// Whose turn it is when a session's request has ended.
    package enum Turn: Equatable, Sendable {
        /// Nobody waits: the session keeps the connection.
        case nobody
        /// The session's own want was first in line, and is served with the connection that it has.
        case own
        /// Another session's want is first: the connection is to be given back.
        case other
    }

    /// Decides about a connection that a request of a session has just stopped using.
    package mutating func turn(of holder: Holder) -> Turn {
        guard let first = wants.first else { return .nobody }
        guard first == holder else { return .other }
        _ = wants.popFirst()
        dropOldestToken(of: holder)
        return .own
    }

    /// Gives one connection back.
    ///
    /// - Returns: The session that it passes to, if any wants one.
    package mutating func giveBack(_ holder: Holder) -> Holder? {
        guard let count = byHolder[holder], count > 0 else {
            preconditionFailure("ConnectionQuota: session \(holder) gave back a connection that it did not hold")
        }
        byHolder[holder] = count == 1 ? nil : count - 1
        held -= 1
        return next()
    }

    /// Forgets a session that is closed.
    ///
    /// - Returns: The sessions to which its connections pass.
    package mutating func remove(_ holder: Holder) -> [Holder] {
        for token in tokens.removeValue(forKey: holder) ?? [] { _ = wants.remove(token) }
        held -= byHolder.removeValue(forKey: holder) ?? 0
        var granted: [Holder] = []
        while let next = next() { granted.append(next) }
        return granted
    }

    private mutating func next() -> Holder? {
        guard held < limit, let holder = wants.popFirst() else { return nil }
        dropOldestToken(of: holder)
        grant(holder)
        return holder
    }

    /// A session's wants are served in the order in which it asked: its first token is the one that was popped.
    private mutating func dropOldestToken(of holder: Holder) {
        tokens[holder]?.removeFirst()
        if tokens[holder]?.isEmpty == true { tokens[holder] = nil }
    }

    private mutating func grant(_ holder: Holder) {
        held += 1
        byHolder[holder, default: 0] += 1
    }
}
