/// Those who wait for a place in a full table, in the order in which they came, and found by their key.
///
/// A place that becomes free is for the one who has waited longest. With it the session of that key is there, which
/// takes any number of callers: everybody who waits for the key is served, whoever stands before them. Entering,
/// leaving from the middle and being served are O(1) for each waiter.
package struct PlaceLine<Key: Hashable & Sendable, Waiter: Sendable>: Sendable {
    /// Names one waiter for as long as it waits; stale afterwards, for ever.
    package struct Token: Sendable {
        fileprivate let key: Key
        fileprivate let place: Line.Token
        fileprivate let mate: Mates.Token
    }

    fileprivate struct Entry: Sendable {
        let key: Key
        let waiter: Waiter
    }

    fileprivate typealias Line = LinkedSlots<Entry>
    fileprivate typealias Mates = LinkedSlots<Line.Token>

    private var line = Line()
    /// Of each key that somebody waits for, its waiters in their order.
    private var mates: [Key: Mates] = [:]

    /// An empty line.
    package init() {}

    /// How many wait.
    package var count: Int { line.count }

    /// Whether nobody waits.
    package var isEmpty: Bool { line.isEmpty }

    /// What the one who has waited longest waits for; nil when nobody waits.
    package var firstKey: Key? { line.first?.key }

    /// Who of those that wait for a key has waited longest; nil when nobody does.
    package func first(for key: Key) -> Waiter? {
        mates[key]?.first.flatMap { line.element($0)?.waiter }
    }

    /// Puts a waiter at the end.
    package mutating func append(_ waiter: Waiter, for key: Key) -> Token {
        let place = line.append(Entry(key: key, waiter: waiter))
        return Token(key: key, place: place, mate: mates[key, default: Mates()].append(place))
    }

    /// Takes out the waiter that `token` names, wherever it stands; nil when it is already gone.
    package mutating func remove(_ token: Token) -> Waiter? {
        guard let entry = line.remove(token.place) else { return nil }
        _ = mates[token.key]?.remove(token.mate)
        forgetKeyIfUnused(token.key)
        return entry.waiter
    }

    /// Takes out the one of those that wait for a key who has waited longest; nil when nobody does.
    package mutating func popFirst(for key: Key) -> Waiter? {
        guard let place = mates[key]?.popFirst() else { return nil }
        forgetKeyIfUnused(key)
        return line.remove(place)?.waiter
    }

    /// Takes everybody out, in their order.
    package mutating func removeAll() -> [Waiter] {
        mates = [:]
        return line.removeAll().map(\.waiter)
    }

    private mutating func forgetKeyIfUnused(_ key: Key) {
        if mates[key]?.isEmpty == true { mates[key] = nil }
    }
}
