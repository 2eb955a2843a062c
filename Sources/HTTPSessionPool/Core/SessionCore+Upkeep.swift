internal import CurlTransport

/// Connections that are kept too long, and those that are kept for requests to come.
///
/// Validation before reuse needs nothing here. libcurl looks at a kept connection each time before it uses it, and the
/// loop watches idle ones for their peer's hang-up, which libcurl alone would not see of TLS, nor of a reset: a connection
/// that the server has closed is not used again, even when it was idle for much less than 500 ms. HikariCP leaves the
/// look out for so long because its costs a round trip; this one costs a system call. What no look can show is a
/// connection that a router has forgotten; TCP keep-alive finds those (``SessionConfiguration/TCP``).
///
/// HTTP/2 connections are not kept alive by PING frames: `curl_easy_upkeep` reaches the connections of a multi handle
/// from libcurl 8.10 on only, and there by an easy handle that is part of it, which an idle one has not. The health check
/// is a request on a kept connection and does the same.
extension SessionCore {
    /// Looks again when there will be something to do.
    func armSweep(at now: MonotonicTime) {
        guard sweepTimer == nil, drain.aborted == nil else { return }
        if isWanted(at: now) { health.wake(at: now) }
        let times = [keeper.nextSweep(after: now, situation), health.nextStep].compactMap(\.self)
        guard let next = times.min() else { return }
        // A connection that is opened, or becomes idle, after this moves no timer: it cannot expire before.
        let idleTimeout = engine?.currentIdleTimeout ?? configuration.idleTimeout
        let youngest = min(idleTimeout, configuration.maxAge.multiplied(by: 1 - configuration.maxAgeJitter))
        let deadline = min(next, now.advanced(by: youngest))
        sweepTimer = loop.reactor.withValue { $0.setTimer(deadline, for: self, tag: TimerOwner.sweep) }
    }

    /// Looks again when there will be something to do, which may be sooner than it was.
    func rearmSweep(at now: MonotonicTime) {
        if let sweepTimer { loop.reactor.withValue { $0.cancelTimer(sweepTimer) } }
        sweepTimer = nil
        armSweep(at: now)
    }

    func sweepTimerFired() {
        sweepTimer = nil
        let now = MonotonicTime.now
        sweep(at: now)
        armSweep(at: now)
    }

    private func sweep(at now: MonotonicTime) {
        guard drain.aborted == nil else { return }
        leaveAgedEngine(at: now)
        var expired: [Int32: ConnectionCloseReason] = [:]
        for action in keeper.sweep(at: now, situation) {
            switch action {
            case .close(let descriptor, let reason):
                expired[descriptor] = reason == .age ? .age : .idle
            case .warmUp(let target): startWarmUp(to: target)
            }
        }
        _ = closeIdle(expired)
        if isWanted(at: now) { health.wake(at: now) }
        checkHealth(at: now)
    }

    /// Closes connections that nobody uses.
    ///
    /// Returns how many.
    private func closeIdle(_ reasons: [Int32: ConnectionCloseReason]) -> Int {
        guard !reasons.isEmpty else { return 0 }
        let closed = engines.flatMap { $0.closeIdleSockets(Array(reasons.keys)) }
        for socket in closed { tally.connectionClosed(reasons[socket.descriptor] ?? .idle, age: socket.age) }
        publishConnections()
        return closed.count
    }

    /// Closes connections that have been idle for `idle`, or for as long as they may be, and those that are too old.
    ///
    /// - Returns: How many were closed.
    nonisolated func prune(idle: Duration?) async -> Int {
        await withCheckedContinuation { continuation in
            onLoop { core in
                let now = MonotonicTime.now
                let prunable = core.keeper.prunable(at: now, idle: idle, core.situation)
                let closed = core.closeIdle(Dictionary(prunable.map { ($0, .idle) }) { first, _ in first })
                core.rearmSweep(at: now)
                continuation.resume(returning: closed)
            }
        }
    }

    /// Begins the upkeep of a session that has not been used yet.
    nonisolated func startUpkeep() {
        let configuration = configuration
        guard configuration.minConnections > 0 else { return }
        onLoop { core in
            let now = MonotonicTime.now
            if configuration.warmupOnStartup { core.keeper.start(to: core.defaultWarmTarget, at: now) }
            core.rearmSweep(at: now)
        }
    }

    /// Leaves no TLS session to the one that will be made in this one's place: it is to prove itself anew.
    nonisolated func forgetTLSSessions() {
        onLoop { core in
            for engine in core.allEngines { engine.keepsShare = false }
            core.forgetsTLS = true
            guard let identity = core.identity else { return }
            core.loop.shares.withValue { shares in
                for isForStreams in [false, true] {
                    shares.remove(AnyHashable(EngineIdentity(key: identity, isForStreams: isForStreams)))
                }
            }
        }
    }

    // MARK: What there is

    /// What the keeper decides by.
    var situation: ConnectionKeeper.Situation { situation(of: engines) }

    /// The same, of some engines only.
    func situation(of engines: [TransferEngine]) -> ConnectionKeeper.Situation {
        var situation = ConnectionKeeper.Situation(lastUse: lastActivity)
        situation.connections = engines.flatMap(\.livingSockets).map { socket in
            ConnectionKeeper.Connection(
                id: socket.descriptor,
                serial: UInt64(socket.serial),
                openedAt: socket.openedAt,
                idleSince: socket.idleSince
            )
        }
        situation.idleTimeout = engine?.currentIdleTimeout ?? configuration.idleTimeout
        situation.warmTarget = permits.isDraining ? 0 : bounded(configuration.minConnections)
        situation.room = probeRoom
        return situation
    }

    /// Connections that are open and not known to be dead.
    var livingConnections: Int { engines.reduce(0) { $0 + $1.livingCount } }

    /// As many connections as the session may have: one is enough where requests share it.
    func bounded(_ connections: Int) -> Int {
        min(connections, isMultiplexed ? 1 : min(staticLimit, configuration.limits.maxConnections))
    }

    /// Whether anybody has used the session lately, or wants it to be ready.
    func isWanted(at now: MonotonicTime) -> Bool {
        guard !permits.isDraining, suspendedUntil == nil else { return false }
        return configuration.minConnections > 0 || permits.inUse > 0
            || lastActivity.advanced(by: configuration.idleTimeout) > now
    }

    /// How many requests of its own the session may make now: while others run, one permit is left to the next.
    var probeRoom: Int {
        guard !permits.isDraining, suspendedUntil == nil, permits.waiting == 0 else { return 0 }
        var free = permits.available
        if let quota {
            free = sharesConnection && quotaHeld > 0 ? free : min(staticLimit - permits.inUse, free + quota.spare)
        }
        return permits.inUse > 0 ? free - 1 : free
    }
}

extension SessionConfiguration {
    var keeperPolicy: ConnectionKeeper.Policy {
        var policy = ConnectionKeeper.Policy()
        policy.maxAge = maxAge
        policy.maxAgeJitter = maxAgeJitter
        policy.refillInterval = maintenanceInterval
        policy.startJitter = warmUp.startJitter
        return policy
    }

    var healthPolicy: HealthMonitor.Policy {
        var policy = HealthMonitor.Policy()
        policy.interval = health.interval
        policy.jitter = health.jitter
        policy.unhealthyAfter = health.unhealthyAfter
        policy.healthyAfter = health.healthyAfter
        policy.isPassive = health.mode == .passive
        return policy
    }
}
