package import CurlTransport

/// Whether a host is worth trying: not after several failures in a row, until a pause has passed, and not while its user
/// has suspended it.
///
/// After the pause one caller tries it, on trial, while the others still pass it over. What it finds decides: a success
/// clears the host, a failure begins another pause, and a trial that says nothing - cancelled, timed out by its own limit -
/// is the next one's. No host is given up for good, and none needs somebody to call it back.
///
/// Failures that the pool sees and those that its user reports stand in two rows: a resource that can be made says nothing
/// about queries that fail, and the other way round.
package struct HostHealth: Sendable, Hashable {
    /// Names a trial; stale once it has ended.
    package typealias TrialID = UInt64

    /// Failures of one kind, one after the other.
    private struct Row: Sendable, Hashable {
        var failures = 0
        var last = MonotonicTime(nanoseconds: .min)
        /// Until when the host is left alone because of them; kept until a success.
        var pausedUntil: MonotonicTime?
        /// What began earlier says nothing new.
        var staleBefore = MonotonicTime(nanoseconds: .min)

        init(clearedAt now: MonotonicTime? = nil) {
            if let now { staleBefore = now }
        }

        func isPaused(at now: MonotonicTime) -> Bool { pausedUntil.map { now < $0 } ?? false }
    }

    private struct Trial: Sendable, Hashable {
        let id: TrialID
        let end: MonotonicTime
    }

    /// How many failures in a row make the host unhealthy.
    package let unhealthyAfter: Int
    /// How long it is left alone then.
    package let pause: Duration
    private var seen = Row()
    private var reported = Row()
    private var suspendedUntil: MonotonicTime?
    private var trial: Trial?
    private var lastTrial: TrialID = 0

    /// A host that has not failed.
    package init(unhealthyAfter: Int, pause: Duration) {
        self.unhealthyAfter = unhealthyAfter
        self.pause = pause
    }

    /// How long the host is left alone from `now` on, at most; zero when it may be tried.
    package func remainingPause(at now: MonotonicTime) -> Duration {
        let ends = [suspendedUntil, seen.pausedUntil, reported.pausedUntil, trial?.end]
        return ends.reduce(.zero) { longest, end in max(longest, end.map { now.duration(to: $0) } ?? .zero) }
    }

    /// Whether the pause after failures is over and nothing has shown yet that the host works.
    private func isOnTrial(at now: MonotonicTime) -> Bool {
        (seen.pausedUntil != nil || reported.pausedUntil != nil)
            && !seen.isPaused(at: now) && !reported.isPaused(at: now)
    }
}

// MARK: - What the pool sees

extension HostHealth {
    /// The host has done what was asked.
    package mutating func succeed(at now: MonotonicTime) {
        seen = Row(clearedAt: now)
        if reported.pausedUntil == nil { trial = nil }
    }

    /// The host has failed, `times` times, at what began at `since`.
    ///
    /// What began before the last success or the last pause is old news: it must not take out a host that works again, nor
    /// keep one from being tried.
    package mutating func fail(since: MonotonicTime, times: Int = 1, at now: MonotonicTime) {
        guard since >= seen.staleBefore, !seen.isPaused(at: now) else { return }
        count(times, in: \.seen, at: now)
    }

    private mutating func count(_ times: Int, in row: WritableKeyPath<HostHealth, Row>, at now: MonotonicTime) {
        let isOnTrial = isOnTrial(at: now)
        self[keyPath: row].failures = min(unhealthyAfter, self[keyPath: row].failures + min(times, unhealthyAfter))
        self[keyPath: row].last = now
        guard isOnTrial || self[keyPath: row].failures >= unhealthyAfter else { return }
        self[keyPath: row].pausedUntil = now.advanced(by: pause)
        self[keyPath: row].staleBefore = now
        trial = nil
    }
}

// MARK: - What its user says

extension HostHealth {
    /// Its user says that the host works.
    package mutating func reportSuccess(at now: MonotonicTime) {
        reported = Row(clearedAt: now)
        succeed(at: now)
    }

    /// Its user says that the host has failed; reports that lie further apart than the pause are not in a row.
    package mutating func reportFailure(at now: MonotonicTime) {
        guard !reported.isPaused(at: now) else { return }
        if reported.pausedUntil == nil, reported.failures > 0, reported.last.advanced(by: pause) < now {
            reported = Row()
        }
        count(1, in: \.reported, at: now)
    }

    /// Leaves the host alone until `end`, or until later if that was said before; no success changes that.
    package mutating func suspend(until end: MonotonicTime) {
        suspendedUntil = max(suspendedUntil ?? end, end)
    }

    /// Ends the suspension.
    package mutating func resume() {
        suspendedUntil = nil
    }
}

// MARK: - Trials

extension HostHealth {
    /// Begins to try a host whose pause is over: until the trial ends, and for no longer than the pause, nobody else does.
    ///
    /// - Returns: Nil when the host needs no trial, or may not be tried.
    package mutating func beginTrial(at now: MonotonicTime) -> TrialID? {
        guard isOnTrial(at: now), remainingPause(at: now) == .zero else { return nil }
        lastTrial &+= 1
        trial = Trial(id: lastTrial, end: now.advanced(by: pause))
        return lastTrial
    }

    /// Ends a trial.
    ///
    /// - Parameters:
    ///   - id: Which; one that is over already changes nothing.
    ///   - outcome: What it has shown; nil when it has shown nothing.
    ///   - now: The time.
    package mutating func endTrial(_ id: TrialID, _ outcome: HostOutcome?, at now: MonotonicTime) {
        guard trial?.id == id else { return }
        trial = nil
        switch outcome {
        case .succeeded: reportSuccess(at: now)
        case .failed: count(1, in: \.seen, at: now)
        case nil: break
        }
    }
}
