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
    private mutating func supply(at now: MonotonicTime) {
        while validations + countedCreations < machine.waiting {
            if let next = nextIdle(at: now), let record = popIdle() {
                if isFresh(next, at: now) {
                    offer(record, at: now)
                } else {
                    startCheck(record, isValidation: true, at: now)
                }
            } else if places > 0 {
                startCreation(at: now)
            } else {
                return
            }
        }
    }

    /// How many resources there should be, used or not.
    private var target: Int {
        let minimum = keepsMinimum ? configuration.minSize : 0
        return warmUps.isEmpty ? minimum : warmUps.reduce(minimum) { max($0, $1.target) }
    }

    /// Whether a resource has to be created that nobody waits for.
    private var needsFill: Bool {
        total + creating.count < target && creating.count < configuration.warmUpParallelism && places > 0
            && !machine.isDraining
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
        let id = creating.append(Creation(epoch: epoch, since: now))
        let token = deadlines.insert(.creation(id), at: now.advanced(by: configuration.creationPatience))
        _ = creating.exchange(id, with: Creation(epoch: epoch, since: now, deadline: token))
        countedCreations += 1
        act(.create(id))
    }

    mutating func startCheck(_ record: Record, isValidation: Bool, at now: MonotonicTime) {
        let id = checking.append(Check(record: record, isValidation: isValidation))
        let token = deadlines.insert(.check(id), at: now.advanced(by: configuration.pingTimeout))
        _ = checking.exchange(id, with: Check(record: record, isValidation: isValidation, deadline: token))
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
