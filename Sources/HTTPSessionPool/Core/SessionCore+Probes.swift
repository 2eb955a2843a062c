internal import CurlTransport

/// Requests of the session's own: warm-ups and checks of health.
///
/// They take permits like other requests, so that no limit is exceeded, but never one that somebody waits for.
extension SessionCore {
    /// Puts a request of the session's own into the engine's terms.
    ///
    /// - Throws: ``SessionError`` for a path or a header that cannot be used.
    func prepareProbe(_ request: Request) throws(SessionError) -> TransferRequest {
        let prepared = try PreparedRequest(request, to: baseURL, configuration)
        var transfer = prepared.transfer(body: request.body, until: nil)
        transfer.maxBodyBytes = min(transfer.maxBodyBytes, 1 << 20)
        return transfer
    }

    /// Runs a request of the session's own to its end.
    ///
    /// - Returns: The answer; the error `cancelled` when requests needed the permit.
    func probe(_ request: TransferRequest, deadline: MonotonicTime) async -> ResponseOutcome {
        var request = request
        request.limits.total = min(request.limits.total ?? deadline, deadline)
        let id = RequestTicket.nextID()
        probes.insert(id)
        // By the mailbox: on the loop that is after the request has been taken in.
        let result = await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                let now = MonotonicTime.now
                let waiting = unsafe RequestTicket.Waiting.response(continuation)
                accept(
                    RequestTicket(
                        id: id,
                        request: request,
                        limits: CallLimits(configuration.timeouts),
                        submitted: now,
                        waiting: waiting
                    ),
                    at: now
                )
            }
        } onCancel: {
            submitCancel(id)
        }
        probes.remove(id)
        return result
    }

    /// Somebody's request needs a permit, or a place in the line for one: ends a request of the session's own, which
    /// has what it needs.
    func yieldProbe() {
        // One that has ended has nothing any more, although whoever made it does not know yet.
        let holders = probes.sorted().filter { running.transfer(of: $0) != nil }
        guard let id = holders.first ?? probes.sorted().first(where: { waiting[$0] != nil }) else { return }
        cancel(id)
    }

    /// Ends all requests of the session's own.
    func cancelProbes() {
        for id in probes.sorted() { cancel(id) }
    }
}
