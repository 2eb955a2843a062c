internal import CurlTransport

/// A pause for all requests of a session, such as the one that a 429 asks for.
extension SessionCore {
    /// Lets requests wait, or those that wait go on in their order; those that run are not touched.
    nonisolated func follow(_ order: SuspensionOrder) {
        // Visible at once to whoever has asked for it.
        facts.update { $0.follow(order) }
        onLoop { $0.take(order) }
    }

    private func take(_ order: SuspensionOrder) {
        guard drain.aborted == nil, order.number > suspensionOrder else { return }
        suspensionOrder = order.number
        guard let end = order.end else {
            if suspendedUntil != nil { endSuspension() }
            return
        }
        suspendedUntil = end
        cancelProbes()
        dropUnneededWants()
        armSuspensionTimer(end == .distantFuture ? nil : end)
        applyPermitLimit()
        endStrandedWaits()
        finishDrainIfQuiescent()
    }

    func suspensionTimerFired() {
        suspensionTimer = nil
        guard let suspendedUntil, suspendedUntil <= .now else { return }
        endSuspension()
    }

    private func endSuspension() {
        suspendedUntil = nil
        armSuspensionTimer(nil)
        facts.update { $0.endSuspension(suspensionOrder) }
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

    /// Ends the waits of a session that is being closed and suspended for longer than the grace lasts: nothing that it
    /// waits for would let them go on.
    ///
    /// Where the session has a successor they go on there, suspended like everybody of its key; at the end of the pool,
    /// and of a session outside the table, they fail.
    func endStrandedWaits() {
        guard let suspendedUntil, let deadline = drain.deadline, suspendedUntil >= deadline else { return }
        let isMoved = identity != nil && !isShuttingDown
        for id in permits.removeAllWaiters() {
            guard let ticket = waiting.removeValue(forKey: id) else { continue }
            if isMoved {
                countMoved(ticket, at: .now)
                ticket.fail(SessionError(.sessionRetired, "The session takes no more requests.", origin: origin))
            } else {
                drain.stranded += 1
                countGivenUp(ticket, .closed, closingCode, at: .now)
                ticket.fail(SessionError(closingCode, "The session was closed while suspended.", origin: origin))
            }
        }
        dropUnneededWants()
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
