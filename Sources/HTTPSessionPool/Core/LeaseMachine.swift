package import CurlTransport

/// Permits, and the strict-FIFO queue of those who wait for one.
///
/// It decides and counts, and nothing else: it holds no continuation, clock or timer. The caller names its waiters
/// by number, says what time it is, and resumes whom the answers name. Every waiter is answered exactly once -
/// granted, cancelled, expired or removed - and nobody waits while a permit is free. All operations are O(1), but
/// for a deadline that is earlier than one before it: O(log n).
package struct LeaseMachine: Sendable {
    /// Names a waiter: chosen by the caller, unique among those that wait.
    package typealias WaiterID = UInt64

    /// The answer to someone who wants a permit.
    package enum Admission: Equatable, Sendable {
        /// The permit is the caller's, who must ``LeaseMachine/release(at:)`` it.
        case granted
        /// The caller waits; exactly one later answer will name it.
        case enqueued
        /// The caller gets no permit and does not wait.
        case rejected(Rejection)
    }

    /// Why somebody may not even wait.
    package enum Rejection: Equatable, Sendable {
        /// As many wait as are allowed to.
        case queueFull
        /// Nobody new is admitted any more.
        case draining
    }

    struct Waiter: Sendable {
        let id: WaiterID
        /// Arrivals are numbered, to put those that expire together back into FIFO order.
        let arrival: UInt64
        let since: MonotonicTime
        let deadline: DeadlineQueue<WaiterID>.Token?
    }

    /// How many permits there are.
    package internal(set) var limit: Int
    /// How many may wait at most.
    package var maxWaiters: Int
    /// How many permits are out; above ``limit`` only after a shrink, until enough have come back.
    package internal(set) var inUse = 0
    /// The most permits that were out at once.
    package internal(set) var peakInUse = 0
    /// Whether nobody new is admitted any more.
    package internal(set) var isDraining = false
    /// What has happened so far.
    package internal(set) var statistics = LeaseStatistics()

    var queue = WaiterQueue<Waiter>()
    var tokens: [WaiterID: WaiterQueue<Waiter>.Token] = [:]
    var deadlines = DeadlineQueue<WaiterID>()
    private var arrivals: UInt64 = 0

    /// A machine with all its permits at home.
    ///
    /// - Parameters:
    ///   - limit: How many permits there are; with 0 everybody waits until ``setLimit(_:at:)`` raises it.
    ///   - maxWaiters: How many may wait; with 0 a caller gets a permit at once or is rejected.
    package init(limit: Int, maxWaiters: Int = 1000) {
        precondition(limit >= 0, "LeaseMachine: the limit is \(limit), it must not be negative")
        precondition(maxWaiters >= 0, "LeaseMachine: maxWaiters is \(maxWaiters), it must not be negative")
        self.limit = limit
        self.maxWaiters = maxWaiters
    }
}

// MARK: - State

extension LeaseMachine {
    /// How many wait.
    package var waiting: Int { queue.count }

    /// How many permits are free.
    package var available: Int { max(0, limit - inUse) }

    /// Whether a caller would get no permit now and might not wait for one either.
    package var isFull: Bool {
        !isDraining && queue.count >= maxWaiters && (inUse >= limit || !queue.isEmpty)
    }

    /// No permit is out and nobody waits: after a drain, everything is done.
    package var isQuiescent: Bool { inUse == 0 && queue.isEmpty }

    /// How long the one that is next has been waiting at `now`; nil when nobody waits.
    package func longestWait(at now: MonotonicTime) -> Duration? {
        queue.first.map { max(.zero, $0.since.duration(to: now)) }
    }

    #if DEBUG
        /// Work that grew with the number of waiters: tests bound the cost by it instead of timing it.
        package var levelsMoved: Int { deadlines.levelsMoved }
    #endif

    /// Whether `waiter` is waiting.
    package func isWaiting(_ waiter: WaiterID) -> Bool {
        tokens[waiter] != nil
    }
}

// MARK: - Permits

extension LeaseMachine {
    /// Asks for a permit: granted only when one is free and nobody waits for it already.
    ///
    /// - Parameters:
    ///   - waiter: The caller's name while it waits; it must not be that of somebody who is waiting.
    ///   - now: The time, from which a wait is counted.
    ///   - deadline: When to give up waiting; nil waits for ever. One that has passed already does not stand in
    ///     the way of a permit that is free; otherwise the next ``expire(at:)`` answers it.
    /// - Returns: Whether the caller has the permit, waits for it, or may not even wait.
    package mutating func acquire(
        _ waiter: WaiterID,
        at now: MonotonicTime,
        deadline: MonotonicTime?
    ) -> Admission {
        guard !isDraining else {
            statistics.rejected += 1
            return .rejected(.draining)
        }
        if inUse < limit, queue.isEmpty {
            takePermit()
            statistics.grantedAtOnce += 1
            return .granted
        }
        guard queue.count < maxWaiters else {
            statistics.rejected += 1
            return .rejected(.queueFull)
        }
        enqueue(waiter, at: now, deadline: deadline)
        return .enqueued
    }

    /// Gives a permit back, and passes it on to whoever has waited longest.
    ///
    /// A waiter whose deadline has passed, but which no ``expire(at:)`` has answered yet, still gets it: it is
    /// there, and a permit in the hand is worth more than a time-out. After a shrink the permit goes out of use.
    ///
    /// - Returns: The waiter that the permit passed to; nil when it passed to nobody.
    package mutating func release(at now: MonotonicTime) -> WaiterID? {
        precondition(inUse > 0, "LeaseMachine: a permit was released, but none is out; it was released twice")
        inUse -= 1
        return grantNext(at: now)
    }

    /// Stops waiting: the caller no longer wants the permit.
    ///
    /// - Returns: True when `waiter` was waiting. False when it was not - above all when it has been granted the
    ///   permit meanwhile, which it must then release.
    package mutating func cancel(_ waiter: WaiterID) -> Bool {
        guard dequeue(waiter) != nil else { return false }
        statistics.cancelled += 1
        return true
    }
}

// MARK: - Shared steps

extension LeaseMachine {
    /// Gives a free permit to the first in the queue, if there are both.
    mutating func grantNext(at now: MonotonicTime) -> WaiterID? {
        guard inUse < limit, let waiter = queue.popFirst() else { return nil }
        tokens[waiter.id] = nil
        if let deadline = waiter.deadline { deadlines.remove(deadline) }
        takePermit()
        statistics.waits.record(waiter.since.duration(to: now))
        return waiter.id
    }

    /// Takes a waiter out, from wherever it stands.
    mutating func dequeue(_ waiter: WaiterID) -> Waiter? {
        guard let token = tokens.removeValue(forKey: waiter), let removed = queue.remove(token) else { return nil }
        if let deadline = removed.deadline { deadlines.remove(deadline) }
        return removed
    }

    private mutating func takePermit() {
        inUse += 1
        peakInUse = max(peakInUse, inUse)
    }

    private mutating func enqueue(_ waiter: WaiterID, at now: MonotonicTime, deadline: MonotonicTime?) {
        precondition(tokens[waiter] == nil, "LeaseMachine: waiter \(waiter) is waiting already")
        let token = queue.append(
            Waiter(
                id: waiter,
                arrival: arrivals,
                since: now,
                deadline: deadline.map { deadlines.insert(waiter, at: $0) }
            )
        )
        arrivals += 1
        tokens[waiter] = token
        statistics.peakWaiting = max(statistics.peakWaiting, queue.count)
    }
}
