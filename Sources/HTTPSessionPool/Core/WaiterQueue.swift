/// Those who wait, first come first served: a strict FIFO from which anybody can be taken out at once.
///
/// Appending, serving the first and removing by token are O(1) whatever the length: a caller who cancels in the
/// middle of ten thousand costs what the last one costs.
package struct WaiterQueue<Element: Sendable>: Sendable {
    /// Names one waiter for as long as it waits; stale afterwards, for ever.
    package struct Token: Hashable, Sendable {
        fileprivate let token: LinkedSlots<Element>.Token
    }

    private var slots = LinkedSlots<Element>()

    /// An empty queue.
    package init() {}

    /// How many wait.
    package var count: Int { slots.count }

    /// Whether nobody waits.
    package var isEmpty: Bool { slots.isEmpty }

    /// Who is next; nil when nobody waits.
    package var first: Element? { slots.first }

    /// Those who wait, the next one first; O(n).
    package var elements: [Element] { slots.elements }

    /// The longest that the queue has been: memory is kept for so many.
    package var peakCount: Int { slots.slotCount }

    /// Puts an element at the end of the queue.
    package mutating func append(_ element: Element) -> Token {
        Token(token: slots.append(element))
    }

    /// Takes out the element that has waited longest; nil when nobody waits.
    package mutating func popFirst() -> Element? {
        slots.popFirst()
    }

    /// Takes out the element that `token` names, wherever it stands; nil when it is already gone.
    package mutating func remove(_ token: Token) -> Element? {
        slots.remove(token.token)
    }

    /// Takes everybody out, in the order in which they would have been served.
    package mutating func removeAll() -> [Element] {
        slots.removeAll()
    }
}
