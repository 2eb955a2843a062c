internal import CLinux
internal import Glibc

/// What the engine knows of one of its sockets.
struct SocketRecord {
    /// Whether a transfer uses it.
    ///
    /// libcurl takes the socket of a paused transfer out of the set exactly as one that it has no use for.
    var isInUse = false
    /// Whether its peer has closed it; libcurl finds out when it next looks.
    var isDead = false
    /// Whether a request has gone through it.
    ///
    /// libcurl 7.88.1 closes a socket that never got so far, as of the slower of two addresses or of a cancelled
    /// request, without calling the close function (`cf_socket_close`).
    var isEstablished = false
    /// What tells the socket from a later one with its number.
    let identity: SocketIdentity?
    /// How many the engine had opened before it.
    let serial: Int
    let openedAt: MonotonicTime
    /// When a transfer last let go of it.
    var idleSince: MonotonicTime

    init(_ descriptor: Int32, serial: Int, at now: MonotonicTime) {
        identity = SocketIdentity(descriptor)
        self.serial = serial
        openedAt = now
        idleSince = now
    }

    mutating func setInUse(_ isInUse: Bool, at now: MonotonicTime) {
        self.isInUse = isInUse
        idleSince = now
    }

    /// How long it has been open, in nanoseconds.
    func age(at now: MonotonicTime) -> Int64 { max(0, now.nanoseconds - openedAt.nanoseconds) }
}

/// A connection that the engine was told to end.
package struct EndedSocket: Sendable {
    package let descriptor: Int32
    /// How old it was, in nanoseconds.
    package let age: Int64
}

/// An open socket, for those who decide how long it is kept.
package struct SocketFacts: Sendable {
    package let descriptor: Int32
    /// How many the engine had opened before it.
    package let serial: Int
    package let openedAt: MonotonicTime
    /// Since when no transfer uses it; `nil` while one does, a paused one included.
    package let idleSince: MonotonicTime?
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
}
