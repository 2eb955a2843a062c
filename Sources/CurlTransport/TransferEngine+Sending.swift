internal import CCurl

/// The moment at which a request is handed to a connection, and requests that begin anew because the connection was no good.
extension TransferEngine {
    /// libcurl is about to send a request.
    ///
    /// Returns whether it may.
    func willSend(_ transfer: Transfer, from localPort: Int32) -> Bool {
        if transfer.state.hasForeignPieces { discardPieces(of: transfer) }
        // What a connection was told before this one, to which libcurl has sent the request in vain, is not of this one.
        (transfer.state.bytesBeforeSending, transfer.state.openError) = (-1, 0)
        let isKept = begin(transfer, from: localPort)
        if isKept == true, !mayAnswer(transfer) {
            transfer.state.refuseConnection()
            return false
        }
        return transfer.state.willSend(from: localPort, on: self)
    }

    // MARK: Bytes that nobody has asked for

    /// Whether servers answer in HTTP/1 only, who have nothing to say unasked.
    private var speaksHTTP1: Bool { options.httpVersion == .http1 || servesHTTP1 }

    /// How long after a TLS connection was opened its session tickets may come, at the latest, in nanoseconds.
    private static let ticketTime: Int64 = 5_000_000_000

    /// Whether bytes may come on a connection on which no request is under way.
    ///
    /// - HTTP/2: always; frames such as PING and SETTINGS.
    /// - TLS 1.3: session tickets follow the handshake. They come before the first answer and are read with it, so they are
    ///   met only on a connection that was made in advance, and soon. They cannot be told from other bytes by their look.
    /// - Otherwise never (RFC 9112, section 9.2).
    func mayBringBytes(_ record: SocketRecord) -> Bool {
        switch record.protocolSpoken {
        case .http2: true
        case .http1: false
        case nil where speaksHTTP1: record.isSecure && record.age(at: .now) < Self.ticketTime
        case nil: true
        }
    }

    /// Whether what comes next on a kept connection can be the answer to a request that is sent now.
    ///
    /// libcurl before 8.0 takes whatever is there for the answer (curl/curl#10690); later versions look some time before.
    private func mayAnswer(_ transfer: Transfer) -> Bool {
        let descriptor = transfer.state.socket.descriptor
        guard let record = state.sockets[descriptor], record.protocolSpoken != .http2 else { return true }
        // At the end of one, libcurl finds it and repeats the request if it may.
        guard SocketProbe.input(of: descriptor) == .bytes else { return true }
        if mayBringBytes(record) || !speaksHTTP1 && record.users > 1 {
            // Whether the answer was among them shows when it is read.
            transfer.state.bytesBeforeSending = SocketProbe.bytesReceived(on: descriptor) ?? -1
            return true
        }
        endStale(descriptor, record)
        return false
    }

    /// Ends a connection that a transfer was about to be sent on.
    ///
    /// libcurl finds its end, and takes another one.
    private func endStale(_ descriptor: Int32, _ record: SocketRecord) {
        SocketProbe.end(descriptor)
        guard !record.isDead else { return }
        setDead(descriptor)
        state.closedAges.append(record.age(at: .now))
    }

    // MARK: Begun anew

    /// Hands a request to libcurl once more that has failed because of the connection it met.
    ///
    /// Returns whether the transfer goes on.
    func startsAgain(_ transfer: Transfer, _ code: CURLcode) -> Bool {
        switch transfer.state.refusal {
        case .staleConnection: break
        case .unaskedAnswer where transfer.state.mayResend && transfer.state.sendAttempts == 1: break
        case nil where wasNotSentAgain(transfer, code): break
        default: return false
        }
        guard multi?.remove(transfer.easy) == CURLM_OK else { return false }
        letGoOfSockets(transfer)
        transfer.state.beginAgain()
        return multi?.add(transfer.easy) == CURLM_OK
    }

    /// Whether libcurl has not repeated a request on a new connection that it repeats, or once repeated.
    ///
    /// Since curl 8.7 it does not when a kept connection of HTTP/2 has ended (`CURLE_HTTP2` instead of `CURLE_RECV_ERROR`
    /// in `stream_recv`, lib/http2.c), which a GET would meet that follows a TLS connection's end.
    ///
    /// libcurl before 8.17 counts the repetitions of an easy handle over its life, and not of a request: at the sixth it
    /// gives up at once, and begins to count anew (`CONN_MAX_RETRIES`, curl/curl#18926).
    private func wasNotSentAgain(_ transfer: Transfer, _ code: CURLcode) -> Bool {
        guard transfer.state.mayResend, transfer.state.sendAttempts == 1, transfer.state.headerSectionBytes == 0,
            transfer.easy.long(CURLINFO_NUM_CONNECTS) == 0
        else { return false }
        if code == CURLE_HTTP2 { return true }
        guard CurlBehavior.current.countsResendsOfHandle else { return false }
        return [CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING].contains(code)
    }

    // MARK: Descriptors

    /// Whether a transfer has failed because there were no descriptors left.
    ///
    /// libcurl tells of a socket, a CA file and a resolver's pipe that could not be opened as of a host, a certificate and a
    /// name. What it had opened for the transfer is closed by now: the socket's number shows how near the limit was.
    func lacksDescriptors(_ code: CURLcode, _ transfer: Transfer) -> Bool {
        if SystemFile.isExhaustion(transfer.state.openError) { return true }
        let codes = [
            CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_OUT_OF_MEMORY,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CONNECT_ERROR, CURLE_FAILED_INIT,
        ]
        guard !transfer.wasSent, codes.contains(code) else { return false }
        return SystemFile.descriptorsAreExhausted(below: transfer.state.lastOpened)
    }
}
