internal import CurlTransport

/// The session's part in the pool's total of connections: it runs no more requests than it holds connections.
extension SessionCore {
    /// How many requests may run with what the session holds.
    var quotaLimit: Int {
        guard isMultiplexed else { return min(staticLimit, quotaHeld) }
        guard !mustYield else { return 0 }
        return quotaHeld == 0 ? 0 : staticLimit
    }

    /// Asks the pool for as many connections as requests wait for, and could use.
    func requestQuota() {
        // A connection would lie idle until the suspension ends, while others wait for it.
        guard let quota, suspendedUntil == nil else { return }
        let useful = isMultiplexed ? 1 : min(staticLimit, permits.inUse + permits.waiting)
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
        while quotaWanted > (isMultiplexed ? min(1, needed) : needed) {
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
        returnUnusedQuota(isMultiplexed ? (permits.inUse == 0 ? quotaHeld : 0) : quotaHeld - permits.inUse)
    }

    /// A request has ended: its permit goes to the next in line, or its connection to another session whose turn it is.
    func releaseInTurn(at now: MonotonicTime) {
        guard let quota else { return releasePermit(at: now) }
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
        case .other where !isMultiplexed && permits.inUse > quotaHeld:
            // Requests began on a connection that they were to share, and the server speaks HTTP/1.1: until as many have
            // ended as are too many, there is no connection to give away.
            _ = permits.setLimit(quotaLimit, at: now)
            releasePermit(at: now)
        case .other where isMultiplexed && permits.inUse > 1:
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
        for engine in engines {
            for socket in engine.closeIdleSockets(keeping: quotaHeld) {
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
        tally.setWaiting(permits.waiting)
    }

    /// Gives everything back when the session closes.
    func leaveQuota() {
        quota?.remove(self)
        (quotaHeld, quotaWanted) = (0, 0)
    }
}
