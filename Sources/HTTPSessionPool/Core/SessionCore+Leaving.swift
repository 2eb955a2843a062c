internal import CurlTransport

/// HTTP/2 connections that have grown too old while requests use them.
///
/// Requests that overlap keep such a connection in use without end, and libcurl has no way to leave out one of its
/// connections. So new requests get an engine of their own, which resolves the name and shakes hands anew, and the old
/// one goes when its last request has ended.
extension SessionCore {
    /// Connections that are open and that no new request will use.
    var leavingConnections: Int { leavingEngines.reduce(0) { $0 + $1.livingCount } }

    /// The number for the timers of a new main engine; nil when all are taken.
    var freeTagBase: UInt64? {
        TimerOwner.mainEngines.first { base in !leavingEngines.contains { $0.tagBase == base } }
    }

    /// Begins nothing new on connections that requests share and that are too old.
    ///
    /// With no room for another one, by the session's own limit or the pool's total, they are used on until they are idle
    /// for a moment, or there is room.
    func leaveAgedEngine(at now: MonotonicTime) {
        guard isMultiplexed, !permits.isDraining, let engine, engine.running > 0 else { return }
        guard keeper.hasAgedInUse(at: now, situation(of: [engine])) else { return }
        // A number of a timer must be left for the new engine.
        guard leavingEngines.count + 1 < TimerOwner.mainEngines.count else { return }
        let used = engine.livingSockets.count { $0.idleSince == nil }
        guard leavingConnections + used < configuration.limits.maxConnections, bookLeaving() else { return }
        closeIdle(of: engine)
        engine.keepsShare = false
        leavingEngines.append(engine)
        self.engine = nil
        publishConnections()
    }

    /// No request will use them.
    private func closeIdle(of engine: TransferEngine) {
        for socket in engine.closeIdleSockets(keeping: 0) { tally.connectionClosed(.age, age: socket.age) }
    }

    /// Books the connection that stays open beside the new one.
    private func bookLeaving() -> Bool {
        guard let quota else { return true }
        guard sharesConnection, quotaHeld > 0, quota.spare > 0 else { return false }
        guard quota.want(self) else {
            // Somebody else was quicker.
            quotaWanted += 1
            dropUnneededWants()
            return false
        }
        quotaLeaving += 1
        return true
    }

    /// Hands on what has happened in engines that are left, and closes those whose last request has ended.
    func settleLeavingEngines() {
        for engine in leavingEngines {
            settle(engine)
            if engine.running > 0 { closeIdle(of: engine) }
        }
        while let index = leavingEngines.firstIndex(where: { $0.running == 0 }) {
            let old = leavingEngines.remove(at: index)
            old.close()
            for age in old.takeClosedAges() { tally.connectionClosed(.age, age: age) }
            pastSockets.connectionsMade += old.counters.connectionsMade
            pastSockets.connectionsEnded += old.counters.connectionsEnded
            publishConnections()
            guard let quota, quotaLeaving > 0 else { continue }
            quotaLeaving -= 1
            quota.giveBack(self)
        }
        engine?.leaveRoom(for: leavingConnections)
    }
}
