package import CurlTransport

// MARK: - What has been done

extension ResourceTable {
    /// The factory has made a resource.
    ///
    /// - Parameters:
    ///   - id: Which run of it.
    ///   - element: The resource.
    ///   - traits: What it can do.
    ///   - jitter: A random number from 0 to 1, which puts its times apart from those of others.
    ///   - now: The time.
    package mutating func created(
        _ id: CreationID,
        _ element: Element,
        traits: ResourceTraits,
        jitter: Double,
        at now: MonotonicTime
    ) {
        guard let creation = endCreation(id) else { return act(.drop(element)) }
        tally.created += 1
        tally.creations.record(creation.since.duration(to: now))
        failuresInRow = 0
        let lifetime = configuration.maxLifetime.map { $0 * (1 - 0.1 * jitter) }
        let record = Record(
            element: element,
            traits: traits,
            jitter: jitter,
            epoch: creation.epoch,
            created: now,
            expiry: lifetime.map { now.advanced(by: $0) } ?? .distantFuture,
            alive: now,
            since: now
        )
        offer(record, at: now)
        settle(at: now)
    }

    /// The factory has failed.
    ///
    /// Who waits first gets the error, if nothing else is on its way to everybody. The minimum waits a while before the
    /// next try: 100 ms, doubling to a minute.
    package mutating func creationFailed(_ id: CreationID, at now: MonotonicTime) {
        guard endCreation(id) != nil else { return }
        tally.failedCreates += 1
        failuresInRow += 1
        let pause = Duration.milliseconds(100 * (1 << min(failuresInRow - 1, 10)))
        fillAllowed = now.advanced(by: min(pause, .seconds(60)))
        guard aborted == nil else { return settle(at: now) }
        if validations + countedCreations < machine.waiting, let waiter = machine.removeFirstWaiter() {
            tally.failedAcquires += 1
            act(.refuse(waiter, .creationFailed))
        }
        failWarmUps(.creationFailed)
        settle(at: now)
    }

    /// A ping has been answered, or not.
    package mutating func checked(_ id: CheckID, isAlive: Bool, at now: MonotonicTime) {
        guard let check = checking.remove(id) else { return }
        if let deadline = check.deadline { deadlines.remove(deadline) }
        if check.isValidation { validations -= 1 }
        var record = check.record
        if isAlive {
            record.alive = now
            record.isSuspect = false
            // Back to where it was taken from: the idle ones stay in the order of their last use.
            offer(record, atFront: !check.isValidation || configuration.order == .leastRecentlyUsed, at: now)
        } else {
            if check.isValidation { tally.failedValidations += 1 } else { tally.failedHealthChecks += 1 }
            destroy(record, check.isValidation ? .validation : .health, at: now)
        }
        if hasBacklog { sweep(at: now) }
        settle(at: now)
    }

    /// A resource is closed: its place is free.
    package mutating func closed(_ id: ClosingID, failed: Bool, at now: MonotonicTime) {
        guard let ended = closing.remove(id) else { return }
        if let deadline = ended.deadline { deadlines.remove(deadline) }
        if failed { tally.failedCloses += 1 }
        settle(at: now)
    }

    private mutating func endCreation(_ id: CreationID) -> Creation? {
        guard let creation = creating.remove(id) else { return nil }
        if let deadline = creation.deadline { deadlines.remove(deadline) }
        if creation.isCounted { countedCreations -= 1 }
        return creation
    }
}

// MARK: - What takes too long

extension ResourceTable {
    /// Ends the jobs whose deadline is `now` or earlier.
    mutating func expireJobs(at now: MonotonicTime) {
        while let job = deadlines.popDue(at: now) {
            switch job {
            case .creation(let id): creationIsLate(id, at: now)
            case .check(let id):
                act(.cancelCheck(id))
                checked(id, isAlive: false, at: now)
            case .closing(let id): closed(id, failed: true, at: now)
            }
        }
    }

    /// First nobody counts on it any more, so that those who wait get another one; then the factory is told.
    private mutating func creationIsLate(_ id: CreationID, at now: MonotonicTime) {
        guard var creation = creating.element(id) else { return }
        creation.deadline = nil
        if creation.isCounted {
            creation.isCounted = false
            countedCreations -= 1
            let limit = configuration.createTimeout.map { creation.since.advanced(by: $0) }
            creation.deadline = limit.map { deadlines.insert(.creation(id), at: $0) }
        } else {
            act(.cancelCreation(id))
        }
        _ = creating.exchange(id, with: creation)
    }
}
