package import CurlTransport
import Synchronization

/// Connections, health, and the session's own beginning and end.
extension SessionTally {
    /// How many connections were made and have ended since the session was created.
    ///
    /// Takes the lock only when one was made or has ended.
    ///
    /// - Parameters:
    ///   - opened: How many were made.
    ///   - closed: How many have ended.
    ///   - ages: In nanoseconds, how old those were that have ended since the last call for no reason that is known.
    package func setConnections(opened: Int, closed: Int, ages: [Int64] = []) {
        guard opened != self.opened.load(ordering: .relaxed) || closed != self.closed.load(ordering: .relaxed) else {
            return
        }
        self.opened.store(opened, ordering: .relaxed)
        self.closed.store(closed, ordering: .relaxed)
        let (new, gone, open) = state.withLock { state -> (Int, Int, Int) in
            let change = state.recorder.setConnections(opened: opened, closed: closed, at: .now)
            // Inside the lock, so that the pool knows of every socket that a snapshot shows.
            state.context?.pool?.add(change.opened - change.closed)
            for age in ages { state.explanations.append((.other, age)) }
            let explained = max(0, min(state.explanations.count, change.closed))
            for (reason, age) in state.explanations.prefix(explained) { state.recorder.explainClose(reason, age: age) }
            state.explanations.removeFirst(explained)
            return (change.opened, change.closed - explained, opened - closed)
        }
        notify { observer, session in
            for _ in 0..<max(0, new) { observer.connectionOpened(ConnectionEvent(session: session, open: open)) }
            for age in ages {
                observer.connectionClosed(
                    ConnectionClosedEvent(
                        session: session,
                        reason: .other,
                        age: .nanoseconds(age),
                        open: open
                    )
                )
            }
            for _ in 0..<max(0, gone) {
                observer.connectionClosed(ConnectionClosedEvent(session: session, reason: .other, age: nil, open: open))
            }
        }
    }

    /// A socket is closed: why, and how old it was, if that is known.
    ///
    /// To be called before the ``setConnections(opened:closed:ages:)`` that counts it.
    package func connectionClosed(_ reason: ConnectionCloseReason, age nanoseconds: Int64? = nil) {
        let open = state.withLock { state -> Int in
            state.explanations.append((reason, nanoseconds))
            return max(0, state.recorder.openConnections - state.explanations.count)
        }
        notify { observer, session in
            let age = nanoseconds.map { Duration.nanoseconds($0) }
            observer.connectionClosed(ConnectionClosedEvent(session: session, reason: reason, age: age, open: open))
        }
    }

    /// A kept connection was dead before it was used again.
    package func validationFailed(at now: MonotonicTime) {
        state.withLock { $0.recorder.validationFailed(at: now) }
    }

    /// A health check has ended.
    ///
    /// - Parameters:
    ///   - succeeded: Whether this check was good.
    ///   - isHealthy: Whether the session counts as healthy after it.
    ///   - now: When it ended.
    package func healthChecked(succeeded: Bool, isHealthy: Bool, at now: MonotonicTime) {
        state.withLock { $0.recorder.healthChecked(succeeded: succeeded, isHealthy: isHealthy, at: now) }
        notify { $0.healthChecked(HealthEvent(session: $1, succeeded: succeeded, isHealthy: isHealthy)) }
    }

    /// The session's health is known: what the statistics say of it is what the session says.
    func setHealth(_ state: HealthStatistics.State, consecutiveFailures: Int, checkedAt: MonotonicTime?) {
        self.state.withLock { tally in
            tally.recorder.healthLearnt(state, consecutiveFailures: consecutiveFailures, checkedAt: checkedAt)
        }
    }

    /// Tells the observer that the session exists, the first time that it is called; of a session that was closed
    /// meanwhile, that too: never in the other order, and never one without the other.
    func announce() {
        let isFirst = state.withLock { state -> Bool in
            guard !state.isAnnounced else { return false }
            (state.isAnnounced, state.isAnnouncing) = (true, true)
            return true
        }
        guard isFirst else { return }
        notify { $0.sessionCreated($1) }
        let wasClosed = state.withLock { state -> Bool in
            state.isAnnouncing = false
            return state.isClosed
        }
        if wasClosed { notify { $0.sessionClosed($1) } }
    }

    /// Says that nothing will be added any more.
    func close() {
        let isLast = state.withLock { state -> Bool in
            defer { state.isClosed = true }
            return !state.isClosed && state.isAnnounced && !state.isAnnouncing
        }
        setLoad(running: 0, waiting: 0)
        if isLast { notify { $0.sessionClosed($1) } }
    }
}

extension RequestEndedEvent {
    init(_ end: RequestEnd, in session: SessionEvent) {
        self.session = session
        id = end.id
        method = end.method
        let status: Int
        switch end.result {
        case .response(let whole): (status, error) = (whole, nil)
        case .failure(let code): (status, error) = (end.status, code)
        }
        self.status = status == 0 ? nil : status
        queueTime = .nanoseconds(max(0, end.queue))
        duration = .nanoseconds(max(0, end.transfer ?? 0))
        firstByte = end.firstByte > 0 ? .nanoseconds(end.firstByte) : nil
        bodyBytes = end.bodyBytes
        reusedConnection = end.isSent && end.connectionsOpened == 0
        resends = end.resends
    }
}
