package import CurlTransport

/// A streamed response, from its head to the last byte that is read.
@safe
struct StreamState {
    let sink: StreamSink
    let transferID: UInt64
    let engine: TransferEngine
    /// Who waits for the head; `nil` once it has been handed over.
    var opening: RequestTicket?
    /// When the caller asked; `nil` once the first piece has been handed over.
    var called: MonotonicTime?
    /// Where its metrics go.
    let report = StreamReport()
    /// Who waits for the next piece.
    var reader: UnsafeContinuation<Result<[UInt8]?, SessionError>, Never>?
}

/// Streamed bodies: pieces as the reader asks for them.
extension SessionCore {
    /// The next piece of a stream's body; `nil` at its end.
    ///
    /// - Parameters:
    ///   - id: The stream.
    ///   - deadline: Until when to wait; `nil` for as long as the stream's own limits allow.
    /// - Returns: The piece, `nil` at the end, or what broke the stream off.
    package nonisolated func nextPiece(
        of id: UInt64,
        deadline: MonotonicTime?
    ) async -> Result<[UInt8]?, SessionError> {
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                onLoop { unsafe $0.read(id, deadline: deadline, for: continuation) }
                if Task.isCancelled { submitCancel(id) }
            }
        } onCancel: {
            submitCancel(id)
        }
    }

    private func read(
        _ id: UInt64,
        deadline: MonotonicTime?,
        for continuation: UnsafeContinuation<Result<[UInt8]?, SessionError>, Never>
    ) {
        guard let stream = streams[id] else { return unsafe continuation.resume(returning: .success(nil)) }
        guard unsafe stream.reader == nil else {
            let message = "Two tasks read one body at the same time; give each its own response."
            return unsafe continuation.resume(
                returning: .failure(SessionError(.invalidRequest, message, origin: origin))
            )
        }
        unsafe streams[id]?.reader = continuation
        if let transfer = stream.engine.transfer(stream.transferID), !stream.sink.hasBytes {
            stream.engine.setReaderDeadline(deadline, of: transfer)
        }
        deliver(stream.sink)
    }

    /// Gives the head, bytes or the end to whoever waits for them.
    func deliver(_ sink: StreamSink) {
        guard let stream = streams[sink.tag] else { return }
        if let ticket = stream.opening { return open(stream, for: ticket) }
        guard let reader = unsafe stream.reader else { return }
        if sink.hasBytes {
            unsafe streams[sink.tag]?.reader = nil
            if let called = stream.called {
                streams[sink.tag]?.called = nil
                tally.firstChunk(after: stream.engine.now.nanoseconds - called.nanoseconds)
            }
            unsafe reader.resume(returning: .success(sink.takeBytes()))
            resumeSender(of: stream)
            return
        }
        switch sink.outcome {
        case .running: return
        case .success: unsafe reader.resume(returning: .success(nil))
        case .failure(let failure): unsafe reader.resume(returning: .failure(self.failure(failure)))
        }
        streams[sink.tag] = nil
    }

    /// Hands the head, or the error that came instead, to the caller who waits for it.
    private func open(_ stream: StreamState, for ticket: RequestTicket) {
        let id = ticket.id
        if let head = stream.sink.head {
            streams[id]?.opening = nil
            // An answer that goes on for minutes says already now that the server is there.
            if head.status < 500 { lastSuccess = stream.engine.now }
            if sweepTimer == nil { armSweep(at: stream.engine.now) }
            learnVersion(from: stream)
            return ticket.open(OpenedStream(id: id, head: head, report: stream.report))
        }
        switch stream.sink.outcome {
        case .running: return
        case .success:
            ticket.fail(SessionError(.malformedResponse, "The response has no status line.", origin: origin))
        case .failure(let failure): ticket.fail(self.failure(failure))
        }
        streams[id] = nil
    }

    /// A stream may go on for minutes: that its server speaks HTTP/1.1 is learnt from its head.
    private func learnVersion(from stream: StreamState) {
        guard isMultiplexed, !separatesStreams else { return }
        guard let transfer = stream.engine.transfer(stream.transferID), transfer.speaksHTTP1 else { return }
        fallBackToHTTP1()
    }

    /// The reader has caught up: lets the sender go on, and stops the reader's own clock.
    private func resumeSender(of stream: StreamState) {
        guard let transfer = stream.engine.transfer(stream.transferID) else { return }
        stream.engine.setReaderDeadline(nil, of: transfer)
        stream.engine.resume(transfer)
        settle()
    }

    /// Forgets a stream that nobody reads any more; one that still runs is cancelled, and its permit freed.
    package func abandon(_ id: UInt64) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        guard let transfer = stream.engine.transfer(stream.transferID) else { return }
        transfer.cancel()
        settle()
    }
}
