package import CurlTransport

// MARK: - Deadlines

extension LeaseMachine {
    /// When the next waiter gives up; nil when nobody who waits has a deadline.
    package var nextDeadline: MonotonicTime? {
        deadlines.nextDeadline
    }

    /// Takes out the waiters whose deadline is `now` or earlier.
    ///
    /// - Returns: Them, in the order in which they came.
    package mutating func expire(at now: MonotonicTime) -> [WaiterID] {
        guard let next = deadlines.nextDeadline, next <= now else { return [] }
        var expired: [Waiter] = []
        while let waiter = deadlines.popDue(at: now) {
            if let removed = dequeue(waiter) { expired.append(removed) }
        }
        statistics.expired += expired.count
        // By deadline is almost by arrival: with one timeout for all it is the same.
        expired.sort { $0.arrival < $1.arrival }
        return expired.map(\.id)
    }
}

// MARK: - Re-tuning

extension LeaseMachine {
    /// Changes the number of permits while they are in use.
    ///
    /// Raising it serves those who wait at once. Lowering it revokes nothing: permits that come back go out of use
    /// until no more than `limit` are out.
    ///
    /// - Returns: The waiters that were granted a permit, in the order in which they came.
    package mutating func setLimit(_ limit: Int, at now: MonotonicTime) -> [WaiterID] {
        precondition(limit >= 0, "LeaseMachine: the limit is \(limit), it must not be negative")
        self.limit = limit
        var granted: [WaiterID] = []
        while let waiter = grantNext(at: now) {
            granted.append(waiter)
        }
        return granted
    }
}

// MARK: - Draining

extension LeaseMachine {
    /// Admits nobody new from now on; those who wait already go on being served.
    package mutating func beginDrain() {
        isDraining = true
    }

    /// Takes out the one who is next, who gets an answer of another kind than a permit.
    ///
    /// - Returns: It; nil when nobody waits.
    package mutating func removeFirstWaiter() -> WaiterID? {
        guard let first = queue.first?.id, dequeue(first) != nil else { return nil }
        statistics.removed += 1
        return first
    }

    /// Takes out everybody who waits, for instance because the drain's grace is over.
    ///
    /// - Returns: Them, in the order in which they came.
    package mutating func removeAllWaiters() -> [WaiterID] {
        let removed = queue.removeAll().map(\.id)
        tokens.removeAll(keepingCapacity: true)
        deadlines.removeAll()
        statistics.removed += removed.count
        return removed
    }
}
