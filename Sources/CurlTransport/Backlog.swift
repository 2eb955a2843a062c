/// What has happened and nobody has looked at yet, in order; it keeps its storage.
struct Backlog<Element> {
    private var elements: [Element] = []
    private var taken = 0

    /// Adds an element at the end.
    mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Takes out the first element.
    mutating func next() -> Element? {
        if taken == 0, elements.count == 1 { return elements.removeLast() }
        guard taken < elements.count else {
            if taken > 0 {
                elements.removeAll(keepingCapacity: true)
                taken = 0
            }
            return nil
        }
        taken += 1
        return elements[taken - 1]
    }
}

/// Numbers transfers for life, from 0, so that their owner can find by number what belongs to them.
package final class TransferNumbering {
    private var count = 0
    /// Those of transfers that are gone for good.
    private var free: [Int] = []

    /// Starts at 0.
    package init() {}

    func next() -> Int {
        if let number = free.popLast() { return number }
        defer { count += 1 }
        return count
    }

    /// The transfer of this number is no more; another one may have it.
    func giveBack(_ number: Int) { free.append(number) }
}
