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
    /// How many of them a transfer uses.
    private(set) var busy = 0

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
        if record.isInUse { busy += 1 }
    }

    /// Forgets a socket, and tells what was known of it.
    @discardableResult
    mutating func remove(_ descriptor: Int32) -> SocketRecord? {
        let index = index(of: descriptor)
        guard let record = places[index].record else { return nil }
        count -= 1
        if record.isInUse { busy -= 1 }
        closeGap(at: index)
        return record
    }

    /// Notes whether a transfer uses the socket, and since when.
    ///
    /// Returns whether the descriptor is known.
    mutating func setInUse(_ isInUse: Bool, _ descriptor: Int32, at now: MonotonicTime) -> Bool {
        let index = index(of: descriptor)
        guard let wasInUse = places[index].record?.isInUse else { return false }
        guard isInUse != wasInUse else { return true }
        busy += isInUse ? 1 : -1
        places[index].record?.setInUse(isInUse, at: now)
        return true
    }

    /// A request has gone through the socket.
    mutating func setEstablished(_ descriptor: Int32) { places[index(of: descriptor)].record?.isEstablished = true }

    /// The socket's peer, or we ourselves, have closed it.
    mutating func setDead(_ descriptor: Int32) { places[index(of: descriptor)].record?.isDead = true }

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
