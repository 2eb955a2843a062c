package import CurlTransport

// MARK: - Time

extension ResourceTable {
    /// When ``wake(at:)`` has something to do; nil when it has not.
    package var nextWake: MonotonicTime? {
        var next = min(sweepDue, machine.nextDeadline ?? .distantFuture)
        next = min(next, deadlines.nextDeadline ?? .distantFuture)
        if aborted == nil {
            if let fillDue { next = min(next, fillDue) }
            if let drainDeadline { next = min(next, drainDeadline) }
        }
        return next == .distantFuture ? nil : next
    }

    /// Does what time has made due: callers give up, jobs take too long, idle resources grow old or have to be pinged.
    package mutating func wake(at now: MonotonicTime) {
        for waiter in machine.expire(at: now) { act(.refuse(waiter, .timedOut)) }
        expireJobs(at: now)
        if sweepDue <= now { sweep(at: now) }
        settle(at: now)
    }
}

// MARK: - The sweep

extension ResourceTable {
    /// Goes through the idle resources: closes those whose time is over and pings those that nobody has used for a while.
    ///
    /// Of the idle ones at most half, and at least one, are pinged at a time, so that those who come meanwhile find some.
    mutating func sweep(at now: MonotonicTime) {
        close(at: now, idleFor: configuration.idleTimeout)
        hasBacklog = false
        sweepDue = .distantFuture
        // What is idle now is for those who still wait; it is closed with the rest.
        guard !machine.isDraining else { return }
        var allowance = max(1, idle.count / 2) - (checking.count - validations)
        let isRemovable = total > configuration.minSize
        for record in idle.removeAll() {
            if let check = healthDue(record), check <= now {
                if allowance > 0 {
                    allowance -= 1
                    startCheck(record, isValidation: false, at: now)
                } else {
                    // The end of a running check looks again.
                    hasBacklog = true
                    idle.append(record)
                    // Its ping waits, its end does not.
                    sweepDue = min(sweepDue, end(of: record, isRemovable: isRemovable))
                }
                continue
            }
            idle.append(record)
            sweepDue = min(sweepDue, due(record, isRemovable: isRemovable))
        }
    }

    /// Closes idle resources that are too old, and those idle for `limit` as long as more than the minimum are left.
    ///
    /// - Returns: How many.
    @discardableResult
    private mutating func close(at now: MonotonicTime, idleFor limit: Duration?) -> Int {
        let before = total
        let candidates = idle.removeAll()
        var kept: [Record] = []
        kept.reserveCapacity(candidates.count)
        for record in candidates {
            if record.expiry <= now {
                destroy(record, .age, at: now)
            } else {
                kept.append(record)
            }
        }
        var surplus = total + kept.count - configuration.minSize
        for record in kept {
            if let limit, surplus > 0, record.since.advanced(by: limit) <= now {
                surplus -= 1
                destroy(record, .idle, at: now)
            } else {
                idle.append(record)
            }
        }
        return before - total
    }

    /// Closes idle resources now: those that are too old, and of the others those idle for `limit`, never below the minimum.
    ///
    /// - Returns: How many.
    package mutating func prune(idleFor limit: Duration?, at now: MonotonicTime) -> Int {
        let closed = close(at: now, idleFor: limit)
        settle(at: now)
        return closed
    }

    /// Closes every resource as soon as nobody uses it: the idle ones now, the others when they come back.
    ///
    /// - Returns: How many were idle.
    package mutating func evictAll(at now: MonotonicTime) -> Int {
        epoch += 1
        let records = idle.removeAll()
        for record in records { destroy(record, .evicted, at: now) }
        settle(at: now)
        return records.count
    }

    /// When the sweep has to look at an idle resource.
    func due(_ record: Record, isRemovable: Bool) -> MonotonicTime {
        min(end(of: record, isRemovable: isRemovable), healthDue(record) ?? .distantFuture)
    }

    /// When an idle resource is closed if nobody takes it.
    private func end(of record: Record, isRemovable: Bool) -> MonotonicTime {
        guard isRemovable, let idleTimeout = configuration.idleTimeout else { return record.expiry }
        return min(record.expiry, record.since.advanced(by: idleTimeout))
    }

    /// When a resource has to be pinged: an interval, give or take 10 %, after its last sign of life.
    private func healthDue(_ record: Record) -> MonotonicTime? {
        guard let interval = configuration.healthCheckInterval, record.traits.contains(.pingable) else { return nil }
        return record.alive.advanced(by: interval.multiplied(by: 0.9 + 0.2 * record.jitter))
    }

    /// Pings the idle resources that have shown no sign of life since `time`, all at once.
    ///
    /// One that does not answer is often one of many, as after a partition or a restart of the far side: found one after
    /// the other, each would cost a caller its time.
    mutating func doubtIdle(notAliveSince time: MonotonicTime, at now: MonotonicTime) {
        guard !machine.isDraining || machine.waiting > 0 else { return }
        for record in idle.removeAll() {
            if record.traits.contains(.pingable), record.alive < time {
                startCheck(record, isValidation: false, at: now)
            } else {
                idle.append(record)
            }
        }
    }

    /// The idle resources have become more than the minimum: those that were not looked after have to be from now on.
    mutating func scheduleRemovals() {
        guard let idleTimeout = configuration.idleTimeout else { return }
        for record in idle.elements { sweepDue = min(sweepDue, record.since.advanced(by: idleTimeout)) }
    }
}
