internal import CCurl

/// Requests that a server has not looked at, which may be sent again whatever they are (RFC 9113, section 8.7).
///
/// libcurl repeats a request of its own accord when its stream was refused, when a kept connection ended without an
/// answer and, before 8.7, when it cannot tell. It says neither which of them it is nor what a GOAWAY has named. So its
/// messages are read (``HTTP2Notice``), at the moment at which the connection in question is still there.
extension TransferEngine {
    /// libcurl has said something of a transfer, or of the connection that it reads from.
    func noticed(_ notice: HTTP2Notice, by transfer: Transfer) {
        switch notice {
        case .streamOpened(let stream):
            transfer.state.http2.stream = stream
            // One that is opened after GOAWAY never leaves: nghttp2 closes it with an error of its own.
            guard !state.http2Endings.isEmpty, let socket = socket(of: transfer),
                let last = state.http2Endings[socket]?.lastStream, stream > last
            else { return }
            transfer.state.http2.isUnprocessed = true
        case .goAway(let lastStream):
            guard let socket = socket(of: transfer) else { return }
            state.http2Endings[socket, default: HTTP2Ending()].lastStream = lastStream
            let use = transfer.state.socket
            for other in state.transfers where other.isOnConnection && other.state.socket == use {
                if other.state.http2.stream > lastStream { other.state.http2.isUnprocessed = true }
            }
        case .tlsAlert:
            guard let socket = socket(of: transfer) else { return }
            state.http2Endings[socket, default: HTTP2Ending()].isTLSOver = true
        case .repeating:
            if wasRefused(transfer) { transfer.state.http2.isUnprocessed = true }
            // What it reads from now on, if only to see whether another connection lives, is not of this one.
            transfer.state.sentFromPort = 0
            transfer.state.deadlines.started(at: now)
        case .streamClosed:
            transfer.state.http2.isClosed = true
        case .waiting:
            transfer.state.deadlines.waitsForOthers()
        case .connecting:
            transfer.state.deadlines.connects(at: now)
        }
        rearmTimer(of: transfer)
    }

    /// Whether libcurl is about to repeat a request because its stream was refused, and for no other reason.
    ///
    /// From 8.7 on it repeats without a word of an error for nothing else (`stream_recv`, where the end of a connection
    /// became `CURLE_HTTP2`). Before, a connection that has ended without a word looks the same: TCP or TLS then show it,
    /// if its TLS is of the kind whose alerts libcurl tells.
    private func wasRefused(_ transfer: Transfer) -> Bool {
        let (attempt, detail) = (transfer.state.http2, transfer.errorDetail)
        guard attempt.stream > 0, !transfer.state.hasHeaderBytes else { return false }
        // The server wants the request on another version of HTTP, and so has not acted on it.
        if detail.contains("HTTP_1_1_REQUIRED") { return true }
        guard !attempt.isClosed, detail.isEmpty || detail.hasPrefix("Connection died") else { return false }
        if behavior.repeatsOnlyRefusedStreams { return true }
        if behavior.endsHTTP2WithoutError, !transfer.state.mayResend {
            // A refusal is an error, and libcurl reports no progress between what it has read of it and the repetition.
            let read = SocketProbe.bytesRead(on: transfer.state.socket.descriptor)
            guard let read, read != attempt.bytesReadAtProgress else { return false }
        }
        guard CurlGlobal.shared.tellsTLSAlerts, let socket = socket(of: transfer) else { return false }
        return state.http2Endings[socket]?.isTLSOver != true && SocketProbe.input(of: socket) != .end
    }

    /// How often a request is sent whose stream is refused each time.
    ///
    /// Enough for as many requests as commonly share a connection, if it takes one stream at a time. A server that goes on
    /// refusing wants something else.
    private static let mostSendAttempts = 100

    /// Begins anew with a request that libcurl has given up although the server has not looked at it, or that waited for
    /// others until libcurl's limit for connecting had passed.
    ///
    /// libcurl repeats a request five times and no more (`CONN_MAX_RETRIES`). Before 8.1 it also closes a connection whose
    /// stream limit was overrun, and overruns that of the next one before it has read its settings: of sixty-four requests
    /// to a server that allows four streams, the last can be refused fifteen times.
    ///
    /// Returns whether the transfer goes on.
    func beginAgain(_ transfer: Transfer, after code: CURLcode) -> Bool {
        let state = transfer.state
        guard options.httpVersion != .http1, state.refusal == nil, !state.hasHeaderBytes else { return false }
        // libcurl counts the time in its own queue, and looks at the limit when the queue's turn comes.
        let hasWaited = code == CURLE_OPERATION_TIMEDOUT && state.deadlines.isBehindOthers
        guard hasWaited || state.http2.isUnprocessed && state.sendAttempts < Self.mostSendAttempts else { return false }
        if !hasWaited {
            transfer.state.sentFromPort = 0
            transfer.state.deadlines.started(at: now)
        }
        transfer.clearErrorDetail()
        guard multi?.remove(transfer.easy) == CURLM_OK, multi?.add(transfer.easy) == CURLM_OK else { return false }
        rearmTimer(of: transfer)
        return true
    }

    /// The socket that the transfer's request was sent on; `nil` when that cannot be told.
    func socket(of transfer: Transfer) -> Int32? {
        let (port, descriptor) = (transfer.state.sentFromPort, transfer.state.socket.descriptor)
        return port > 0 && state.sockets.contains(descriptor) ? descriptor : nil
    }
}
