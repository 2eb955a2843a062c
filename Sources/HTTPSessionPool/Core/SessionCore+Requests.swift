package import CurlTransport

/// Requests, from the caller's side: these run on the caller's thread, wherever that is.
extension SessionCore {
    /// Runs a request to its end.
    package nonisolated func send(
        _ request: TransferRequest,
        timeouts: Timeouts
    ) async -> Result<TransferResponse, SessionError> {
        let id = RequestTicket.nextID()
        return await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                let waiting = unsafe RequestTicket.Waiting.response(continuation)
                submit(RequestTicket(id: id, request: request, timeouts: timeouts, waiting: waiting))
            }
        } onCancel: {
            submitCancel(id)
        }
    }

    /// Runs a request up to the end of its header section.
    package nonisolated func openStream(
        _ request: TransferRequest,
        timeouts: Timeouts
    ) async -> Result<OpenedStream, SessionError> {
        let id = RequestTicket.nextID()
        return await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                let waiting = unsafe RequestTicket.Waiting.head(continuation)
                submit(RequestTicket(id: id, request: request, timeouts: timeouts, waiting: waiting))
            }
        } onCancel: {
            submitCancel(id)
        }
    }

    private nonisolated func submit(_ ticket: RequestTicket) {
        guard !Task.isCancelled else { return ticket.fail(Self.cancelled(origin)) }
        onLoop { $0.accept(ticket) }
        // A cancellation that came between the two lines above reached the loop before the ticket: say it again.
        if Task.isCancelled { submitCancel(ticket.id) }
    }

    /// Calls into the session: at once on its loop, by the mailbox from elsewhere.
    nonisolated func onLoop(_ call: @escaping @Sendable (isolated SessionCore) -> Void) {
        if loop.isCurrent {
            assumeIsolated(call)
        } else {
            loop.submit { [self] in assumeIsolated(call) }
        }
    }

    /// Cancels a request from any thread; always by the mailbox, because the handler may run inside the session's code.
    nonisolated func submitCancel(_ id: UInt64) {
        loop.submit { [self] in assumeIsolated { $0.cancel(id) } }
    }

    static func cancelled(_ origin: String) -> SessionError {
        SessionError(.cancelled, "The task was cancelled.", origin: origin)
    }
}

/// Requests, on the loop.
extension SessionCore {
    /// Takes a request in: starts it, or puts it in line.
    ///
    /// The wait has its own limit, counts against the total deadline, and never against connect or first byte.
    private func accept(_ ticket: RequestTicket) {
        let now = MonotonicTime.now
        let byAcquire = ticket.timeouts.acquire.map { now.advanced(by: $0) }
        let deadline = [byAcquire, ticket.request.limits.total].compactMap(\.self).min()
        switch permits.acquire(ticket.id, at: now, deadline: deadline) {
        case .granted:
            begin(ticket, at: now)
        case .rejected(.draining):
            ticket.fail(SessionError(closingCode, "The session takes no more requests.", origin: origin))
        case .rejected(.queueFull):
            let message = "\(permits.waiting) requests wait already for \(permits.limit) permits; raise maxWaiters."
            ticket.fail(SessionError(.queueFull, message, origin: origin))
        case .enqueued:
            active[ticket.id] = .waiting(ticket)
            tally.setWaiting(permits.waiting)
            armWaiterTimer()
            requestQuota()
        }
    }

    /// Starts a request that has a permit.
    func begin(_ ticket: RequestTicket, at now: MonotonicTime) {
        do throws(SessionError) {
            let isStream = ticket.waiting.isStream
            let engine = try engine(forStream: isStream)
            let sink =
                isStream ? StreamSink(highWaterMark: configuration.limits.streamHighWaterMark, tag: ticket.id) : nil
            let transfer: Transfer
            do {
                transfer = try engine.start(ticket.request, tag: ticket.id, sink: sink)
            } catch {
                throw SessionError(error, origin: origin, isClosing: closingCode)
            }
            let queueTime = ticket.start.duration(to: now)
            active[ticket.id] = .running(ticket, transfer, queueTime: queueTime)
            guard let sink else { return }
            streams[ticket.id] = unsafe StreamState(
                sink: sink,
                transferID: transfer.id,
                engine: engine,
                opening: ticket,
                queueTime: queueTime
            )
        } catch {
            active[ticket.id] = nil
            ticket.fail(error)
            releasePermit()
        }
    }

    /// Gives a permit back, and with it the next request in line its turn.
    func releasePermit() {
        let now = MonotonicTime.now
        guard let next = permits.release(at: now) else { return }
        tally.setWaiting(permits.waiting)
        guard case .waiting(let ticket) = active[next] else { return }
        begin(ticket, at: now)
    }

    /// Tells the caller of a finished transfer; the reader of a stream learns by its sink.
    func conclude(_ transfer: Transfer) {
        guard case .running(let ticket, _, let queueTime) = active.removeValue(forKey: transfer.tag) else { return }
        guard case .response(let continuation) = ticket.waiting else { return }
        switch transfer.outcome {
        case .success(let metrics):
            let response = TransferResponse(
                head: transfer.head,
                body: transfer.body,
                metrics: metrics,
                queueTime: queueTime
            )
            unsafe continuation.resume(returning: .success(response))
        case .failure(let failure):
            ticket.fail(SessionError(failure, origin: origin, isClosing: closingCode))
        case nil:
            ticket.fail(SessionError(.internalError, "A transfer ended without a result.", origin: origin))
        }
    }

    /// Ends a request wherever it is: in line, on its way or in its body.
    ///
    /// Its permit is free at once.
    func cancel(_ id: UInt64) {
        switch active[id] {
        case .waiting(let ticket):
            _ = permits.cancel(id)
            active[id] = nil
            dropUnneededWants()
            tally.setWaiting(permits.waiting)
            ticket.fail(Self.cancelled(origin))
            finishDrainIfQuiescent()
        case .running(_, let transfer, _):
            engines.first { $0.transfer(transfer.id) === transfer }?.cancel(transfer)
            settle()
        case nil:
            break
        }
    }

    // MARK: Waiting too long

    func armWaiterTimer() {
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
        for id in permits.expire(at: now) {
            guard case .waiting(let ticket) = active.removeValue(forKey: id) else { continue }
            if let total = ticket.request.limits.total, total <= now {
                ticket.fail(SessionError(TransferFailure(.timeout(.total), wasSent: false), origin: origin))
                continue
            }
            let message = "No permit in time: \(permits.inUse) of \(permits.limit) in use, \(permits.waiting) waiting."
            ticket.fail(SessionError(.acquireTimeout, message, origin: origin))
        }
        tally.setWaiting(permits.waiting)
        dropUnneededWants()
        armWaiterTimer()
        finishDrainIfQuiescent()
    }
}
