internal import CCurl
internal import CLinux
internal import Glibc

/// Sockets that nobody uses: counted, watched and ended.
extension TransferEngine {
    /// Sockets that are open.
    package var openSockets: Int { state.sockets.count }

    /// Sockets that it has opened, whatever became of them.
    package var socketsOpened: Int { state.socketsOpened }

    /// Whether the descriptor is one of its sockets.
    package func watches(_ descriptor: Int32) -> Bool { state.sockets.contains(descriptor) }

    /// Sockets that no transfer uses, those left out that have been ended and that libcurl has yet to close.
    package var idleSockets: Int { state.sockets.idle }

    /// Whether a transfer uses one of its sockets, or is connecting.
    package var usesSockets: Bool { state.sockets.isInUse }

    /// Sockets that are open and not known to be dead; O(n).
    package var livingCount: Int { state.sockets.livingCount }

    /// Whether sockets have been opened or closed since the client last set this to false.
    package var socketsHaveChanged: Bool {
        get { state.socketsHaveChanged }
        set { state.socketsHaveChanged = newValue }
    }

    /// Bytes have come on a socket at rest, or its peer has closed it.
    ///
    /// A connection that the peer has closed is read to its end: libcurl 7.88.1 does not see the end of a TLS connection, whose
    /// last record looks to it like data, and with six such connections the next request fails (curl/curl#11534). One on which
    /// a server speaks unasked is ended: what it says must not be taken for an answer (RFC 9112, section 9.2).
    ///
    /// - Returns: If one of its sockets that nobody uses has come to its end, and that was news, how old it was in nanoseconds.
    package func idleSocketReady(_ descriptor: Int32, _ events: PollEvents) -> Int64? {
        guard let record = state.sockets[descriptor] else { return nil }
        guard state.sockets.isIdle(record) else {
            // What a paused transfer has not read yet is its reader's. It is looked into when the transfer has ended.
            state.sockets.setUnwatched(true, descriptor)
            return nil
        }
        guard record.identity == SocketIdentity(descriptor) else {
            forget(descriptor)
            return nil
        }
        if !events.contains(.hungUp) {
            switch SocketProbe.input(of: descriptor) {
            case .none:
                // They were read by a transfer that has ended since.
                loop.reactor.withValue { $0.watchIdle(descriptor, of: unsafe client) }
                return nil
            case .bytes where mayBringBytes(record): return nil
            case .bytes, .end: break
            }
        }
        setDead(descriptor)
        SocketProbe.end(descriptor)
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
        for (descriptor, record) in state.sockets.all
        where alive > count && !record.isDead && state.sockets.isIdle(record) {
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
            guard let record = state.sockets[descriptor], !record.isDead, state.sockets.isIdle(record) else { continue }
            end(descriptor, record)
            ended.append(EndedSocket(descriptor: descriptor, age: record.age(at: now)))
        }
        if running == 0, !state.sockets.isEmpty, state.sockets.livingCount == 0 { dropConnections() }
        return ended
    }

    private func end(_ descriptor: Int32, _ record: SocketRecord) {
        // libcurl may have closed it without a word, and its number be somebody else's.
        if record.identity == SocketIdentity(descriptor) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        setDead(descriptor)
    }

    /// A connection has ended, although its socket stays open until libcurl looks at it: it counts as closed from now on.
    func setDead(_ descriptor: Int32) {
        guard state.sockets.setDead(descriptor) else { return }
        state.counters.connectionsEnded += 1
        state.socketsHaveChanged = true
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
                    idleSince: state.sockets.isIdle(record) ? record.idleSince : nil
                )
        }
    }
}
