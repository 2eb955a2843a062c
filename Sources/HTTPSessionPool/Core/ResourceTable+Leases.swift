package import CurlTransport

// MARK: - Handing out

extension ResourceTable {
    /// Asks for a resource: granted at once when one is idle, needs no ping, and nobody waits already.
    ///
    /// - Parameters:
    ///   - waiter: The caller's name while it waits; it must not be that of somebody who is waiting.
    ///   - now: The time.
    ///   - deadline: When to give up waiting; nil waits for ever.
    /// - Returns: The resource, that the caller waits, or that it may not even wait.
    package mutating func acquire(
        _ waiter: WaiterID,
        at now: MonotonicTime,
        deadline: MonotonicTime?
    ) -> Admission {
        keepsMinimum = true
        var fresh: Record?
        if machine.waiting == 0, !machine.isDraining, let next = nextIdle(at: now), isFresh(next, at: now) {
            fresh = popIdle()
            _ = machine.setLimit(machine.limit + 1, at: now)
        }
        if machine.waiting >= configuration.maxWaiters { machine.maxWaiters = lineLimit }
        switch machine.acquire(waiter, at: now, deadline: deadline) {
        case .granted:
            guard let fresh else { preconditionFailure("ResourceTable: a permit was free without a resource") }
            let grant = lease(fresh, at: now)
            settle(at: now)
            return .granted(grant)
        case .enqueued:
            settle(at: now)
            return .enqueued
        case .rejected(let rejection):
            return .rejected(rejection)
        }
    }

    /// Stops waiting.
    ///
    /// What was started for the caller goes on: the next one gets it, or it becomes idle.
    ///
    /// - Returns: True when `waiter` was waiting. False when it was not, above all when it has a resource.
    package mutating func cancel(_ waiter: WaiterID, at now: MonotonicTime) -> Bool {
        guard machine.cancel(waiter) else { return false }
        settle(at: now)
        return true
    }

    /// Takes a resource back.
    ///
    /// - Returns: False when it came back before: the lease is nobody's.
    package mutating func release(_ lease: LeaseID, as condition: Condition, at now: MonotonicTime) -> Bool {
        guard var record = leased.remove(lease) else { return false }
        tally.uses.record(record.since.duration(to: now))
        record.since = now
        record.isSuspect = condition == .suspect
        if condition == .good { record.alive = now }
        if let reason = verdict(on: record, condition, at: now) {
            takePermitBack(at: now)
            destroy(record, reason, at: now)
        } else if machine.waiting > 0, isFresh(record, at: now) {
            guard let waiter = machine.release(at: now) else {
                preconditionFailure("ResourceTable: the machine passed over those who wait")
            }
            act(.grant(waiter, self.lease(record, at: now)))
        } else {
            takePermitBack(at: now)
            keep(record)
        }
        settle(at: now)
        return true
    }
}

// MARK: - Shared steps

extension ResourceTable {
    /// Gives a resource that works to whoever waits first, or keeps it.
    mutating func offer(_ record: Record, atFront: Bool = false, at now: MonotonicTime) {
        if let reason = verdict(on: record, .good, at: now) {
            return destroy(record, reason, at: now)
        }
        guard machine.waiting > 0 else { return keep(record, atFront: atFront) }
        for waiter in machine.setLimit(machine.limit + 1, at: now) {
            act(.grant(waiter, lease(record, at: now)))
        }
    }

    /// Puts a resource among the idle ones.
    mutating func keep(_ record: Record, atFront: Bool = false) {
        if atFront { idle.prepend(record) } else { idle.append(record) }
        sweepDue = min(sweepDue, due(record, isRemovable: total > configuration.minSize))
    }

    /// The idle resource that is next in order, after closing those before it whose time is over; it stays idle.
    mutating func nextIdle(at now: MonotonicTime) -> Record? {
        while let record = configuration.order == .mostRecentlyUsed ? idle.last : idle.first {
            guard let reason = expiry(of: record, at: now) else { return record }
            _ = popIdle()
            destroy(record, reason, at: now)
        }
        return nil
    }

    mutating func popIdle() -> Record? {
        configuration.order == .mostRecentlyUsed ? idle.popLast() : idle.popFirst()
    }

    /// Whether a resource may be handed out without a ping.
    func isFresh(_ record: Record, at now: MonotonicTime) -> Bool {
        guard record.traits.contains(.pingable) else { return true }
        if record.isSuspect { return false }
        return !configuration.validateOnAcquire || now <= record.alive.advanced(by: configuration.aliveBypass)
    }

    /// Lets a resource go; it is out of every list already.
    mutating func destroy(_ record: Record, _ reason: Reason, hasPlace: Bool = true, at now: MonotonicTime) {
        tally.destroyed[reason, default: 0] += 1
        guard record.traits.contains(.closeable) else { return act(.drop(record.element)) }
        var closing = Closing(hasPlace: hasPlace)
        if !hasPlace { placelessClosings += 1 }
        let id = self.closing.append(closing)
        closing.deadline = deadlines.insert(.closing(id), at: now.advanced(by: patience(withClosing: reason)))
        _ = self.closing.exchange(id, with: closing)
        act(.close(id, record.element))
    }

    /// How long a resource that is being closed keeps its place.
    ///
    /// What has not answered a ping will hardly answer its close: both together must leave the caller who waits the
    /// time to get another one.
    private func patience(withClosing reason: Reason) -> Duration {
        switch reason {
        case .validation, .health: min(configuration.closeTimeout, configuration.pingTimeout)
        default: configuration.closeTimeout
        }
    }

    /// The permit of a resource that nobody gets now.
    private mutating func takePermitBack(at now: MonotonicTime) {
        _ = machine.setLimit(machine.limit - 1, at: now)
        _ = machine.release(at: now)
    }

    private mutating func lease(_ record: Record, at now: MonotonicTime) -> Grant {
        var record = record
        let (idleTime, earlierUses) = (max(.zero, record.since.duration(to: now)), record.uses)
        if earlierUses > 0 { tally.reused += 1 }
        record.uses += 1
        record.since = now
        return Grant(
            lease: leased.append(record),
            element: record.element,
            age: max(.zero, record.created.duration(to: now)),
            idleTime: idleTime,
            earlierUses: earlierUses
        )
    }

    /// Why a resource that nobody uses any more may not be kept; nil when it may.
    func verdict(on record: Record, _ condition: Condition, at now: MonotonicTime) -> Reason? {
        switch condition {
        case .broken: return .broken
        case .leaked: return .leaked
        case .good, .suspect: break
        }
        if aborted != nil || machine.isDraining && machine.waiting == 0 { return .shutdown }
        if record.epoch < epoch { return .evicted }
        return record.expiry <= now ? .age : nil
    }

    /// Why an idle resource is not handed out any more; nil when it is.
    private func expiry(of record: Record, at now: MonotonicTime) -> Reason? {
        if record.expiry <= now { return .age }
        guard let idleTimeout = configuration.idleTimeout, total > configuration.minSize else { return nil }
        return record.since.advanced(by: idleTimeout) <= now ? .idle : nil
    }
}
