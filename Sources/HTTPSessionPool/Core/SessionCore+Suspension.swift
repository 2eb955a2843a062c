internal import CurlTransport

/// A pause for all requests of a session, such as the one that a 429 asks for.
extension SessionCore {
    /// Lets requests wait until `deadline`, or until the session is resumed; those that run go on.
    nonisolated func suspend(until deadline: MonotonicTime) {
        let isIndefinite = deadline == .distantFuture
        let suspension: Suspension =
            isIndefinite
            ? .indefinite : .until(ContinuousClock.now.advanced(by: MonotonicTime.now.duration(to: deadline)))
        // Visible at once to whoever has asked for it, and again when an earlier one has ended meanwhile.
        facts.update { $0.suspension = suspension }
        onLoop { core in
            guard core.drain.aborted == nil else { return }
            core.suspendedUntil = deadline
            core.facts.update { $0.suspension = suspension }
            core.cancelProbes()
            core.dropUnneededWants()
            core.armSuspensionTimer(isIndefinite ? nil : deadline)
            core.applyPermitLimit()
        }
    }

    /// Lets the requests that wait go on, in their order.
    nonisolated func resume() {
        facts.update { $0.suspension = nil }
        onLoop { core in
            guard core.suspendedUntil != nil, core.drain.aborted == nil else { return }
            core.endSuspension()
        }
    }

    func suspensionTimerFired() {
        suspensionTimer = nil
        guard let suspendedUntil, suspendedUntil <= .now else { return }
        endSuspension()
    }

    private func endSuspension() {
        suspendedUntil = nil
        armSuspensionTimer(nil)
        facts.update { $0.suspension = nil }
        applyPermitLimit()
        if quota != nil { requestQuota() }
        rearmSweep(at: .now)
    }

    private func armSuspensionTimer(_ deadline: MonotonicTime?) {
        suspensionTimer = loop.reactor.withValue { reactor in
            if let suspensionTimer { reactor.cancelTimer(suspensionTimer) }
            return deadline.map { reactor.setTimer($0, for: self, tag: TimerOwner.suspension) }
        }
    }

    /// Whether a request that waits for its permit may still get it when the session goes on.
    func mayWait(_ ticket: RequestTicket, for end: MonotonicTime) -> Bool {
        // Somebody may resume it at any time.
        guard end != .distantFuture else { return true }
        return ticket.acquireDeadline.map { end < $0 } ?? true
    }

    /// Turns a request away that has just been put in line.
    func refuse(_ ticket: RequestTicket, _ error: SessionError) {
        waiting[ticket.id] = nil
        _ = permits.cancel(ticket.id)
        countUnstarted(ticket, error, at: .now)
        ticket.fail(error)
        finishDrainIfQuiescent()
    }

    func suspensionError(at now: MonotonicTime) -> SessionError {
        guard let suspendedUntil, suspendedUntil != .distantFuture else {
            return SessionError(
                .sessionSuspended,
                "The session is suspended until somebody resumes it.",
                origin: origin
            )
        }
        let left = max(.zero, now.duration(to: suspendedUntil))
        return SessionError(
            .sessionSuspended,
            "The session is suspended for another \(left.wholeSecondsRoundedUp) s; see retryAfter.",
            origin: origin,
            retryAfter: left
        )
    }
}

extension Duration {
    fileprivate var wholeSecondsRoundedUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
