internal import CurlTransport

/// The session's part in the pool's total of connections: it runs no more requests than it holds connections.
extension SessionCore {
    /// Whether one connection of the pool's total is enough for all requests.
    var sharesConnection: Bool { isMultiplexed && !booksEachRequest }

    /// Streams are about to open connections of their own: from now on every request that begins needs one of the pool's
    /// total.
    ///
    /// A request that will share the HTTP/2 connection waits for one as if it needed its own, and what it does not use is
    /// given back. That is too much for some; it keeps one queue in strict order, and the sum never above the total.
    func bookEachRequest() {
        booksEachRequest = true
        mustYield = false
        applyPermitLimit()
    }

    /// Running requests that need no connection of their own, because others had opened the one that they share.
    private var sharedRequests: Int {
        guard booksEachRequest, let engine else { return 0 }
        return engine.running - engine.connectionsNeeded(by: engine.running)
    }

    /// Connections that requests use, and with them those that a request which has just ended has used.
    private var usedConnections: Int { permits.inUse - sharedRequests }

    /// Books connections for requests of the session's own that open one beside those that are idle.
    ///
    /// - Parameter count: How many are wanted.
    /// - Returns: How many of them may be opened.
    func bookConnections(_ count: Int) -> Int {
        guard let quota, !sharesConnection, count > 0 else { return count }
        let open = livingConnections
        while quotaHeld < open + count, quota.spare > 0 {
            guard quota.want(self) else {
                // Somebody else was quicker.
                quotaWanted += 1
                dropUnneededWants()
                break
            }
            quotaHeld += 1
        }
        applyPermitLimit()
        return max(0, min(count, quotaHeld - open))
    }

    /// Makes room for a request that is about to start: idle sockets of the other engine are of no use to it.
    ///
    /// - Precondition: The request has its permit, so that the session holds as many connections as requests run.
    func makeRoom(forStream isStream: Bool) {
        guard let engine, let streamEngine else { return }
        let (user, other) = isStream ? (streamEngine, engine) : (engine, streamEngine)
        let needed = other.connectionsNeeded(by: other.running)
        let wanted = max(user.livingCount, user.connectionsNeeded(by: user.running + 1))
        let surplus = wanted + max(other.livingCount, needed) - quotaHeld
        guard surplus > 0 else { return }
        for socket in other.closeIdleSockets(keeping: max(needed, other.livingCount - surplus)) {
            tally.connectionClosed(.evict, age: socket.age)
        }
    }

    /// How many requests may run with what the session holds.
    var quotaLimit: Int {
        guard sharesConnection else { return min(staticLimit, quotaHeld + sharedRequests) }
        guard !mustYield else { return 0 }
        return quotaHeld == 0 ? 0 : staticLimit
    }

    /// Asks the pool for as many connections as requests wait for, and could use.
    func requestQuota() {
        // A connection would lie idle until the suspension ends, while others wait for it.
        guard let quota, suspendedUntil == nil else { return }
        let useful = sharesConnection ? 1 : min(staticLimit, usedConnections + permits.waiting)
        while quotaHeld + quotaWanted < useful {
            if quota.want(self) {
                quotaHeld += 1
            } else {
                quotaWanted += 1
            }
        }
        applyPermitLimit()
    }

    /// Withdraws the wants of requests that no longer wait.
    func dropUnneededWants() {
        guard let quota else { return }
        let needed = suspendedUntil == nil ? permits.waiting : 0
        while quotaWanted > (sharesConnection ? min(1, needed) : needed) {
            // A want that was granted meanwhile is answered when the grant arrives.
            guard quota.withdraw(self) else { return }
            quotaWanted -= 1
        }
    }

    /// A connection that the session had to wait for is there.
    func quotaGranted() {
        // A session that has closed meanwhile has given back everything already.
        guard drain.aborted == nil else { return }
        quotaWanted -= 1
        quotaHeld += 1
        guard permits.waiting > 0, suspendedUntil == nil else { return returnUnusedQuota(1) }
        applyPermitLimit()
    }

    /// Somebody waits: gives up connections that no request uses.
    func yieldIdleConnections() {
        guard drain.aborted == nil else { return }
        returnUnusedQuota(sharesConnection ? (permits.inUse == 0 ? quotaHeld : 0) : quotaHeld - usedConnections)
    }

    /// A request has ended: its permit goes to the next in line, or its connection to another session whose turn it is.
    func releaseInTurn(at now: MonotonicTime) {
        guard let quota else { return releasePermit(at: now) }
        if booksEachRequest { applyPermitLimit() }
        switch quota.turn(of: self) {
        case .nobody:
            if mustYield {
                mustYield = false
                applyPermitLimit()
            }
            releasePermit(at: now)
        case .own:
            quotaWanted -= 1
            releasePermit(at: now)
            requestQuota()
        case .other where !sharesConnection && usedConnections > quotaHeld:
            // Requests began on a connection that they were to share, and then the server spoke HTTP/1.1, or a stream
            // came: until as many have ended as are too many, there is no connection to give away.
            _ = permits.setLimit(permitLimit, at: now)
            releasePermit(at: now)
        case .other where sharesConnection && permits.inUse > 1:
            // The connection is shared: nobody new joins until those who use it have ended.
            mustYield = true
            _ = permits.setLimit(permitLimit, at: now)
            releasePermit(at: now)
        case .other:
            mustYield = false
            quotaHeld -= 1
            _ = permits.setLimit(permitLimit, at: now)
            releasePermit(at: now)
            closeUnbooked()
            quota.giveBack(self)
            requestQuota()
        }
    }

    private func returnUnusedQuota(_ count: Int) {
        guard let quota, count > 0 else { return }
        quotaHeld -= count
        applyPermitLimit()
        closeUnbooked()
        publishConnections()
        for _ in 0..<count { quota.giveBack(self) }
    }

    /// Closes the idle connections that the session holds no more.
    private func closeUnbooked() {
        var surplus = engines.reduce(-quotaHeld) { $0 + $1.livingCount }
        // The connection that requests share is worth more than one of a stream: it comes last.
        for engine in engines.reversed() where surplus > 0 {
            for socket in engine.closeIdleSockets(keeping: max(0, engine.livingCount - surplus)) {
                surplus -= 1
                tally.connectionClosed(.evict, age: socket.age)
            }
        }
    }

    /// Lets as many requests run as may now.
    func applyPermitLimit() {
        let granted = permits.setLimit(permitLimit, at: .now)
        for id in granted {
            guard let ticket = waiting.removeValue(forKey: id) else { continue }
            let now = MonotonicTime.now
            countGranted(ticket, at: now)
            begin(ticket, at: now)
        }
        publishLoad()
    }

    /// Gives everything back when the session closes.
    func leaveQuota() {
        quota?.remove(self)
        (quotaHeld, quotaWanted, quotaLeaving) = (0, 0, 0)
    }
}
