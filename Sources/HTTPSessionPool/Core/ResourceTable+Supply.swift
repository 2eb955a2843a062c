package import CurlTransport

// MARK: - Supply

extension ResourceTable {
    /// The end of every operation: starts what those who wait and the minimum need, and ends a drain that is over.
    mutating func settle(at now: MonotonicTime) {
        if aborted == nil {
            supply(at: now)
            fill(at: now)
            finishWarmUps()
        }
        if drainDeadline != nil { finishDrain(at: now) }
    }

    /// Sees to it that each one who waits can count on a resource that is being pinged or created.
    ///
    /// Nobody waits beside an idle resource for one that is being created: which of the two comes first, nobody knows.
    private mutating func supply(at now: MonotonicTime) {
        while validations < machine.waiting, let next = nextIdle(at: now), let record = popIdle() {
            if isFresh(next, at: now) {
                offer(record, at: now)
            } else {
                startCheck(record, isValidation: true, at: now)
            }
        }
        while validations + countedCreations < machine.waiting, places > 0 { startCreation(at: now) }
    }

    /// How many may wait: the configured number, and those for whom a resource can be, or is being, pinged or created.
    var lineLimit: Int {
        let (limit, overflow) = configuration.maxWaiters.addingReportingOverflow(
            validations + countedCreations + idle.count + max(0, places)
        )
        return overflow ? .max : limit
    }

    /// How many resources there should be, used or not.
    private var target: Int {
        let minimum = keepsMinimum ? configuration.minSize : 0
        return warmUps.isEmpty ? minimum : warmUps.reduce(minimum) { max($0, $1.target) }
    }

    /// Whether a resource has to be created that nobody waits for.
    private var needsFill: Bool {
        total + creating.count - givenUpCreations < target
            && creating.count - givenUpCreations < configuration.warmUpParallelism && places > 0 && !machine.isDraining
    }

    /// Creates what is missing to the minimum, unless the factory has failed a moment ago.
    private mutating func fill(at now: MonotonicTime) {
        while needsFill, fillAllowed <= now { startCreation(at: now) }
    }

    /// When to create what is missing to the minimum; nil when nothing is.
    var fillDue: MonotonicTime? {
        needsFill ? fillAllowed : nil
    }

    private mutating func startCreation(at now: MonotonicTime) {
        var creation = Creation(epoch: epoch, since: now, lostBefore: machine.statistics.gaveUp)
        let id = creating.append(creation)
        creation.deadline = deadlines.insert(.creation(id), at: now.advanced(by: configuration.creationPatience))
        _ = creating.exchange(id, with: creation)
        countedCreations += 1
        act(.create(id))
    }

    mutating func startCheck(_ record: Record, isValidation: Bool, at now: MonotonicTime) {
        var check = Check(record: record, isValidation: isValidation, since: now)
        let id = checking.append(check)
        check.deadline = deadlines.insert(.check(id), at: now.advanced(by: configuration.pingTimeout))
        _ = checking.exchange(id, with: check)
        if isValidation {
            validations += 1
            tally.validations += 1
        } else {
            tally.healthChecks += 1
        }
        act(.check(id, record.element))
    }
}

// MARK: - Warming up

extension ResourceTable {
    /// Begins to keep the minimum, if the configuration says so.
    package mutating func start(at now: MonotonicTime) {
        settle(at: now)
    }

    /// Creates resources until there are `target`, or as many as may be.
    ///
    /// One action will name the caller: `warmed`, or `refuse` after the first creation that fails.
    package mutating func warmUp(_ id: WaiterID, target: Int, at now: MonotonicTime) {
        keepsMinimum = true
        guard !machine.isDraining else { return act(.refuse(id, .closed)) }
        warmUps.append((id, min(target, configuration.maxSize)))
        // Who asks now is answered by the factory, not by its last failure.
        fillAllowed = now
        settle(at: now)
    }

    /// Stops waiting for the end of a warm-up; what it has started goes on.
    ///
    /// - Returns: False when it was over already.
    package mutating func cancelWarmUp(_ id: WaiterID) -> Bool {
        guard let index = warmUps.firstIndex(where: { $0.id == id }) else { return false }
        warmUps.remove(at: index)
        return true
    }

    mutating func failWarmUps(_ refusal: Refusal) {
        for warmUp in warmUps { act(.refuse(warmUp.id, refusal)) }
        warmUps = []
    }

    private mutating func finishWarmUps() {
        guard !warmUps.isEmpty else { return }
        let total = total
        for warmUp in warmUps where warmUp.target <= total { act(.warmed(warmUp.id, total)) }
        warmUps.removeAll { $0.target <= total }
    }
}
