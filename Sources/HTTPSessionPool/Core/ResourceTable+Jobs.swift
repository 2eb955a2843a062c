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
        // The factory works again: the minimum need not wait any longer.
        failuresInRow = 0
        fillAllowed = now
        if aborted == nil { act(.observe(.succeeded, since: creation.since, times: 1)) }
        let lifetime = configuration.maxLifetime.map { $0.multiplied(by: 1 - 0.1 * jitter) }
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
        if creation.stage == .givenUp, !findPlace() {
            destroy(record, verdict(on: record, .good, at: now) ?? .late, hasPlace: false, at: now)
        } else {
            offer(record, at: now)
            if total == configuration.minSize + 1 { scheduleRemovals() }
        }
        settle(at: now)
    }

    /// The factory has failed.
    ///
    /// Who waits first gets the error, if nothing else is on its way to everybody. The minimum waits a while before the
    /// next try: 100 ms, doubling to a minute.
    package mutating func creationFailed(_ id: CreationID, at now: MonotonicTime) {
        guard let creation = endCreation(id) else { return }
        // One whose place was given away has been counted as a failure then.
        if creation.stage != .givenUp { fail(creation, .creationFailed, at: now) }
        settle(at: now)
    }

    /// A ping has been answered, or not.
    package mutating func checked(_ id: CheckID, isAlive: Bool, at now: MonotonicTime) {
        guard let check = checking.remove(id) else { return }
        if let deadline = check.deadline { deadlines.remove(deadline) }
        if check.isValidation { validations -= 1 }
        var record = check.record
        if isAlive {
            if aborted == nil { act(.observe(.succeeded, since: check.since, times: 1)) }
            record.alive = now
            record.isSuspect = false
            // Back to where it was taken from: the idle ones stay in the order of their last use.
            offer(record, atFront: !check.isValidation || configuration.order == .leastRecentlyUsed, at: now)
        } else if check.isValidation {
            tally.failedValidations += 1
            destroy(record, .validation, at: now)
            doubtIdle(notAliveSince: check.since, at: now)
        } else {
            tally.failedHealthChecks += 1
            destroy(record, .health, at: now)
        }
        if hasBacklog { sweep(at: now) }
        settle(at: now)
    }

    /// A resource is closed: its place is free.
    package mutating func closed(_ id: ClosingID, failed: Bool, at now: MonotonicTime) {
        guard let ended = closing.remove(id) else { return }
        if let deadline = ended.deadline { deadlines.remove(deadline) }
        if !ended.hasPlace { placelessClosings -= 1 }
        if failed { tally.failedCloses += 1 }
        settle(at: now)
    }

    private mutating func endCreation(_ id: CreationID) -> Creation? {
        guard let creation = creating.remove(id) else { return nil }
        if let deadline = creation.deadline { deadlines.remove(deadline) }
        switch creation.stage {
        case .counted: countedCreations -= 1
        case .givenUp: givenUpCreations -= 1
        case .late, .cancelled: break
        }
        return creation
    }

    /// What a failure means to those who wait, to the minimum and to warm-ups.
    private mutating func fail(_ creation: Creation, _ refusal: Refusal, at now: MonotonicTime) {
        tally.failedCreates += 1
        // Those that fail together are one failure of the far side.
        if fillAllowed <= now {
            failuresInRow += 1
            let pause = Duration.milliseconds(100 * (1 << min(failuresInRow - 1, 10)))
            fillAllowed = now.advanced(by: min(pause, .seconds(60)))
        }
        guard aborted == nil else { return }
        act(.observe(.failed, since: creation.since, times: 1))
        // Any ping that is under way may bring the resource.
        if checking.count + countedCreations < machine.waiting, let waiter = machine.removeFirstWaiter() {
            tally.failedAcquires += 1
            act(.refuse(waiter, refusal))
        }
        failWarmUps(refusal)
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

    /// First nobody counts on it any more, so that those who wait get another one; then the factory is told; then, if it
    /// goes on all the same, its place is given away.
    private mutating func creationIsLate(_ id: CreationID, at now: MonotonicTime) {
        guard var creation = creating.element(id) else { return }
        creation.deadline = nil
        var next: MonotonicTime?
        switch creation.stage {
        case .counted:
            creation.stage = .late
            countedCreations -= 1
            next = nextLook(at: creation, after: now)
        case .late:
            if let limit = configuration.createTimeout, creation.since.advanced(by: limit) <= now {
                act(.cancelCreation(id))
                creation.stage = .cancelled
                next = now.advanced(by: configuration.cancellationPatience)
            } else if aborted == nil {
                // Whatever those who gave up meanwhile had for a limit, they have waited for nothing. Each counts once.
                let lost = machine.statistics.gaveUp - max(creation.lostBefore, lostNoted)
                lostNoted = machine.statistics.gaveUp
                act(.observe(.failed, since: creation.since, times: max(1, lost)))
                next = nextLook(at: creation, after: now)
            }
        case .cancelled:
            creation.stage = .givenUp
            givenUpCreations += 1
        case .givenUp: return
        }
        creation.deadline = next.map { deadlines.insert(.creation(id), at: $0) }
        _ = creating.exchange(id, with: creation)
        if creation.stage == .givenUp { fail(creation, .creationGivenUp, at: now) }
    }

    /// When a creation that nobody counts on is a failure of the far side (once more), or has to be told to end.
    private func nextLook(at creation: Creation, after now: MonotonicTime) -> MonotonicTime {
        let first = creation.since.advanced(by: configuration.hostPatience)
        let next = now < first ? first : now.advanced(by: configuration.hostPatience)
        return configuration.createTimeout.map { min(next, creation.since.advanced(by: $0)) } ?? next
    }

    /// Whether there is a place for what a creation has made that had lost its own.
    ///
    /// Another one that nobody counts on gives up its place instead: it may never end, and this one has.
    private mutating func findPlace() -> Bool {
        if places > 0 { return true }
        let other = creating.firstToken { $0.stage == .late || $0.stage == .cancelled }
        guard let other, var creation = creating.element(other) else { return false }
        if creation.stage == .late { act(.cancelCreation(other)) }
        if let deadline = creation.deadline { deadlines.remove(deadline) }
        creation.deadline = nil
        creation.stage = .givenUp
        givenUpCreations += 1
        tally.failedCreates += 1
        _ = creating.exchange(other, with: creation)
        return true
    }
}
