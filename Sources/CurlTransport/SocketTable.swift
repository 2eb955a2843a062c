/// The sockets of an engine, by their descriptors.
///
/// Descriptors are small numbers that the kernel gives out from the lowest on, so the number is its own hash, and the next
/// free place takes what collides. A dictionary took 900 instructions of a request to hash and to find.
struct SocketTable {
    private struct Place {
        /// -1 for a place that is free.
        var descriptor: Int32 = -1
        var record: SocketRecord?
    }

    /// A power of two of them, at least half of them free.
    private var places: [Place]
    /// Sockets that are open.
    private(set) var count = 0
    /// How many of them a transfer uses, or is connecting on.
    private(set) var busy = 0
    /// How many of the others are known to be dead.
    private(set) var dead = 0
    /// Transfers that use one of the sockets, and it is not known which.
    private(set) var strays = 0
    /// The local ports of sockets that a transfer was begun on; 0 for those in the file system, which have none.
    ///
    /// In no order: looked through for every request, it is faster than a hash up to hundreds of connections.
    private var ports: [(port: Int32, descriptor: Int32)] = []

    private static let smallest = 4

    init() {
        places = Array(repeating: Place(), count: Self.smallest)
    }

    var isEmpty: Bool { count == 0 }

    /// Where the descriptor is, or where it would go.
    private func index(of descriptor: Int32) -> Int {
        let mask = places.count - 1
        var index = Int(truncatingIfNeeded: descriptor) & mask
        while places[index].descriptor != descriptor, places[index].descriptor >= 0 { index = (index + 1) & mask }
        return index
    }

    func contains(_ descriptor: Int32) -> Bool { places[index(of: descriptor)].record != nil }

    subscript(_ descriptor: Int32) -> SocketRecord? { places[index(of: descriptor)].record }

    /// Adds an open socket, or replaces what is known of the descriptor.
    mutating func insert(_ record: SocketRecord, for descriptor: Int32) {
        remove(descriptor)
        if 2 * (count + 1) > places.count { grow() }
        places[index(of: descriptor)] = Place(descriptor: descriptor, record: record)
        count += 1
        count(record, 1)
    }

    /// Forgets a socket, and tells what was known of it.
    @discardableResult
    mutating func remove(_ descriptor: Int32) -> SocketRecord? {
        let index = index(of: descriptor)
        guard let record = places[index].record else { return nil }
        count -= 1
        count(record, -1)
        closeGap(at: index)
        if let place = ports.firstIndex(where: { $0.descriptor == descriptor }) {
            ports.swapAt(place, ports.count - 1)
            ports.removeLast()
        }
        return record
    }

    // MARK: Users

    /// Sockets that no transfer uses, and that one could.
    var idle: Int { max(0, count - busy - dead - strays) }

    /// Whether a transfer uses one of them, or is connecting.
    var isInUse: Bool { busy + strays > 0 }

    /// Counts a socket among those that it belongs to, or no more.
    private mutating func count(_ record: SocketRecord, _ change: Int) {
        if record.isInUse { busy += change } else if record.isDead { dead += change }
    }

    /// Whether no transfer, running or paused, was begun on a socket.
    ///
    /// While it is not known which of them a transfer uses, none is idle.
    func isIdle(_ record: SocketRecord) -> Bool { strays == 0 && !record.isInUse }

    /// The socket with this local port that transfers have been begun on; `nil` when there is none, or more than one.
    func connected(from port: Int32) -> Int32? {
        var found: Int32?
        for entry in ports where entry.port == port {
            guard found == nil else { return nil }
            found = entry.descriptor
        }
        return found
    }

    /// A transfer is begun on a socket.
    ///
    /// Returns what it gives back when it ends, and whether a transfer was begun on the socket before.
    mutating func begin(_ descriptor: Int32, from port: Int32) -> (use: SocketUse, isKept: Bool) {
        let index = index(of: descriptor)
        guard let record = places[index].record else { return (beginSomewhere(), false) }
        if !record.isInUse {
            count(record, -1)
            busy += 1
        }
        places[index].record?.begin()
        if !record.isConnected { ports.append((port, descriptor)) }
        return (SocketUse(descriptor: descriptor, serial: record.serial), record.isConnected)
    }

    /// A transfer is begun on one of the sockets, and it is not known which.
    mutating func beginSomewhere() -> SocketUse {
        strays += 1
        return .unknown
    }

    /// A transfer has ended, or goes to another socket.
    ///
    /// Returns whether its socket, or any socket, may be idle now.
    mutating func end(_ use: SocketUse, at now: MonotonicTime) -> Bool {
        if use == .unknown {
            strays -= 1
            return strays == 0
        }
        let index = index(of: use.descriptor)
        // The socket may be closed by now, and its number given to another.
        guard let record = places[index].record, record.serial == use.serial, record.users > 0 else { return false }
        places[index].record?.end(at: now)
        guard record.users == 1 else { return false }
        busy -= 1
        if record.isDead { dead += 1 }
        return true
    }

    /// The transfer that a socket was opened for has ended before it sent anything, and libcurl keeps the socket.
    mutating func setConnected(_ descriptor: Int32, from port: Int32) {
        let index = index(of: descriptor)
        guard let record = places[index].record, !record.isConnected else { return }
        busy -= 1
        if record.isDead { dead += 1 }
        places[index].record?.isConnected = true
        ports.append((port, descriptor))
    }

    // MARK: Facts

    /// Notes what is spoken on the socket that a transfer was begun on.
    mutating func setSpoken(_ spoken: SpokenProtocol, on use: SocketUse) {
        let index = index(of: use.descriptor)
        guard places[index].record?.serial == use.serial else { return }
        places[index].record?.protocolSpoken = spoken
    }

    /// TLS is spoken on a socket.
    mutating func setSecure(_ descriptor: Int32) { places[index(of: descriptor)].record?.isSecure = true }

    /// Notes whether something has happened to a socket that is to be looked into when it is idle.
    mutating func setUnwatched(_ isUnwatched: Bool, _ descriptor: Int32) {
        places[index(of: descriptor)].record?.isUnwatched = isUnwatched
    }

    /// The socket's peer, or we ourselves, have closed it.
    ///
    /// Returns whether that was news.
    mutating func setDead(_ descriptor: Int32) -> Bool {
        let index = index(of: descriptor)
        guard let record = places[index].record, !record.isDead else { return false }
        places[index].record?.isDead = true
        if !record.isInUse { dead += 1 }
        return true
    }

    /// How many are not known to be dead; O(n).
    var livingCount: Int { places.count { $0.record.map { !$0.isDead } ?? false } }

    /// Whether one of the sockets is such that `predicate` holds.
    func contains(where predicate: (_ descriptor: Int32) -> Bool) -> Bool {
        places.contains { $0.record != nil && predicate($0.descriptor) }
    }

    /// The sockets, in no order.
    var all: [(descriptor: Int32, record: SocketRecord)] {
        places.compactMap { place in place.record.map { (place.descriptor, $0) } }
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: Place(), count: 2 * old.count)
        for place in old where place.descriptor >= 0 { places[index(of: place.descriptor)] = place }
    }

    /// Frees a place, and moves up those behind it that would not be found past it.
    private mutating func closeGap(at index: Int) {
        let mask = places.count - 1
        var (gap, next) = (index, (index + 1) & mask)
        while places[next].descriptor >= 0 {
            let home = Int(truncatingIfNeeded: places[next].descriptor) & mask
            // How far it has been pushed from home, against how far away the gap is.
            if (next - home) & mask >= (next - gap) & mask {
                places[gap] = places[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        places[gap] = Place()
    }
}
