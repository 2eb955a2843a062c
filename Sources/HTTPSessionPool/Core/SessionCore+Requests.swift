internal import CurlTransport
import Synchronization

/// Requests, from the caller's side: these run on the caller's thread, wherever that is.
extension SessionCore {
    /// Runs a request to its end.
    nonisolated func send(
        _ request: TransferRequest,
        limits: CallLimits,
        submitted: MonotonicTime
    ) async -> ResponseOutcome {
        let id = RequestTicket.nextID()
        tally.requestStarted(id: id, method: request.head.method)
        return await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                let waiting = unsafe RequestTicket.Waiting.response(continuation)
                submit(
                    RequestTicket(id: id, request: request, limits: limits, submitted: submitted, waiting: waiting)
                )
            }
        } onCancel: {
            submitCancel(id)
        }
    }

    /// Runs a request up to the end of its header section.
    nonisolated func openStream(
        _ request: TransferRequest,
        limits: CallLimits,
        submitted: MonotonicTime
    ) async -> Result<OpenedStream, SessionError> {
        let id = RequestTicket.nextID()
        tally.requestStarted(id: id, method: request.head.method)
        return await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                let waiting = unsafe RequestTicket.Waiting.head(continuation)
                submit(
                    RequestTicket(id: id, request: request, limits: limits, submitted: submitted, waiting: waiting)
                )
            }
        } onCancel: {
            submitCancel(id)
        }
    }

    /// Takes in a request of a caller on the loop.
    private static let acceptance = LoopEntry<RequestTicket> { core, ticket in
        core.accept(ticket, at: ticket.submitted)
    }

    private nonisolated func submit(_ ticket: RequestTicket) {
        guard !Task.isCancelled else {
            tally.requestEnded(Self.end(of: ticket, unstarted: .cancelled), at: ticket.submitted)
            return ticket.fail(Self.cancelled(origin))
        }
        if loop.isCurrent {
            Self.acceptance(self, ticket)
        } else {
            loop.submit { [self] in assumeIsolated { $0.accept(ticket, at: .now) } }
            // A cancellation that came between the lines above reached the loop before the ticket: say it again.
            if Task.isCancelled { submitCancel(ticket.id) }
        }
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

    /// What a transport failure means to the caller.
    func failure(_ failure: TransferFailure) -> SessionError {
        SessionError(failure, origin: origin, isClosing: closingCode)
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
    func accept(_ ticket: RequestTicket, at now: MonotonicTime) {
        if quota != nil, separatesStreams, !booksEachRequest, ticket.waiting.isStream { bookEachRequest() }
        // A request that may not wait is not turned away for one of the session's own.
        if !probes.isEmpty, permits.isFull, suspendedUntil == nil, !probes.contains(ticket.id) { yieldProbe() }
        switch permits.acquire(ticket.id, at: now, deadline: ticket.acquireDeadline) {
        case .granted:
            begin(ticket, at: now)
        case .rejected(.draining):
            // Not counted: the caller goes on with a fresh session, which counts it.
            tally.requestMoved(Self.end(of: ticket, unstarted: .sessionRetired))
            ticket.fail(SessionError(.sessionRetired, "The session takes no more requests.", origin: origin))
        case .rejected(.queueFull) where suspendedUntil != nil:
            let error = suspensionError(at: now)
            countUnstarted(ticket, error, at: now)
            ticket.fail(error)
        case .rejected(.queueFull):
            let message = "\(permits.waiting) requests wait already for \(permits.limit) permits; raise maxWaiters."
            let error = SessionError(.queueFull, message, origin: origin)
            countUnstarted(ticket, error, at: now)
            ticket.fail(error)
        case .enqueued:
            waiting[ticket.id] = ticket
            if let suspendedUntil, !mayWait(ticket, for: suspendedUntil) {
                return refuse(ticket, suspensionError(at: now))
            }
            countQueued(ticket)
            armWaiterTimer()
            requestQuota()
            if !probes.isEmpty, !probes.contains(ticket.id), permits.isWaiting(ticket.id) { yieldProbe() }
        }
    }

    /// Starts a request that has a permit.
    func begin(_ ticket: RequestTicket, at now: MonotonicTime) {
        do throws(SessionError) {
            let isStream = ticket.waiting.isStream
            let engine = try engine(forStream: isStream)
            if streamEngine != nil, quota != nil { makeRoom(forStream: isStream) }
            let sink =
                isStream ? StreamSink(highWaterMark: configuration.limits.streamHighWaterMark, tag: ticket.id) : nil
            let transfer: Transfer
            do {
                transfer = try engine.start(ticket.request, sink: sink, at: now)
            } catch {
                throw failure(error)
            }
            ticket.queueNanoseconds.store(now.nanoseconds - ticket.submitted.nanoseconds, ordering: .relaxed)
            running.insert(ticket, transfer)
            publishLoad()
            guard let sink else { return }
            streams[ticket.id] = unsafe StreamState(
                sink: sink,
                transferID: transfer.id,
                engine: engine,
                opening: ticket,
                called: ticket.submitted
            )
        } catch {
            countUnstarted(ticket, error, at: now)
            ticket.fail(error)
            releaseInTurn(at: now)
            finishDrainIfQuiescent()
        }
    }

    /// Gives a permit back, and with it the next request in line its turn.
    func releasePermit(at now: MonotonicTime) {
        guard let next = permits.release(at: now) else { return publishLoad() }
        guard let ticket = waiting.removeValue(forKey: next) else { return }
        countGranted(ticket, at: now)
        begin(ticket, at: now)
    }

    /// What the caller of a finished transfer's request is told; the transfer keeps nothing of it.
    ///
    /// - Returns: `nil` for a stream: its reader learns of the end by its sink.
    func response(
        of transfer: Transfer,
        _ outcome: TransferOutcome,
        for ticket: RequestTicket
    ) -> ResponseOutcome? {
        guard !ticket.waiting.isStream else { return nil }
        switch outcome {
        case .success(let metrics):
            return .success(
                TransferResponse(
                    head: transfer.head,
                    body: transfer.takeBody(),
                    metrics: metrics,
                    queueNanoseconds: ticket.queueNanoseconds.load(ordering: .relaxed)
                )
            )
        case .failure(let failure): return .failure(self.failure(failure))
        case .running:
            return .failure(SessionError(.internalError, "A transfer ended without a result.", origin: origin))
        }
    }

    /// Ends a request wherever it is: in line, on its way or in its body.
    ///
    /// Its permit is free at once.
    func cancel(_ id: UInt64) {
        if let ticket = waiting.removeValue(forKey: id) {
            _ = permits.cancel(id)
            dropUnneededWants()
            countGivenUp(ticket, .cancelled, .cancelled, at: .now)
            ticket.fail(Self.cancelled(origin))
            finishDrainIfQuiescent()
        } else if let transfer = running.transfer(of: id) {
            transfer.cancel()
            settle()
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
            guard let ticket = waiting.removeValue(forKey: id) else { continue }
            let place = "\(permits.inUse) of \(permits.limit) permits in use, \(permits.waiting) waiting"
            let isTotal = ticket.request.limits.total.map { $0 <= now } ?? false
            let error =
                if suspendedUntil != nil {
                    suspensionError(at: now)
                } else if isTotal {
                    SessionError(.deadlineExceeded, "The total time passed in the queue: \(place).", origin: origin)
                } else {
                    SessionError(.acquireTimeout, "No permit in time: \(place).", origin: origin)
                }
            countGivenUp(ticket, .timedOut, error.code, at: now)
            ticket.fail(error)
        }
        dropUnneededWants()
        armWaiterTimer()
        finishDrainIfQuiescent()
    }
}
