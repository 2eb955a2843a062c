package import CurlTransport

/// A whole response, in the engine's terms.
package struct TransferResponse: Sendable {
    package let head: TransferHead
    package let body: [UInt8]
    package let metrics: TransferMetrics
    package let queueTime: Duration
}

/// Buffered requests.
extension SessionCore {
    /// Runs a request to its end.
    ///
    /// - Parameters:
    ///   - request: The request; its total limit is set from the timeouts here.
    ///   - timeouts: Its time limits.
    package func send(
        _ request: TransferRequest,
        timeouts: Timeouts
    ) async -> Result<TransferResponse, SessionError> {
        let id = nextRequestID()
        return await withTaskCancellationHandler {
            await run(request, id: id, timeouts: timeouts)
        } onCancel: {
            submitCancel(id)
        }
    }

    /// Cancels a request from any thread; always by way of the mailbox, so that it arrives after the request.
    nonisolated func submitCancel(_ request: UInt64) {
        loop.submit { [self] in assumeIsolated { $0.cancel(request) } }
    }

    private func run(
        _ request: TransferRequest,
        id: UInt64,
        timeouts: Timeouts
    ) async -> Result<TransferResponse, SessionError> {
        let start = MonotonicTime.now
        var request = request
        request.limits.total = timeouts.total.map { start.advanced(by: $0) }
        if let refusal = await admit(id, timeouts: timeouts, total: request.limits.total) { return .failure(refusal) }
        let queueTime = start.duration(to: .now)
        let transfer: Transfer
        let engine: TransferEngine
        do throws(SessionError) {
            engine = try self.engine(forStream: false)
            transfer = try begin(request, on: engine, sink: nil)
        } catch {
            releasePermit()
            return .failure(error)
        }
        running[id] = transfer
        await unsafe withUnsafeContinuation { unsafe transfer.completion = $0 }
        running[id] = nil
        defer { engine.recycle(transfer) }
        switch transfer.outcome {
        case .success(let metrics):
            return .success(
                TransferResponse(head: transfer.head, body: transfer.body, metrics: metrics, queueTime: queueTime)
            )
        case .failure(let failure):
            return .failure(SessionError(failure, origin: origin, isClosing: closingCode))
        case nil:
            return .failure(SessionError(.internalError, "A transfer ended without a result.", origin: origin))
        }
    }

    func begin(
        _ request: TransferRequest,
        on engine: TransferEngine,
        sink: StreamSink?
    ) throws(SessionError) -> Transfer {
        do {
            return try engine.start(request, sink: sink)
        } catch {
            throw SessionError(error, origin: origin, isClosing: closingCode)
        }
    }
}
