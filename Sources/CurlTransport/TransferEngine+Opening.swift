internal import CCurl
internal import CLinux
internal import Glibc

/// Sockets: opened, given to transfers, let go of and closed.
///
/// One truth: a socket is idle only when no transfer, running or paused, was begun on it. The engine counts that by itself.
extension TransferEngine {
    // MARK: Opened and closed

    fileprivate func socketOpened(_ descriptor: Int32, for transfer: Transfer) {
        // Its predecessor may have been closed without a word. libcurl takes the number for one that is watched already.
        let wasOpen = noteClosed(descriptor)
        loop.reactor.withValue { $0.opened(descriptor, by: unsafe client, wasOpen: wasOpen) }
        let serial = state.socketsOpened
        let record = SocketRecord(descriptor, serial: serial, opener: transfer.id, at: state.now)
        state.sockets.insert(record, for: descriptor)
        (transfer.state.opensSockets, transfer.state.lastOpened) = (true, descriptor)
        state.socketsOpened += 1
        state.hasNewSocket = true
        guard transfer.wasSent else { return }
        transfer.state.deadlines.reconnects(at: state.now)
        rearmTimer(of: transfer)
    }

    fileprivate func socketClosed(_ descriptor: Int32) {
        loop.reactor.withValue { $0.forget(descriptor) }
        _ = noteClosed(descriptor)
        Glibc.close(descriptor)
    }

