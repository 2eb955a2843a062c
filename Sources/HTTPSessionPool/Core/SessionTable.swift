/// Which session belongs to which key, how many there may be, and which one goes when there is no room.
///
/// Hits, insertions and removals are O(1): a dictionary look-up. When a value was last used it says itself, for most of
/// its uses do not come by the table; the table reads it when something has to go, and brings its list, whose front is
/// the eviction end, into that order as far as it needs to.
///
/// The table only decides; closing what was evicted is up to the caller. To admit a key, ask ``admit(_:retire:)`` until
/// it answers something other than ``Admission/evict(_:_:)``, and on ``Admission/vacancy`` insert.
///
/// A capacity of 0 means "pool nothing": every admission of a new key is answered with ``Admission/full``.
package struct SessionTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// The answer to a key that asks for its place.
    package enum Admission {
        /// The key has a value already, to which this is a use.
        case existing(Value)
        /// There is room: ``SessionTable/insert(_:for:)`` may follow.
        case vacancy
        /// This one was removed to make room. After the capacity was lowered one may not be enough: ask again.
        case evict(Key, Value)
        /// There is no room, and nothing that would retire.
        case full
    }

    /// What stands in the order of eviction.
    private struct Entry: Sendable {
        let key: Key
        let value: Value
        /// Its last use as far as the order knows of it; it may have been used since.
        var use: UInt64
    }

    /// What a key leads to: the value as well, so that a hit reads one entry and not two.
    private struct Place: Sendable {
        let token: LinkedSlots<Entry>.Token
        let value: Value
    }

    /// How many values there may be; a smaller number than ``count`` removes nothing by itself.
    package var capacity: Int {
        didSet { Self.check(capacity) }
    }

    /// Which value goes first.
    package let eviction: EvictionPolicy

    /// When a value was last used: numbers that grow with every use of any of them.
    private let lastUse: @Sendable (Value) -> UInt64
    /// By their use as far as it is known, and so in the order of creation with ``EvictionPolicy/fifo``.
    private var entries = LinkedSlots<Entry>()
    private var places: [Key: Place] = [:]

    /// An empty table.
    ///
    /// - Parameters:
    ///   - capacity: How many values there may be.
    ///   - eviction: Which value goes first.
    ///   - lastUse: When a value was last used, which only ``EvictionPolicy/lru`` asks: numbers that grow with every use
    ///     of any of them; being inserted is one.
    package init(capacity: Int, eviction: EvictionPolicy, lastUse: @escaping @Sendable (Value) -> UInt64) {
        Self.check(capacity)
        self.capacity = capacity
        self.eviction = eviction
        self.lastUse = lastUse
    }

    private static func check(_ capacity: Int) {
        precondition(capacity >= 0, "SessionTable: the capacity is \(capacity), it must not be negative")
    }
}

// MARK: - State

extension SessionTable {
    /// How many values there are.
    package var count: Int { entries.count }

    /// Whether there is no value.
    package var isEmpty: Bool { entries.isEmpty }

    /// The values, in no order; O(n).
    package var values: [Value] { entries.elements.map(\.value) }

    /// The value of `key`, if it has one; whether that is a use of it is up to the caller.
    package func value(for key: Key) -> Value? {
        places[key]?.value
    }
}

// MARK: - Look-up and admission

extension SessionTable {
    /// Finds `key` a place: its own, a free one, or that of a value which agrees to go.
    ///
    /// - Parameters:
    ///   - key: Who asks.
    ///   - retire: Asked of one value after the other from the eviction end, until one answers true: that one is
    ///     removed. A busy session answers false and stays.
    /// - Returns: What to do now.
    package mutating func admit(_ key: Key, retire: (Value) -> Bool) -> Admission {
        if let value = value(for: key) { return .existing(value) }
        if count < capacity { return .vacancy }
        guard capacity > 0, let evicted = evict(retire) else { return .full }
        return .evict(evicted.key, evicted.value)
    }

    private mutating func evict(_ retire: (Value) -> Bool) -> Entry? {
        var (previous, current) = (nil as LinkedSlots<Entry>.Token?, entries.firstToken)
        while let token = current {
            if eviction == .lru, bringUpToDate(from: token) {
                // Another stands here now: those that were used since have gone to their places, none of them before.
                current = previous.map { entries.token(after: $0) } ?? entries.firstToken
            } else if let entry = entries.element(token), retire(entry.value) {
                places[entry.key] = nil
                return entries.remove(token)
            } else {
                (previous, current) = (token, entries.token(after: token))
            }
        }
        return nil
    }

    /// Moves those that follow each other from `start` on and were used since to the places that their uses give them.
    ///
    /// Returns whether there were any.
    private mutating func bringUpToDate(from start: LinkedSlots<Entry>.Token) -> Bool {
        var moved: [LinkedSlots<Entry>.Token] = []
        var next: LinkedSlots<Entry>.Token? = start
        while let token = next, var entry = entries.element(token) {
            let use = lastUse(entry.value)
            next = entries.token(after: token)
            // The last one has nowhere to go.
            guard use > entry.use, next != nil || !moved.isEmpty else { break }
            entry.use = use
            _ = entries.exchange(token, with: entry)
            moved.append(token)
        }
        entries.sortIn(moved) { $0.use < $1.use }
        return !moved.isEmpty
    }
}

// MARK: - Changes

extension SessionTable {
    /// Puts the value of a new key into its place, as the youngest.
    ///
    /// The key must not have a value: overwriting it would lose a session without closing it.
    package mutating func insert(_ value: Value, for key: Key) {
        precondition(places[key] == nil, "SessionTable: the key has a value already; remove it first")
        let entry = Entry(key: key, value: value, use: lastUse(value))
        places[key] = Place(token: entries.append(entry), value: value)
    }

    /// Puts another value into the place of each; O(n).
    package mutating func replaceValues(_ replacement: (Value) -> Value) {
        for token in entries.tokens {
            guard let entry = entries.element(token) else { continue }
            let value = replacement(entry.value)
            _ = entries.exchange(token, with: Entry(key: entry.key, value: value, use: entry.use))
            places[entry.key] = Place(token: token, value: value)
        }
    }

    /// Removes the value of `key`; nil when it has none.
    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        places.removeValue(forKey: key).flatMap { entries.remove($0.token)?.value }
    }

    /// Removes every value, in no order.
    package mutating func removeAll() -> [Value] {
        places.removeAll()
        return entries.removeAll().map(\.value)
    }
}
