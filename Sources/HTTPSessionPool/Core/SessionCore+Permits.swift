internal import CurlTransport

/// Admission: every request holds a permit while it runs, and waits for one in strict order.
extension SessionCore {
    /// Waits for a permit.
    ///
    /// The wait has its own limit, counts against the total deadline, and never against connect or first byte.
    ///
    /// - Returns: The error that kept the request out; `nil` when it has a permit.
    func admit(_ request: UInt64, timeouts: Timeouts, total: MonotonicTime?) async -> SessionError? {
        guard !Task.isCancelled else { return Self.cancelled(origin) }
        let now = MonotonicTime.now
        let byAcquire = timeouts.acquire.map { now.advanced(by: $0) }
        let deadline = [byAcquire, total].compactMap(\.self).min()
        switch permits.acquire(request, at: now, deadline: deadline) {
        case .granted:
            return nil
        case .rejected(.draining):
            return SessionError(closingCode, "The session takes no more requests.", origin: origin)
        case .rejected(.queueFull):
            return SessionError(
                .queueFull,
                "\(permits.waiting) requests wait already for \(permits.limit) permits; slow down or raise maxWaiters.",
                origin: origin
            )
        case .enqueued:
            break
        }
        tally.setWaiting(permits.waiting)
        armWaiterTimer()
        await withCheckedContinuation { waiters[request] = $0 }
        tally.setWaiting(permits.waiting)
        if let refusal = refusals.removeValue(forKey: request) { return refusal }
        // Cancelled after the permit was handed over and before this ran: it goes to the next in line.
        guard Task.isCancelled else { return nil }
        releasePermit()
        return Self.cancelled(origin)
    }

    /// Gives a permit back, and with it the next request in line its turn.
    func releasePermit() {
        guard let next = permits.release(at: .now) else { return }
        waiters.removeValue(forKey: next)?.resume()
    }

    /// Ends the wait of a request with an error.
    func refuse(_ request: UInt64, _ error: SessionError) {
        guard let waiter = waiters.removeValue(forKey: request) else { return }
        refusals[request] = error
        waiter.resume()
    }

    /// Ends a request wherever it is: in the queue, on its way or in its body. It frees its permit at once.
    package func cancel(_ request: UInt64) {
        if permits.cancel(request) {
            refuse(request, Self.cancelled(origin))
            finishDrainIfQuiescent()
        } else if let transfer = running[request] {
            engines.first { $0.transfer(transfer.id) === transfer }?.cancel(transfer)
            settle()
        }
    }

    private func armWaiterTimer() {
        guard let deadline = permits.nextDeadline else { return }
        if let waiterTimer, waiterTimer.deadline <= deadline { return }
        loop.reactor.withValue { reactor in
            if let waiterTimer { reactor.cancelTimer(waiterTimer.token) }
            waiterTimer = (reactor.setTimer(deadline, for: self, tag: TimerOwner.waiters), deadline)
        }
    }

    func waiterTimerFired() {
        waiterTimer = nil
        let now = MonotonicTime.now
        for request in permits.expire(at: now) {
            refuse(
                request,
                SessionError(
                    .acquireTimeout,
                    "No permit in time: \(permits.inUse) of \(permits.limit) in use, \(permits.waiting) still waiting.",
                    origin: origin
                )
            )
        }
        armWaiterTimer()
        finishDrainIfQuiescent()
    }

    static func cancelled(_ origin: String) -> SessionError {
        SessionError(.cancelled, "The task was cancelled.", origin: origin)
    }
}
