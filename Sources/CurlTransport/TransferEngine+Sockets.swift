internal import CCurl
internal import CLinux
internal import Glibc

/// What the engine knows of one of its sockets.
struct SocketRecord {
    /// Whether libcurl waits for it: a transfer uses it.
    var isBusy = false
    /// Whether its peer has closed it; libcurl finds out when it next looks.
    var isDead = false
    /// Whether a request has gone through it.
    ///
    /// libcurl 7.88.1 closes a socket that never got so far, as of the slower of two addresses or of a cancelled
    /// request, without calling the close function (`cf_socket_close`).
    var isEstablished = false
    /// What tells the socket from a later one with its number.
    let identity: SocketIdentity?
    /// The transfer that uses it although libcurl does not wait for it, because its reader is slow.
    var pausedTransfer: UInt64?

    /// Notes what libcurl wants of it.
    mutating func note(_ what: Int32, pausedTransfer: UInt64?) {
        isBusy = what != CURL_POLL_REMOVE
        self.pausedTransfer = pausedTransfer
    }

    init(_ descriptor: Int32) {
        identity = SocketIdentity(descriptor)
    }
}

/// The kernel's own name for an open file, which a descriptor's number is not.
struct SocketIdentity: Equatable {
    private let device: UInt
    private let inode: UInt

    /// The identity of an open descriptor; `nil` when it is not open.
    init?(_ descriptor: Int32) {
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { return nil }
        (device, inode) = (UInt(facts.st_dev), UInt(facts.st_ino))
    }
}

/// What an engine has counted, where it happened.
package struct EngineCounters: Sendable, Hashable {
    /// Sockets opened.
    package var socketsOpened = 0
    /// Sockets closed.
    package var socketsClosed = 0
    /// Transfers that ended with a response.
    package var succeeded = 0
    /// Transfers that ended without one.
    package var failed = 0
    /// Transfers that a kept connection served.
    package var reused = 0
    /// Connections that transfers opened.
    package var connectionsOpened = 0
    /// TLS handshakes that transfers waited for.
    package var tlsHandshakes = 0
    /// Requests that libcurl sent again.
    package var resends = 0

    mutating func transferEnded(_ outcome: Result<TransferMetrics, TransferFailure>, sendAttempts: Int) {
        resends += max(0, sendAttempts - 1)
        switch outcome {
        case .success(let metrics):
            succeeded += 1
            connectionsOpened += metrics.connectionsOpened
            if metrics.connectionsOpened == 0 { reused += 1 }
            if metrics.connectionsOpened > 0, metrics.tlsHandshake > .zero { tlsHandshakes += 1 }
        case .failure:
            failed += 1
        }
    }
}

/// Sockets: opened, closed, and watched while nobody uses them.
extension TransferEngine {
    /// Sockets that are open.
    package var openSockets: Int { sockets.count }

    /// Whether the descriptor is one of its sockets.
    package func watches(_ descriptor: Int32) -> Bool { sockets[descriptor] != nil }

    /// Sockets that are open and used by no transfer.
    ///
    /// On HTTP/1.1 every transfer that has a connection has one of its own, so nothing needs to be counted through.
    package var idleSockets: Int {
        guard running > 0 else { return sockets.count }
        return options.httpVersion == .http1
            ? max(0, sockets.count - running) : sockets.values.count { !isInUse($0) }
    }

    /// Whether a transfer uses the socket.
    ///
    /// libcurl takes the socket of a paused transfer out of the set exactly as one that it has no use for.
    private func isInUse(_ record: SocketRecord) -> Bool {
        record.isBusy || record.pausedTransfer.map { transfer($0) != nil } ?? false
    }

    /// The peer of an idle socket has closed it.
    ///
    /// libcurl 7.88.1 does not see that of a TLS connection: the last record looks to it like data, and with six such
    /// connections the next request fails (curl/curl#11534). Read to the end, the socket shows it what has happened.
    package func idleSocketHungUp(_ descriptor: Int32) {
        // What a paused transfer has not read yet is its reader's: libcurl sees the end when the reader has caught up.
        guard let record = sockets[descriptor], !isInUse(record) else { return }
        sockets[descriptor]?.isDead = true
        Self.drain(descriptor)
        if running == 0, sockets.values.allSatisfy(\.isDead) { dropConnections() }
    }

    /// Ends connections that no transfer uses, so that at most `count` are left.
    ///
    /// libcurl before 8.16 cannot close one: the peer is told, and libcurl finds a dead connection when it next looks.
    package func closeIdleSockets(keeping count: Int) {
        var alive = sockets.values.count { !$0.isDead }
        for (descriptor, record) in sockets where alive > count && !isInUse(record) && !record.isDead {
            shutdown(descriptor, Int32(SHUT_RDWR))
            sockets[descriptor]?.isDead = true
            alive -= 1
        }
        if running == 0, sockets.values.allSatisfy(\.isDead) { dropConnections() }
    }

    private static func drain(_ descriptor: Int32) {
        unsafe withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            while unsafe recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
    }

    fileprivate func socketOpened(_ descriptor: Int32) {
        if sockets[descriptor] != nil {
            // Its predecessor was closed without a word. libcurl takes the number for one that is watched already.
            counters.socketsClosed += 1
            loop.reactor.withValue { $0.renew(descriptor) }
        }
        sockets[descriptor] = SocketRecord(descriptor)
        counters.socketsOpened += 1
    }

    /// Forgets a socket that libcurl has closed without a word.
    ///
    /// Its number may be somebody else's by now.
    func forgetIfClosed(_ descriptor: Int32) {
        guard let record = sockets[descriptor], record.identity != SocketIdentity(descriptor) else { return }
        forget(descriptor)
    }

    /// Forgets the sockets that are left when their multi handle is gone.
    func forgetSockets() {
        for descriptor in sockets.keys { forget(descriptor) }
    }

    private func forget(_ descriptor: Int32) {
        guard sockets.removeValue(forKey: descriptor) != nil else { return }
        counters.socketsClosed += 1
        loop.reactor.withValue { $0.forget(descriptor, of: client) }
    }

    fileprivate func socketClosed(_ descriptor: Int32) {
        loop.reactor.withValue { $0.forget(descriptor) }
        if sockets.removeValue(forKey: descriptor) != nil { counters.socketsClosed += 1 }
        Glibc.close(descriptor)
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
    if descriptor >= 0 { unsafe engine(context).socketOpened(descriptor) }
    return descriptor
}

nonisolated func engineCloseFunction(context: UnsafeMutableRawPointer, descriptor: curl_socket_t) -> Int32 {
    unsafe engine(context).socketClosed(descriptor)
    return 0
}
