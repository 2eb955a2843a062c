package import CurlTransport

/// A streamed response that somebody reads.
struct StreamState {
    let sink: StreamSink
    let transferID: UInt64
    let engine: TransferEngine
}

/// A streamed response that has begun.
package struct OpenedStream: Sendable {
    /// Names the stream to its session.
    package let id: UInt64
    package let head: TransferHead
    package let queueTime: Duration
}

/// Streamed requests: the head first, then pieces as the reader asks for them.
extension SessionCore {
    /// Runs a request up to the end of its header section.
    package func openStream(
        _ request: TransferRequest,
        timeouts: Timeouts
    ) async -> Result<OpenedStream, SessionError> {
        let id = nextRequestID()
        return await withTaskCancellationHandler {
            await open(request, id: id, timeouts: timeouts)
        } onCancel: {
            submitCancel(id)
        }
    }

    private func open(
        _ request: TransferRequest,
        id: UInt64,
        timeouts: Timeouts
    ) async -> Result<OpenedStream, SessionError> {
        let start = MonotonicTime.now
        var request = request
        request.limits.total = timeouts.streamTotal.map { start.advanced(by: $0) }
        if let refusal = await admit(id, timeouts: timeouts, total: request.limits.total) { return .failure(refusal) }
        let queueTime = start.duration(to: .now)
        let sink = StreamSink(highWaterMark: configuration.limits.streamHighWaterMark)
        do throws(SessionError) {
            let engine = try self.engine(forStream: true)
            let transfer = try begin(request, on: engine, sink: sink)
            streams[id] = StreamState(sink: sink, transferID: transfer.id, engine: engine)
            running[id] = transfer
        } catch {
            releasePermit()
            return .failure(error)
        }
        while sink.head == nil, sink.outcome == nil { await sink.change() }
        if let head = sink.head, !Task.isCancelled {
            return .success(OpenedStream(id: id, head: head, queueTime: queueTime))
        }
        defer { abandon(id) }
        guard case .failure(let failure) = sink.outcome else {
            return .failure(
                Task.isCancelled
                    ? Self.cancelled(origin)
                    : SessionError(.malformedResponse, "The response has no status line.", origin: origin)
            )
        }
        return .failure(SessionError(failure, origin: origin, isClosing: closingCode))
    }

    /// The next piece of a stream's body; `nil` at its end.
    ///
    /// - Parameters:
    ///   - id: The stream.
    ///   - deadline: Until when to wait; `nil` for as long as the stream's own limits allow.
    package func nextPiece(of id: UInt64, deadline: MonotonicTime?) async -> Result<[UInt8]?, SessionError> {
        guard let stream = streams[id] else { return .success(nil) }
        if !stream.sink.hasBytes, stream.sink.outcome == nil {
            if let transfer = stream.engine.transfer(stream.transferID) {
                stream.engine.setReaderDeadline(deadline, of: transfer)
            }
            await withTaskCancellationHandler {
                while !stream.sink.hasBytes, stream.sink.outcome == nil { await stream.sink.change() }
            } onCancel: {
                submitCancel(id)
            }
            if let transfer = stream.engine.transfer(stream.transferID) {
                stream.engine.setReaderDeadline(nil, of: transfer)
            }
        }
        if stream.sink.hasBytes {
            let piece = stream.sink.takeBytes()
            if let transfer = stream.engine.transfer(stream.transferID) {
                stream.engine.resume(transfer)
                settle()
            }
            return .success(piece)
        }
        abandon(id)
        guard case .failure(let failure) = stream.sink.outcome else { return .success(nil) }
        return .failure(SessionError(failure, origin: origin, isClosing: closingCode))
    }

    /// Forgets a stream that nobody reads any more; one that still runs is cancelled, and its permit freed.
    package func abandon(_ id: UInt64) {
        running[id] = nil
        guard let stream = streams.removeValue(forKey: id) else { return }
        if let transfer = stream.engine.transfer(stream.transferID) {
            stream.engine.cancel(transfer)
            settle()
        }
    }

    /// What a stream has cost, once it has ended.
    package func metrics(of id: UInt64) -> TransferMetrics? {
        guard case .success(let metrics) = streams[id]?.sink.outcome else { return nil }
        return metrics
    }
}
