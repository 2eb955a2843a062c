package import CurlTransport

// MARK: - The end

extension ResourceTable {
    /// Admits nobody new; those who wait or use a resource may go on until the deadline.
    ///
    /// May be called again: the earliest deadline counts.
    package mutating func beginDrain(until deadline: MonotonicTime, at now: MonotonicTime) {
        machine.beginDrain()
        drainDeadline = min(drainDeadline ?? deadline, deadline)
        failWarmUps(.closed)
        // With nobody waiting no idle resource has anybody to go to.
        if machine.waiting == 0 { closeIdle(at: now) }
        settle(at: now)
    }

    /// Ends the pool when nobody waits or uses a resource, or when the deadline has passed.
    mutating func finishDrain(at now: MonotonicTime) {
        guard aborted == nil, let drainDeadline, machine.isQuiescent || drainDeadline <= now else { return }
        aborted = machine.inUse + machine.waiting
        tally.cutOff += machine.waiting
        for waiter in machine.removeAllWaiters() { act(.refuse(waiter, .closed)) }
        closeIdle(at: now)
        for id in creating.tokens { act(.cancelCreation(id)) }
    }

    private mutating func closeIdle(at now: MonotonicTime) {
        for record in idle.removeAll() { destroy(record, .shutdown, at: now) }
        sweepDue = .distantFuture
        hasBacklog = false
    }
}
