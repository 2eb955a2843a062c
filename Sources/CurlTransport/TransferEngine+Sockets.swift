internal import CCurl
internal import CLinux
internal import Glibc

/// Sockets: opened, closed, and watched while nobody uses them.
extension TransferEngine {
    /// Sockets that are open.
    package var openSockets: Int { state.sockets.count }

    /// Whether the descriptor is one of its sockets.
    package func watches(_ descriptor: Int32) -> Bool { state.sockets.contains(descriptor) }

    /// Sockets that are open and used by no transfer.
    package var idleSockets: Int { state.sockets.count - state.sockets.busy }

    /// Sockets that are open and not known to be dead; O(n).
    package var livingCount: Int { state.sockets.livingCount }

    /// Whether sockets have been opened or closed since the client last set this to false.
    package var socketsHaveChanged: Bool {
        get { state.socketsHaveChanged }
        set { state.socketsHaveChanged = newValue }
    }

    /// The peer of an idle socket has closed it.
    ///
    /// libcurl 7.88.1 does not see that of a TLS connection: the last record looks to it like data, and with six such
    /// connections the next request fails (curl/curl#11534). Read to the end, the socket shows it what has happened.
    ///
    /// - Returns: If that was news of one of its sockets that nobody uses, how old it was in nanoseconds.
    package func idleSocketHungUp(_ descriptor: Int32) -> Int64? {
        // What a paused transfer has not read yet is its reader's: libcurl sees the end when the reader has caught up.
        guard let record = state.sockets[descriptor], !record.isInUse else { return nil }
        state.sockets.setDead(descriptor)
        Self.drain(descriptor)
        if running == 0, state.sockets.livingCount == 0 { dropConnections() }
        return record.isDead ? nil : record.age(at: .now)
    }

    /// Ends connections that no transfer uses, so that at most `count` are left.
    ///
    /// libcurl before 8.16 cannot close one: the peer is told, and libcurl finds a dead connection when it next looks.
    ///
    /// - Returns: What was ended.
    package func closeIdleSockets(keeping count: Int) -> [EndedSocket] {
        var alive = livingCount
        var surplus: [Int32] = []
        for (descriptor, record) in state.sockets.all where alive > count && !record.isInUse && !record.isDead {
            surplus.append(descriptor)
            alive -= 1
        }
        return closeIdleSockets(surplus)
    }

    /// Ends these connections, those that a transfer uses left out.
    ///
    /// - Returns: What was ended.
    package func closeIdleSockets(_ descriptors: [Int32]) -> [EndedSocket] {
        let now = MonotonicTime.now
        var ended: [EndedSocket] = []
        for descriptor in descriptors {
            guard let record = state.sockets[descriptor], !record.isInUse, !record.isDead else { continue }
            end(descriptor, record)
            ended.append(EndedSocket(descriptor: descriptor, age: record.age(at: now)))
        }
        if running == 0, !state.sockets.isEmpty, state.sockets.livingCount == 0 { dropConnections() }
        return ended
    }

    private func end(_ descriptor: Int32, _ record: SocketRecord) {
        // libcurl may have closed it without a word, and its number be somebody else's.
        if record.identity == SocketIdentity(descriptor) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        state.sockets.setDead(descriptor)
    }

    /// Its connections, without those that have been ended.
    package var livingSockets: [SocketFacts] {
        state.sockets.all.compactMap { descriptor, record in
            record.isDead
                ? nil
                : SocketFacts(
                    descriptor: descriptor,
                    serial: record.serial,
                    openedAt: record.openedAt,
                    idleSince: record.isInUse ? nil : record.idleSince
                )
        }
    }

    private static func drain(_ descriptor: Int32) {
        unsafe withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            while unsafe recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
    }

    fileprivate func socketOpened(_ descriptor: Int32) {
        if noteClosed(descriptor) {
            // Its predecessor was closed without a word. libcurl takes the number for one that is watched already.
            loop.reactor.withValue { $0.renew(descriptor) }
        }
        let record = SocketRecord(descriptor, serial: state.counters.socketsOpened, at: state.now)
        state.sockets.insert(record, for: descriptor)
        state.counters.socketsOpened += 1
        state.hasNewSocket = true
        state.socketsHaveChanged = true
    }

    fileprivate func socketClosed(_ descriptor: Int32) {
        loop.reactor.withValue { $0.forget(descriptor) }
        _ = noteClosed(descriptor)
        Glibc.close(descriptor)
    }

    /// Looks whether libcurl has closed a socket that it lets go of, when no request has gone through it.
    func checkReleased(_ descriptor: Int32, by transfer: Transfer?) {
        if transfer?.wasSent == true { return state.sockets.setEstablished(descriptor) }
        guard let record = state.sockets[descriptor], !record.isEstablished,
            record.identity != SocketIdentity(descriptor)
        else { return }
        forget(descriptor)
    }

    /// How old the sockets were that have been closed since the last call, those left out of whose end the client was
    /// told; `nil` for one that never carried a request.
    package func takeClosedAges() -> [Int64?] {
        guard !state.closedAges.isEmpty else { return [] }
        defer { state.closedAges = [] }
        return state.closedAges
    }

    /// Forgets the sockets that are left when their multi handle is gone.
    func forgetSockets() {
        for (descriptor, _) in state.sockets.all { forget(descriptor) }
    }

    /// Forgets a socket that is closed; its number may be another session's by now.
    private func forget(_ descriptor: Int32) {
        guard noteClosed(descriptor) else { return }
        loop.reactor.withValue { $0.forget(descriptor, of: unsafe client) }
    }

    /// Counts a socket as closed.
    ///
    /// Returns whether it was one of the engine's.
    private func noteClosed(_ descriptor: Int32) -> Bool {
        guard let record = state.sockets.remove(descriptor) else { return false }
        if !state.http2Endings.isEmpty { state.http2Endings[descriptor] = nil }
        state.counters.socketsClosed += 1
        state.socketsHaveChanged = true
        // Of one that is dead the client knows already. One that never carried a request was no connection.
        if !record.isDead { state.closedAges.append(record.isEstablished ? record.age(at: .now) : nil) }
        return true
    }
}

// MARK: - C callbacks

private nonisolated func engine(_ context: UnsafeMutableRawPointer) -> TransferEngine {
    unsafe Unmanaged<TransferEngine>.fromOpaque(context).takeUnretainedValue()
}

/// Opens a socket that a program started by this process does not inherit.
nonisolated func engineOpenFunction(
    context: UnsafeMutableRawPointer,
    purpose: curlsocktype,
    address: UnsafeMutablePointer<curl_sockaddr>
) -> curl_socket_t {
    let kind = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = unsafe socket(address.pointee.family, kind, address.pointee.protocol)
    guard descriptor >= 0 else { return descriptor }
    let engine = unsafe engine(context)
    if let timeout = engine.options.userTimeout, unsafe address.pointee.family != AF_UNIX {
        var milliseconds = UInt32(clamping: timeout)
        // Without it a request on a connection whose peer has vanished is sent again by the kernel for a quarter of an
        // hour (tcp(7), tcp_retries2). A kernel that does not know it is no reason to fail.
        _ = unsafe setsockopt(
            descriptor,
            Int32(IPPROTO_TCP),
            TCP_USER_TIMEOUT,
            &milliseconds,
            socklen_t(MemoryLayout<UInt32>.size)
        )
    }
    engine.socketOpened(descriptor)
    return descriptor
}

nonisolated func engineCloseFunction(context: UnsafeMutableRawPointer, descriptor: curl_socket_t) -> Int32 {
    unsafe engine(context).socketClosed(descriptor)
    return 0
}
