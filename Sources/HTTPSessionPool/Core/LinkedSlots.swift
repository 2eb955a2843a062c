/// Elements in an order of their own, each reachable by token: a doubly linked list inside one array.
///
/// Appending, reading, moving and removing are O(1) whatever the size, with no allocation once the array has grown:
/// freed slots are chained and used again. A slot's generation makes the token of a removed element harmless.
/// ``WaiterQueue``, ``SessionTable`` and ``ResourceTable`` are built on it.
package struct LinkedSlots<Element: Sendable>: Sendable {
    /// Names one element for as long as it is in the list; stale afterwards, for ever.
    package struct Token: Hashable, Sendable {
        fileprivate let slot: Int32
        fileprivate let generation: UInt32
    }

    private struct Slot: Sendable {
        var element: Element?
        var generation: UInt32
        var previous: Int32
        /// The next element's slot or, for a free slot, the next free one; -1 at the end of either chain.
        var next: Int32
    }

    private var slots: [Slot] = []
    private var head: Int32 = -1
    private var tail: Int32 = -1
    private var firstFree: Int32 = -1

    /// How many elements there are.
    package private(set) var count = 0

    /// An empty list.
    package init() {}

    /// Whether there is no element.
    package var isEmpty: Bool { count == 0 }

    /// The element at the front; nil when there is none.
    package var first: Element? {
        head < 0 ? nil : slots[Int(head)].element
    }

    /// The element at the back; nil when there is none.
    package var last: Element? {
        tail < 0 ? nil : slots[Int(tail)].element
    }

    /// How many slots were ever needed at once: what the list holds on to in memory.
    package var slotCount: Int { slots.count }

    /// Adds an element at the back.
    @discardableResult
    package mutating func append(_ element: Element) -> Token {
        let slot = occupy(element)
        link(slot)
        return Token(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Adds an element at the front.
    @discardableResult
    package mutating func prepend(_ element: Element) -> Token {
        let slot = occupy(element)
        slots[Int(slot)].previous = -1
        slots[Int(slot)].next = head
        if head >= 0 { slots[Int(head)].previous = slot } else { tail = slot }
        head = slot
        return Token(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Takes out the element at the front; nil when there is none.
    package mutating func popFirst() -> Element? {
        head < 0 ? nil : free(head)
    }

    /// Takes out the element at the back; nil when there is none.
    package mutating func popLast() -> Element? {
        tail < 0 ? nil : free(tail)
    }

    /// Takes out the element that `token` names; nil when it is already gone.
    package mutating func remove(_ token: Token) -> Element? {
        isLive(token) ? free(token.slot) : nil
    }

    /// The element that `token` names; nil when it is gone.
    package func element(_ token: Token) -> Element? {
        isLive(token) ? slots[Int(token.slot)].element : nil
    }

    /// Puts another element in the place of the one that `token` names, at the same position.
    ///
    /// Returns the element that was there; nil, and nothing is changed, when it is already gone.
    package mutating func exchange(_ token: Token, with element: Element) -> Element? {
        guard isLive(token) else { return nil }
        let previous = slots[Int(token.slot)].element
        slots[Int(token.slot)].element = element
        return previous
    }

    /// Makes the element that `token` names the last one; false when it is already gone.
    @discardableResult
    package mutating func moveToBack(_ token: Token) -> Bool {
        guard isLive(token) else { return false }
        guard token.slot != tail else { return true }
        unlink(token.slot)
        link(token.slot)
        return true
    }

    /// Moves elements to where they belong, in a list that is in order but for them: after all that are not later.
    ///
    /// One walk from the back, whatever their number: O(n) at most, and little when they belong near the back.
    package mutating func sortIn(_ tokens: [Token], by isBefore: (Element, Element) -> Bool) {
        var moved: [(slot: Int32, element: Element)] = []
        for token in tokens where isLive(token) {
            guard let element = slots[Int(token.slot)].element else { continue }
            unlink(token.slot)
            moved.append((token.slot, element))
        }
        moved.sort { isBefore($0.element, $1.element) }
        var cursor = tail
        for (slot, element) in moved.reversed() {
            while cursor >= 0, let other = slots[Int(cursor)].element, isBefore(element, other) {
                cursor = slots[Int(cursor)].previous
            }
            link(slot, after: cursor)
        }
    }

    /// Takes out every element, front first; their tokens become stale.
    package mutating func removeAll() -> [Element] {
        var removed: [Element] = []
        removed.reserveCapacity(count)
        while let element = popFirst() {
            removed.append(element)
        }
        return removed
    }

    /// The token of the first element, from the front, that `predicate` accepts; O(n).
    package func firstToken(where predicate: (Element) -> Bool) -> Token? {
        var slot = head
        while slot >= 0 {
            let current = slots[Int(slot)]
            if let element = current.element, predicate(element) {
                return Token(slot: slot, generation: current.generation)
            }
            slot = current.next
        }
        return nil
    }

    /// The token of the element at the front; nil when there is none.
    package var firstToken: Token? { head < 0 ? nil : token(of: head) }

    /// The token of the element behind the one that `token` names; nil when that is the last one, or gone.
    package func token(after token: Token) -> Token? {
        guard isLive(token), slots[Int(token.slot)].next >= 0 else { return nil }
        return self.token(of: slots[Int(token.slot)].next)
    }

    /// The tokens of the elements from front to back; O(n).
    package var tokens: [Token] {
        var tokens: [Token] = []
        tokens.reserveCapacity(count)
        var slot = head
        while slot >= 0 {
            tokens.append(Token(slot: slot, generation: slots[Int(slot)].generation))
            slot = slots[Int(slot)].next
        }
        return tokens
    }

    /// The elements from front to back; O(n).
    package var elements: [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var slot = head
        while slot >= 0 {
            let current = slots[Int(slot)]
            if let element = current.element { elements.append(element) }
            slot = current.next
        }
        return elements
    }
}

extension LinkedSlots {
    private func isLive(_ token: Token) -> Bool {
        slots[Int(token.slot)].generation == token.generation
    }

    private func token(of slot: Int32) -> Token { Token(slot: slot, generation: slots[Int(slot)].generation) }

    /// Puts the element into a slot that is in no chain.
    private mutating func occupy(_ element: Element) -> Int32 {
        count += 1
        guard firstFree >= 0 else {
            slots.append(Slot(element: element, generation: 0, previous: -1, next: -1))
            return Int32(slots.count - 1)
        }
        let slot = firstFree
        firstFree = slots[Int(slot)].next
        slots[Int(slot)].element = element
        return slot
    }

    /// Makes the slot the last one in the chain of elements.
    private mutating func link(_ slot: Int32) {
        slots[Int(slot)].previous = tail
        slots[Int(slot)].next = -1
        if tail >= 0 { slots[Int(tail)].next = slot } else { head = slot }
        tail = slot
    }

    /// Puts the slot into the chain of elements behind another; -1 means the front.
    private mutating func link(_ slot: Int32, after previous: Int32) {
        let next = previous >= 0 ? slots[Int(previous)].next : head
        slots[Int(slot)].previous = previous
        slots[Int(slot)].next = next
        if previous >= 0 { slots[Int(previous)].next = slot } else { head = slot }
        if next >= 0 { slots[Int(next)].previous = slot } else { tail = slot }
    }

    /// Takes the slot out of the chain of elements.
    private mutating func unlink(_ slot: Int32) {
        let previous = slots[Int(slot)].previous
        let next = slots[Int(slot)].next
        if previous >= 0 { slots[Int(previous)].next = next } else { head = next }
        if next >= 0 { slots[Int(next)].previous = previous } else { tail = previous }
    }

    private mutating func free(_ slot: Int32) -> Element? {
        unlink(slot)
        let element = slots[Int(slot)].element.take()
        // A freed slot changes its generation at once, so the old token is stale before the slot is used again.
        slots[Int(slot)].generation &+= 1
        slots[Int(slot)].next = firstFree
        firstFree = slot
        count -= 1
        return element
    }
}
