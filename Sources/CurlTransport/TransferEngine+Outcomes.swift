internal import CCurl
internal import Glibc

/// How transfers end, and who is to look at them.
extension TransferEngine {
    /// A transfer that has ended and was not asked for yet, the first to end first.
    package func nextFinished() -> Transfer? { state.finished.next() }

    func finish(_ transfer: Transfer, _ code: CURLcode) {
        let metrics = transfer.metrics()
        if code == CURLE_OK ? transfer.state.isHeadComplete : isAnsweredEarly(transfer, code) {
            conclude(transfer, .success(metrics))
        } else if code == CURLE_OK {
            // libcurl takes a connection that closes in the middle of the header section for the end of the answer.
            let failure = TransferFailure(
                .curl(CURLE_RECV_ERROR.rawValue),
                detail: "half a header section",
                wasSent: true
            )
            conclude(transfer, .failure(failure))
        } else if lookUpName(for: transfer, code) || startsAgain(transfer, code) || beginAgain(transfer, after: code) {
            return
        } else {
            let cause =
                transfer.state.refusal
                ?? (transfer.state.http2.isUnprocessed ? .unprocessed : cause(of: code, for: transfer))
            let failure = TransferFailure(
                cause,
                detail: words(for: code, of: transfer),
                wasSent: transfer.mayBeProcessed,
                usedProxy: usesProxy(transfer),
                isForGood: transfer.isRefusedByProxy(code)
            )
            conclude(transfer, .failure(failure))
        }
    }

    private func words(for code: CURLcode, of transfer: Transfer) -> String {
        // Of a socket in the file system libcurl says that it could not connect to the URL's host and port.
        if options.unixSocketPath != nil, code == CURLE_COULDNT_CONNECT {
            return unsafe "the Unix socket: \(String(cString: strerror(Int32(transfer.easy.long(CURLINFO_OS_ERRNO)))))"
        }
        let detail = transfer.errorDetail
        return detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail
    }

    /// Whether only the upload has failed: the server has said all before it had read the request to its end, and then
    /// closed the connection (RFC 9112, section 9.5).
    private func isAnsweredEarly(_ transfer: Transfer, _ code: CURLcode) -> Bool {
        code == CURLE_SEND_ERROR && transfer.state.refusal == nil && transfer.hasWholeAnswer
    }

    /// The answer is whole and its upload is not, because the server reads no more: the time that ran out ends the upload.
    ///
    /// Cut short earlier it could keep the server from what it would have read yet (RFC 9112, section 9.5).
    func fail(_ transfer: Transfer, timeout cause: TransferDeadlines.Cause) {
        guard transfer.isRunning, cause == .idle || cause == .total, transfer.hasWholeAnswer else {
            return fail(transfer, .timeout(cause))
        }
        conclude(transfer, .success(transfer.metrics()))
    }

    func fail(_ transfer: Transfer, _ cause: TransferFailure.Cause) {
        guard transfer.isRunning else { return }
        setNow()
        let detail = transfer.isLookingUp ? "the host's name was still being looked up" : ""
        conclude(transfer, .failure(TransferFailure(cause, detail: detail, wasSent: transfer.mayBeProcessed)))
    }

    private func cause(of code: CURLcode, for transfer: Transfer) -> TransferFailure.Cause {
        switch code {
        // The only time limit that libcurl is given; a request that was sent may need another connection.
        case CURLE_OPERATION_TIMEDOUT: .timeout(.connect)
        case _ where lacksDescriptors(code, transfer): .descriptorsExhausted
        case _ where transfer.wasSent: excess(code, transfer) ?? .curl(code.rawValue)
        default: .curl(code.rawValue)
        }
    }

    /// What is too large, when libcurl gives up at one of its own limits for what a server sends before and after the body.
    private func excess(_ code: CURLcode, _ transfer: Transfer) -> TransferFailure.Cause? {
        let isInHead = !transfer.state.isHeadComplete
        return switch code {
        // libcurl before 8.6 says that it is out of memory.
        case CURLE_OUT_OF_MEMORY where isInHead, Self.tooLarge where isInHead:
            .headersTooLarge(limit: Self.longestHeaderLine)
        case Self.tooLarge: .headersTooLarge(limit: Self.longestTrailer)
        // The text tells it from a connection that breaks, which has the same code.
        case CURLE_RECV_ERROR where transfer.errorDetail.hasPrefix("Out of memory in chunked-encoding"):
            .headersTooLarge(limit: Self.longestTrailer)
        case CURLE_RECV_ERROR where transfer.errorDetail.hasPrefix("Too large response headers"):
            .headersTooLarge(limit: Self.longestHeaderSection)
        default: nil
        }
    }

    /// `CURLE_TOO_LARGE`, which the headers of libcurl 7.88 do not have.
    private static let tooLarge = CURLcode(rawValue: 100)
    /// libcurl's `DYN_H1_TRAILER`.
    private static let longestTrailer = 4_096
    /// libcurl's `MAX_HTTP_RESP_HEADER_SIZE`.
    private static let longestHeaderSection = 300 * 1_024
    /// libcurl's `CURL_MAX_HTTP_HEADER`.
    private static let longestHeaderLine = 100 * 1_024

    func conclude(_ transfer: Transfer, _ outcome: TransferOutcome) {
        guard transfer.isRunning else { return }
        transfer.state.isRunning = false
        if transfer.isLookingUp { leaveLookup(transfer) }
        if case .failure(let failure) = outcome { noteDeadNames(of: transfer, failure) }
        // Its timer stays: the handle's next request most likely needs none that is earlier.
        if hasPausedPieces(transfer) { discardPieces(of: transfer) }
        _ = multi?.remove(transfer.easy)
        letGoOfSockets(transfer)
        transfer.state.outcome = outcome
        if let sink = transfer.sink {
            sink.outcome = outcome
            mark(sink)
        }
        state.finished.append(transfer)
    }

    /// Whether libcurl keeps something of a transfer that has not been taken, beyond the transfer's end.
    private func hasPausedPieces(_ transfer: Transfer) -> Bool {
        transfer.isPaused && options.httpVersion != .http1 && behavior.keepsPausedPieces
    }

    /// Lets libcurl hand over to nobody what it keeps of a paused stream, before it would come with another answer.
    ///
    /// That cannot be done once libcurl has taken the handle from its connection, as it has when the stream failed by
    /// itself: then the handle's next request begins with it.
    func discardPieces(of transfer: Transfer) {
        transfer.state.isDiscarding = true
        defer { transfer.state.isDiscarding = false }
        if transfer.state.hasForeignPieces {
            // They are handed over at the end of a pause, which the handle does not know of any more.
            _ = transfer.easy.pause()
        }
        transfer.state.hasForeignPieces = transfer.easy.unpause() != CURLE_OK
    }

    /// Notes that the reader of a stream has something to look at.
    func mark(_ sink: StreamSink) {
        guard !sink.isMarked else { return }
        sink.isMarked = true
        state.changedSinks.append(sink)
    }

    /// A sink that has got a head, bytes or an end, and was not asked for yet.
    package func nextChangedSink() -> StreamSink? {
        guard let sink = state.changedSinks.next() else { return nil }
        sink.isMarked = false
        return sink
    }

    static func words(_ code: CURLMcode) -> String {
        unsafe String(cString: curl_multi_strerror(code))
    }
}
