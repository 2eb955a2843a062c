internal import CurlTransport
import Synchronization

/// What a session tells its counters, where it happens. Requests of its own - warm-ups, checks - are not counted.
extension SessionCore {
    /// A request is about to wait for its permit.
    func countQueued(_ ticket: RequestTicket) {
        publishLoad()
        guard !probes.contains(ticket.id) else { return }
        tally.requestQueued(waiting: permits.waiting)
    }

    /// A request that waited has its permit, and begins.
    func countGranted(_ ticket: RequestTicket, at now: MonotonicTime) {
        guard !probes.contains(ticket.id) else { return }
        let waited = now.nanoseconds - ticket.submitted.nanoseconds
        tally.requestDequeued(.granted, after: waited)
    }

    /// A request ends without ever having had a permit.
    func countGivenUp(
        _ ticket: RequestTicket,
        _ outcome: WaiterEndedEvent.Outcome,
        _ code: SessionError.Code,
        at now: MonotonicTime
    ) {
        publishLoad()
        guard !probes.contains(ticket.id) else { return }
        let waited = now.nanoseconds - ticket.submitted.nanoseconds
        tally.requestDequeued(outcome, after: waited)
        tally.requestEnded(Self.end(of: ticket, unstarted: code, queue: waited), at: now)
    }

    /// A request that waited goes on waiting in the session's successor, which counts it.
    func countMoved(_ ticket: RequestTicket, at now: MonotonicTime) {
        publishLoad()
        tally.requestDequeued(.closed, after: now.nanoseconds - ticket.submitted.nanoseconds)
        tally.requestMoved(Self.end(of: ticket, unstarted: .sessionRetired))
    }

    /// A request could not be started.
    func countUnstarted(_ ticket: RequestTicket, _ error: SessionError, at now: MonotonicTime) {
        guard !probes.contains(ticket.id) else { return }
        let waited = now.nanoseconds - ticket.submitted.nanoseconds
        tally.requestEnded(Self.end(of: ticket, unstarted: error.code, queue: waited), at: now)
    }

    /// A transfer has ended.
    func count(_ transfer: Transfer, _ outcome: TransferOutcome, for ticket: RequestTicket, at now: MonotonicTime) {
        let queue = ticket.queueNanoseconds.load(ordering: .relaxed)
        var end = RequestEnd(
            outcome,
            failed: transfer.metrics(),
            status: transfer.status,
            elapsed: now.nanoseconds - ticket.submitted.nanoseconds - queue,
            closing: closingCode
        )
        Self.describe(ticket, in: &end)
        end.queue = queue
        tally.requestEnded(end, at: now)
        guard let stream = streams[ticket.id] else { return }
        let facts = if case .success(let metrics) = outcome { metrics } else { transfer.metrics() }
        stream.report.ended(RequestMetrics(facts, queueNanoseconds: queue))
    }

    /// Gives a permit back when a request has ended, and of a sample of them notes how long it took: until the permit is
    /// home, or the next request in line is on its way with it.
    ///
    /// The first 64 are measured, and then every sixty-fourth: two looks at the clock and a lock are too much for each.
    func releaseAndMeasure(at now: MonotonicTime) {
        let isSample = releases < 64 || releases & 63 == 0
        releases &+= 1
        guard isSample else { return releaseInTurn(at: now) }
        let start = MonotonicTime.now
        releaseInTurn(at: now)
        tally.released(after: MonotonicTime.now.nanoseconds - start.nanoseconds)
    }

    /// The end of a request that no transfer was begun for.
    static func end(of ticket: RequestTicket, unstarted code: SessionError.Code, queue: Int64 = 0) -> RequestEnd {
        var end = RequestEnd(failedInQueue: code, queue: queue)
        describe(ticket, in: &end)
        return end
    }

    private static func describe(_ ticket: RequestTicket, in end: inout RequestEnd) {
        end.id = ticket.id
        end.method = ticket.request.head.method
        end.isStream = ticket.waiting.isStream
    }
}
