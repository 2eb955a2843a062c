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
        let result = await unsafe withUnsafeContinuation { continuation in
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
        probes.remove(id)
        return result
    }

    /// Somebody's request waits: ends a request of the session's own, whose permit it gets.
    func yieldProbe() {
        guard let id = probes.min() else { return }
        cancel(id)
    }

    /// Ends all requests of the session's own.
    func cancelProbes() {
        for id in probes.sorted() { cancel(id) }
    }
}
