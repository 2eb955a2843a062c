package import CurlTransport

/// What the loop tells a session. The calls come on the loop's thread, outside any task: they enter by
/// `assumeIsolated` or a ``LoopEntry``, which check it.
extension SessionCore: LoopClient {
    package nonisolated func socketReady(_ descriptor: Int32, _ events: PollEvents) {
        Self.readiness(self, (descriptor, events))
    }

    private static let readiness = LoopEntry<(Int32, PollEvents)> { core, ready in
        core.drive(ready.0, ready.1)
        core.settle()
    }

    package nonisolated func idleSocketReady(_ descriptor: Int32, _ events: PollEvents) {
        assumeIsolated { core in
            for engine in core.allEngines {
                guard let age = engine.idleSocketReady(descriptor, events) else { continue }
                core.tally.validationFailed(at: .now)
                core.tally.connectionClosed(.error, age: age)
            }
            core.publishConnections()
        }
    }

    package nonisolated func kicked() {
        Self.kick(self, ())
    }

    private static let kick = LoopEntry<Void> { core, _ in
        core.engine?.kicked()
        core.streamEngine?.kicked()
        for engine in core.leavingEngines { engine.kicked() }
        core.settle()
    }

    package nonisolated func timerFired(_ tag: UInt64) {
        assumeIsolated { core in
            switch tag {
            case TimerOwner.waiters: core.waiterTimerFired()
            case TimerOwner.drain: core.drainTimerFired()
            case TimerOwner.sweep: core.sweepTimerFired()
            case TimerOwner.suspension: core.suspensionTimerFired()
            default:
                let base = (tag >> TimerOwner.shift) << TimerOwner.shift
                let engine = core.engine?.tagBase == base ? core.engine : core.allEngines.first { $0.tagBase == base }
                engine?.timerFired(tag ^ base)
            }
            core.settle()
        }
    }

    /// Drives the engine that has the descriptor.
    ///
    /// One that neither has belongs to libcurl's resolver, which does not say whose it is; libcurl ignores a
    /// descriptor that it does not know.
    private func drive(_ descriptor: Int32, _ events: PollEvents) {
        if let streamEngine, streamEngine.watches(descriptor) {
            streamEngine.socketReady(descriptor, events)
        } else if let engine, engine.watches(descriptor) {
            engine.socketReady(descriptor, events)
        } else if let engine = leavingEngines.first(where: { $0.watches(descriptor) }) {
            engine.socketReady(descriptor, events)
        } else {
            for engine in allEngines { engine.socketReady(descriptor, events) }
        }
    }
}

/// The end.
extension SessionCore {
    /// Waits until no request runs or waits, or until `deadline`; then closes everything.
    ///
    /// Several may wait; an earlier deadline shortens the wait for all. Requests that wait for a permit when it begins
    /// are served like those that run.
    ///
    /// - Returns: How many requests were aborted.
    package nonisolated func shutDown(deadline: MonotonicTime, reason: SessionError.Code) async -> Int {
        await withCheckedContinuation { continuation in
            onLoop { $0.drain(until: deadline, reason: reason, for: continuation) }
        }
    }

    private func drain(
        until deadline: MonotonicTime,
        reason: SessionError.Code,
        for continuation: CheckedContinuation<Int, Never>
    ) {
        if let aborted = drain.aborted { return continuation.resume(returning: aborted) }
        closingCode = reason
        isShuttingDown = reason == .poolClosed
        permits.beginDrain()
        cancelProbes()
        drain.deadline = min(drain.deadline ?? deadline, deadline)
        endStrandedWaits()
        guard !permits.isQuiescent, deadline > .now else { return continuation.resume(returning: close()) }
        drain.waiters.append(continuation)
        drain.shorten(to: deadline, on: self)
    }

    func finishDrainIfQuiescent() {
        guard permits.isDraining, permits.isQuiescent, !drain.waiters.isEmpty else { return }
        _ = close()
    }

    func drainTimerFired() {
        drain.timer = nil
        _ = close()
    }

    /// Closes everything now.
    ///
    /// Returns how many requests were aborted.
    private func close() -> Int {
        if let aborted = drain.aborted { return aborted }
        permits.beginDrain()
        cancelProbes()
        let aborted = permits.inUse + permits.waiting + drain.stranded
        drain.aborted = aborted
        permits.beginDrain()
        for id in permits.removeAllWaiters() {
            guard let ticket = waiting.removeValue(forKey: id) else { continue }
            countGivenUp(ticket, .closed, closingCode, at: .now)
            ticket.fail(SessionError(closingCode, "The session was closed.", origin: origin))
        }
        publishLoad()
        publishConnections()
        for engine in allEngines {
            engine.close()
            for age in engine.takeClosedAges() { tally.connectionClosed(isShuttingDown ? .drain : .evict, age: age) }
        }
        settle()
        leaveQuota()
        loop.reactor.withValue { reactor in
            for token in [waiterTimer?.token, sweepTimer, suspensionTimer, drain.timer?.token] {
                if let token { reactor.cancelTimer(token) }
            }
        }
        (waiterTimer, sweepTimer, suspensionTimer, drain.timer) = (nil, nil, nil, nil)
        publishConnections()
        tally.close()
        let waiting = drain.waiters
        drain.waiters = []
        for waiter in waiting { waiter.resume(returning: aborted) }
        return aborted
    }

    /// Closes a retired session unless somebody is inside: then the last to leave does.
    nonisolated func closeIfEmpty() {
        if gate.occupancy == 0 { submitClose(reason: .poolClosed) }
    }

    /// Closes a session that nobody uses, from any thread and without waiting.
    package nonisolated func submitClose(reason: SessionError.Code) {
        loop.submit { [self] in
            assumeIsolated { core in
                core.closingCode = reason
                _ = core.close()
            }
        }
    }
}

/// Those who wait for a session to have drained.
struct DrainState {
    var waiters: [CheckedContinuation<Int, Never>] = []
    var timer: (token: LoopReactor.TimerToken, deadline: MonotonicTime)?
    /// Until when requests may go on; `nil` while nobody closes the session.
    var deadline: MonotonicTime?
    /// How many were ended early, because nothing would have let them go on.
    var stranded = 0
    /// How many requests were aborted, once the session is closed.
    var aborted: Int?

    /// Ends the wait no later than `deadline`.
    mutating func shorten(to deadline: MonotonicTime, on core: isolated SessionCore) {
        if let timer, timer.deadline <= deadline { return }
        let (old, tag) = (timer, SessionCore.TimerOwner.drain)
        timer = core.loop.reactor.withValue { reactor in
            if let old { reactor.cancelTimer(old.token) }
            return (reactor.setTimer(deadline, for: core, tag: tag), deadline)
        }
    }
}
