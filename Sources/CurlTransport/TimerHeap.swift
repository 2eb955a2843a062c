/// Timers in the order in which they fall due: a binary heap whose entries can be moved and taken out by token.
///
/// Inserting, removing and updating cost O(log n) at most, reading the next deadline costs nothing. Every entry
/// lives in a slot that knows its position in the heap, so a token finds its entry without a search; a slot's
/// generation makes the token of an entry that is gone harmless. Entries with equal deadlines come out in any order.
package struct TimerHeap<Payload> {
    /// Names one entry for as long as it is in the heap; stale afterwards, for ever.
    package struct Token: Hashable, Sendable {
        fileprivate let slot: Int32
        fileprivate let generation: UInt32
    }

    private struct Node {
        var deadline: MonotonicTime
        var slot: Int32
    }

    fileprivate struct Slot {
        var payload: Payload?
        var generation: UInt32
        /// Where the entry is in `nodes`; for a free slot, the next free slot or -1.
        var position: Int32
    }

    private var nodes: [Node] = []
    private var slots: [Slot] = []
    private var firstFree: Int32 = -1

    #if DEBUG
        /// How many levels entries have moved in all: tests bound the cost by it instead of timing it.
        package private(set) var levelsMoved = 0
    #endif

    /// An empty heap.
    package init() {}

    /// How many timers are set.
    package var count: Int { nodes.count }

    /// Whether no timer is set.
    package var isEmpty: Bool { nodes.isEmpty }

    /// When the first timer falls due; nil when none is set.
    package var nextDeadline: MonotonicTime? { nodes.first?.deadline }

    /// Sets a timer that falls due at `deadline`.
    package mutating func insert(_ payload: Payload, at deadline: MonotonicTime) -> Token {
        let position = Int32(nodes.count)
        let slot: Int32
        if firstFree >= 0 {
            slot = firstFree
            firstFree = slots[Int(slot)].position
            slots[Int(slot)].payload = payload
            slots[Int(slot)].position = position
        } else {
            slot = Int32(slots.count)
            slots.append(Slot(payload: payload, generation: 0, position: position))
        }
        nodes.append(Node(deadline: deadline, slot: slot))
        siftUp(from: Int(position))
        return Token(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Takes a timer out and returns its payload; nil when it is already gone.
    package mutating func remove(_ token: Token) -> Payload? {
        guard let position = position(of: token) else { return nil }
        return removeNode(at: position)
    }

    /// Moves a timer to another deadline, earlier or later; false when it is already gone.
    @discardableResult
    package mutating func update(_ token: Token, to deadline: MonotonicTime) -> Bool {
        guard let position = position(of: token) else { return false }
        let previous = nodes[position].deadline
        nodes[position].deadline = deadline
        if deadline < previous {
            siftUp(from: position)
        } else if previous < deadline {
            siftDown(from: position)
        }
        return true
    }

    /// When the timer falls due; nil when it is gone.
    package func deadline(of token: Token) -> MonotonicTime? {
        position(of: token).map { nodes[$0].deadline }
    }

    /// Takes out one timer that is due at `now`, the earliest first; nil when none is.
    ///
    /// A timer is due when its deadline is `now` or earlier.
    package mutating func popDue(at now: MonotonicTime) -> Payload? {
        guard let deadline = nodes.first?.deadline, deadline <= now else { return nil }
        return removeNode(at: 0)
    }

    /// Takes every timer out; the tokens of all of them become stale.
    package mutating func removeAll() {
        while !nodes.isEmpty {
            _ = removeNode(at: nodes.count - 1)
        }
    }
}

extension TimerHeap {
    private func position(of token: Token) -> Int? {
        let slot = slots[Int(token.slot)]
        return slot.generation == token.generation ? Int(slot.position) : nil
    }

    /// Removes the node at `position`, fills the hole with the last one and frees the slot.
    private mutating func removeNode(at position: Int) -> Payload? {
        let removed = nodes[position]
        let last = nodes.removeLast()
        if position < nodes.count {
            place(last, at: position)
            if last.deadline < removed.deadline {
                siftUp(from: position)
            } else {
                siftDown(from: position)
            }
        }
        let slot = Int(removed.slot)
        let payload = slots[slot].payload.take()
        // A freed slot changes its generation at once, so the old token is stale before the slot is used again.
        slots[slot].generation &+= 1
        slots[slot].position = firstFree
        firstFree = removed.slot
        return payload
    }

    private mutating func place(_ node: Node, at position: Int) {
        nodes[position] = node
        slots[Int(node.slot)].position = Int32(position)
    }

    private mutating func siftUp(from start: Int) {
        let node = nodes[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard node.deadline < nodes[parent].deadline else { break }
            place(nodes[parent], at: position)
            position = parent
            countLevel()
        }
        if position != start { place(node, at: position) }
    }

    private mutating func siftDown(from start: Int) {
        let node = nodes[start]
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < nodes.count else { break }
            if child + 1 < nodes.count, nodes[child + 1].deadline < nodes[child].deadline { child += 1 }
            guard nodes[child].deadline < node.deadline else { break }
            place(nodes[child], at: position)
            position = child
            countLevel()
        }
        if position != start { place(node, at: position) }
    }

    @inline(__always)
    private mutating func countLevel() {
        #if DEBUG
            levelsMoved += 1
        #endif
    }
}

extension TimerHeap: Sendable where Payload: Sendable {}
extension TimerHeap.Slot: Sendable where Payload: Sendable {}