    /// Limits for how long a peer may not acknowledge what is sent.
    ///
    /// Without it a request on a connection whose peer has vanished is sent again by the kernel for a quarter of an hour
    /// (tcp(7), tcp_retries2). A kernel that does not know it is no reason to fail.
    fileprivate func limitSilence(on descriptor: Int32) {
        guard let timeout = options.userTimeout else { return }
        var milliseconds = UInt32(clamping: timeout)
        let size = socklen_t(MemoryLayout<UInt32>.size)
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, size)
    }

    // MARK: Begun on and let go of

    /// Notes on which socket a transfer is about to be sent.
    ///
    /// libcurl does not say which (`CURLINFO_ACTIVESOCKET` is none until the transfer has ended); it says from which port.
    ///
    /// Returns whether it is a connection that was kept from an earlier transfer, `nil` when it is not known which it is.
    func begin(_ transfer: Transfer, from port: Int32) -> Bool? {
        let old = transfer.state.socket
        let port = max(0, port)
        let descriptor =
            newSocket(from: port, for: transfer) ?? state.sockets.connected(from: port)
            ?? newSocket(from: port, for: nil)
        let isKept: Bool?
        if let descriptor {
            let (use, kept) = state.sockets.begin(descriptor, from: port)
            (transfer.state.socket, isKept) = (use, kept)
            if !kept { noteConnected() }
            if !kept, transfer.state.isSecure || options.proxy.hasPrefix("https:") {
                state.sockets.setSecure(descriptor)
            }
        } else {
            transfer.state.socket = state.sockets.beginSomewhere()
            isKept = nil
        }
        letGo(of: old, by: transfer)
        if transfer.state.opensSockets { settleOpened(by: transfer) }
        return isKept
    }

    private func noteConnected() {
        state.counters.connectionsMade += 1
        state.socketsHaveChanged = true
    }

    /// A socket that is connected from this port and that nothing was sent on, opened for this transfer or for any.
    private func newSocket(from port: Int32, for transfer: Transfer?) -> Int32? {
        // Sockets in the file system have no port: another's cannot be told from this one's.
        guard transfer.map(\.state.opensSockets) ?? (port > 0) else { return nil }
        let found = state.sockets.all.filter { descriptor, record in
            !record.isConnected && (transfer == nil || record.opener == transfer?.id)
                && SocketProbe.localPort(of: descriptor) == port
        }
        return found.count == 1 ? found.first?.descriptor : nil
    }

    /// A transfer has ended, or begins anew: its sockets are others' now.
    func letGoOfSockets(_ transfer: Transfer) {
        let socket = transfer.state.socket
        transfer.state.socket = .none
        letGo(of: socket, by: transfer)
        guard transfer.state.opensSockets else { return }
        settleOpened(by: transfer)
        transfer.state.opensSockets = false
    }

    private func letGo(of socket: SocketUse, by transfer: Transfer) {
        guard socket != .none else { return }
        if socket != .unknown, let spoken = transfer.state.spoken { state.sockets.setSpoken(spoken, on: socket) }
        guard state.sockets.end(socket, at: state.now) else { return }
        if socket != .unknown {
            watchAgain(socket.descriptor)
        } else {
            for (descriptor, _) in state.sockets.all { watchAgain(descriptor) }
        }
    }

    /// Asks once more what has happened to a socket while it was in use.
    private func watchAgain(_ descriptor: Int32) {
        guard let record = state.sockets[descriptor], record.isUnwatched, state.sockets.isIdle(record) else { return }
        state.sockets.setUnwatched(false, descriptor)
        loop.reactor.withValue { $0.watchIdle(descriptor, of: unsafe client) }
    }

    /// Looks what has become of sockets that were opened for a transfer and are not its connection.
    private func settleOpened(by transfer: Transfer) {
        for (descriptor, record) in state.sockets.all where !record.isConnected && record.opener == transfer.id {
            if record.identity != SocketIdentity(descriptor) {
                forget(descriptor)
            } else if transfer.state.socket == .none, let port = SocketProbe.localPort(of: descriptor) {
                // libcurl keeps what the transfer has not come to use.
                state.sockets.setConnected(descriptor, from: port)
                noteConnected()
            }
        }
    }

    /// Whether a socket that libcurl names is the engine's, and not one of the resolver that has got the number of a socket
    /// which was closed without a word.
    func owns(_ descriptor: Int32) -> Bool {
        guard let record = state.sockets[descriptor] else { return false }
        guard !record.isConnected, record.identity != SocketIdentity(descriptor) else { return true }
        forget(descriptor)
        return false
    }

    // MARK: Forgotten

    /// How old the connections were that have ended since the last call, those left out of whose end the client was told.
    package func takeClosedAges() -> [Int64] {
        guard !state.closedAges.isEmpty else { return [] }
        defer { state.closedAges = [] }
        return state.closedAges
    }

    /// Forgets the sockets that are left when their multi handle is gone.
    func forgetSockets() {
        for (descriptor, _) in state.sockets.all { forget(descriptor) }
    }

    /// Forgets a socket that is closed; its number may be another session's by now.
    func forget(_ descriptor: Int32) {
        guard noteClosed(descriptor) else { return }
        loop.reactor.withValue { $0.forget(descriptor, of: unsafe client) }
    }

    /// Counts a socket as closed.
    ///
    /// Returns whether it was one of the engine's.
    private func noteClosed(_ descriptor: Int32) -> Bool {
        guard let record = state.sockets.remove(descriptor) else { return false }
        if !state.http2Endings.isEmpty { state.http2Endings[descriptor] = nil }
        // One that is dead was counted when it ended.
        guard record.isConnected, !record.isDead else { return true }
        state.counters.connectionsEnded += 1
        state.socketsHaveChanged = true
        state.closedAges.append(record.age(at: .now))
        return true
    }
}

// MARK: - C callbacks

/// Opens a socket that a program started by this process does not inherit.
nonisolated func engineOpenFunction(
    context: UnsafeMutableRawPointer,
    purpose: curlsocktype,
    address: UnsafeMutablePointer<curl_sockaddr>
) -> curl_socket_t {
    let kind = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = unsafe socket(address.pointee.family, kind, address.pointee.protocol)
    let code = errno
    return unsafe Unmanaged<Transfer>.fromOpaque(context)._withUnsafeGuaranteedRef { transfer in
        guard descriptor >= 0 else {
            transfer.state.openError = code
            return descriptor
        }
        transfer.withEngine { engine in
            if unsafe address.pointee.family != AF_UNIX { engine.limitSilence(on: descriptor) }
            engine.socketOpened(descriptor, for: transfer)
        }
        return descriptor
    }
}

nonisolated func engineCloseFunction(context: UnsafeMutableRawPointer, descriptor: curl_socket_t) -> Int32 {
    let engine = unsafe Unmanaged<TransferEngine>.fromOpaque(context)
    unsafe engine._withUnsafeGuaranteedRef { $0.socketClosed(descriptor) }
    return 0
}
