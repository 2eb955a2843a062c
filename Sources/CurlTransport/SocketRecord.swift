internal import CLinux
internal import Glibc

/// What the engine knows of one of its sockets.
struct SocketRecord {
    /// Transfers that were begun on it and have not ended, paused ones included.
    ///
    /// Counted by the engine: libcurl tells of a socket only when what it wants of it changes, and wants nothing of the socket
    /// of a paused transfer, nor of one whose answer was there before it looked.
    private(set) var users = 0
    /// Whether a connection has come of it: a request was about to be sent on it, or has been.
    ///
    /// Until then it belongs to the transfer that libcurl opened it for. libcurl 7.88.1 closes such a socket, as of the
    /// slower of two addresses or of a cancelled request, without calling the close function (`cf_socket_close`).
    var isConnected = false
    /// Whether its peer has closed it, or we have ended it; libcurl finds out when it next looks.
    var isDead = false
    /// Whether something has happened to it that was not looked into, because it was in use.
    var isUnwatched = false
    /// Whether TLS is spoken on it.
    var isSecure = false
    /// What it speaks, once an answer has shown it.
    var protocolSpoken: SpokenProtocol?
    /// What tells the socket from a later one with its number.
    let identity: SocketIdentity?
    /// How many the engine had opened before it.
    let serial: Int
    /// The use of the transfer that it was opened for.
    let opener: UInt64
    let openedAt: MonotonicTime
    /// When a transfer last let go of it.
    private(set) var idleSince: MonotonicTime

    init(_ descriptor: Int32, serial: Int, opener: UInt64, at now: MonotonicTime) {
        identity = SocketIdentity(descriptor)
        self.serial = serial
        self.opener = opener
        openedAt = now
        idleSince = now
    }

    /// Whether a transfer uses it, or is connecting on it.
    var isInUse: Bool { users > 0 || !isConnected }

    mutating func begin() {
        users += 1
        isConnected = true
    }

    mutating func end(at now: MonotonicTime) {
        users -= 1
        idleSince = now
    }

    /// How long it has been open, in nanoseconds.
    func age(at now: MonotonicTime) -> Int64 { max(0, now.nanoseconds - openedAt.nanoseconds) }
}

/// What is spoken on a connection, as far as it matters to who may say something when.
enum SpokenProtocol {
    /// A server only answers.
    case http1
    /// A server may send frames at any time.
    case http2
}

/// The socket that a transfer was begun on.
struct SocketUse: Hashable {
    let descriptor: Int32
    /// Tells it from a later socket with its number.
    let serial: Int

    /// None: the transfer waits, or is connecting.
    static let none = SocketUse(descriptor: -1, serial: -1)
    /// One of the engine's, and it is not known which.
    static let unknown = SocketUse(descriptor: -2, serial: -1)
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
    /// Connections made: an address that refuses is none, nor one that another address was faster than.
    package var connectionsMade = 0
    /// Connections that have ended.
    package var connectionsEnded = 0

    /// Nothing has happened yet.
    package init() {}
}
