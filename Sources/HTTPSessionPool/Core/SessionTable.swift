/// Which session belongs to which key, how many there may be, and which one goes when there is no room.
///
/// Hits, insertions and removals are O(1): one dictionary look-up and a list whose front is the eviction end. The
/// table only decides; closing what was evicted is up to the caller. To admit a key, ask ``admit(_:retire:)`` until
/// it answers something other than ``Admission/evict(_:_:)``, and on ``Admission/vacancy`` insert.
///
/// A capacity of 0 means "pool nothing": every admission of a new key is answered with ``Admission/full``.
package struct SessionTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// The answer to a key that asks for its place.
    package enum Admission {
        /// The key has a value already; this was a use of it.
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

    private var entries = LinkedSlots<Entry>()
    private var places: [Key: Place] = [:]

    /// An empty table.
    package init(capacity: Int, eviction: EvictionPolicy) {
        Self.check(capacity)
        self.capacity = capacity
        self.eviction = eviction
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

    /// The values, the next to be evicted first; O(n).
    package var values: [Value] { entries.elements.map(\.value) }

    /// The keys, the next to be evicted first; O(n).
    package var keys: [Key] { entries.elements.map(\.key) }

    /// The value of `key` without counting as a use of it, for those who only look.
    package func peek(_ key: Key) -> Value? {
        places[key]?.value
    }
}

// MARK: - Look-up and admission

extension SessionTable {
    /// The value of `key`, if it has one; this is a use of it, which matters to ``EvictionPolicy/lru``.
    package mutating func value(for key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        if eviction == .lru { entries.moveToBack(place.token) }
        return place.value
    }

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
        guard
            let token = entries.firstToken(where: { retire($0.value) }),
            let entry = entries.remove(token)
        else { return nil }
        places[entry.key] = nil
        return entry
    }
}

// MARK: - Changes

extension SessionTable {
    /// Puts the value of a new key into its place, as the youngest.
    ///
    /// The key must not have a value: overwriting it would lose a session without closing it.
    package mutating func insert(_ value: Value, for key: Key) {
        precondition(places[key] == nil, "SessionTable: the key has a value already; remove it first")
        places[key] = Place(token: entries.append(Entry(key: key, value: value)), value: value)
    }

    /// Removes the value of `key`; nil when it has none.
    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        places.removeValue(forKey: key).flatMap { entries.remove($0.token)?.value }
    }

    /// Removes every value, the next to be evicted first.
    package mutating func removeAll() -> [Value] {
        places.removeAll()
        return entries.removeAll().map(\.value)
    }
}
