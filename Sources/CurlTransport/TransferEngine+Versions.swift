internal import CCurl

/// What the engine does in libcurl's place, where a version does not; `CurlBehavior` says which.
extension TransferEngine {
    // MARK: Requests that wait for a connection

    /// The first request of a new connection is about to be sent, so it is known by now what the connection speaks.
    func noteNewConnection() {
        guard state.hasNewSocket else { return }
        state.hasNewSocket = false
        state.hasWaiters = options.httpVersion != .http1 && !behavior.wakesWaitersForHTTP1
    }

    /// Lets the requests go on that wait to learn whether they may share a connection.
    ///
    /// libcurl looks at them again whenever a handle leaves the multi handle: one does that never was in use.
    func wakeWaiters() {
        state.hasWaiters = false
        guard running > 1, let stranger = EasyHandle(), multi?.add(stranger) == CURLM_OK else { return }
        let code = multi?.remove(stranger)
        assert(code == CURLM_OK, "A handle does not leave libcurl.")
    }

    // MARK: Sockets of paused transfers

    /// Leaves bytes where they are, which are a paused transfer's.
    ///
    /// On HTTP/2 they may be another's.
    ///
    /// Returns whether libcurl is not to be told of the socket.
    func restsWhilePaused(_ descriptor: Int32) -> Bool {
        let isRead = state.transfers.contains {
            $0.isRunning && $0.state.socket.descriptor == descriptor && !$0.isPaused
        }
        guard !isRead, let paused = pausedTransfer(on: descriptor), !paused.isMultiplexed else { return false }
        loop.reactor.withValue { $0.rest(descriptor, of: unsafe client) }
        return true
    }

    /// Reads the socket of a transfer again that is no longer paused.
    func watchAgain(_ transfer: Transfer) {
        let descriptor = transfer.state.socket.descriptor
        guard state.sockets.contains(descriptor), !transfer.isMultiplexed else { return }
        _ = loop.reactor.withValue { $0.watch(descriptor, for: .readable, client: unsafe client) }
    }

    private func pausedTransfer(on descriptor: Int32) -> Transfer? {
        state.transfers.first { $0.isRunning && $0.isPaused && $0.state.socket.descriptor == descriptor }
    }
}

extension Transfer {
    /// Whether its answer came over HTTP/2.
    fileprivate var isMultiplexed: Bool { easy.long(CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0) }
}
