package import CurlTransport

/// Everything that a session counts, as a value: it holds no lock and reads no clock.
package struct SessionRecorder: Sendable, Hashable {
    package private(set) var requests = 0
    package private(set) var failures = 0
    package private(set) var cancellations = 0
    package private(set) var streams = 0
    package private(set) var reuses = 0
    package private(set) var tlsHandshakes = 0
    package private(set) var acquireTimeouts = 0
    package private(set) var timeoutErrors = 0
    package private(set) var interruptedStreams = 0
    package private(set) var validationFailures = 0
    package private(set) var queued = 0
    package private(set) var connectionsCreated = 0
    package private(set) var connectionsDestroyed = 0
    package private(set) var peakConnections = 0
    package private(set) var closeReasons: [ConnectionCloseReason: Int] = [:]
    package private(set) var health = HealthStatistics()
    package private(set) var day: HourlyRing

    private var table = SeriesTable()
    package private(set) var waits = LatencyHistogram()
    package private(set) var firstChunks = LatencyHistogram()
    package private(set) var connects = LatencyHistogram()
    package private(set) var releases = LatencyHistogram()
    package private(set) var lifetimes = LatencyHistogram(.lifetime)

    /// Nothing has happened yet.
    package init(at now: MonotonicTime) {
        day = HourlyRing(at: now)
    }

    var series: [RequestSeries] { table.series }

    var openConnections: Int { connectionsCreated - connectionsDestroyed }
}

// MARK: - Requests

extension SessionRecorder {
    /// A request has ended.
    package mutating func requestEnded(_ end: RequestEnd, at now: MonotonicTime) {
        requests += 1
        if end.isStream { streams += 1 }
        if let transfer = end.transfer {
            waits.record(end.queue)
            if end.connect > 0 { connects.record(end.connect) }
            if end.hadHandshake { tlsHandshakes += 1 }
            count(end, duration: transfer, at: now)
        } else {
            count(end, duration: end.queue, at: now)
        }
    }

    private mutating func count(_ end: RequestEnd, duration: Int64, at now: MonotonicTime) {
        switch end.result {
        case .response(let status):
            let isReuse = end.connectionsOpened == 0
            if isReuse { reuses += 1 }
            table.record(SeriesKey(method: end.method, version: end.httpVersion, status: status), duration)
            day.count(at: now) { hour in
                hour.requests += 1
                if isReuse { hour.reuses += 1 }
            }
        case .failure(let code):
            let type = ErrorType(code)
            table.record(SeriesKey(method: end.method, version: end.httpVersion, error: type), duration)
            fail(type, end, at: now)
        }
    }

    private mutating func fail(_ type: ErrorType, _ end: RequestEnd, at now: MonotonicTime) {
        if type == .cancelled { cancellations += 1 } else { failures += 1 }
        if type == .acquireTimeout { acquireTimeouts += 1 }
        if type.isTimeout { timeoutErrors += 1 }
        if end.isStream, type == .streamInterrupted { interruptedStreams += 1 }
        day.count(at: now) { hour in
            hour.requests += 1
            if type != .cancelled { hour.failures += 1 }
            if type.isTimeout { hour.timeoutErrors += 1 }
        }
    }

    /// The first piece of a streamed body is there.
    package mutating func firstChunk(after nanoseconds: Int64) { firstChunks.record(nanoseconds) }

    /// A request must wait for its permit.
    package mutating func requestQueued() { queued += 1 }

    /// Giving a permit back took so long; a sample is enough.
    package mutating func released(after nanoseconds: Int64) { releases.record(nanoseconds) }
}

// MARK: - Connections and health

extension SessionRecorder {
    /// Sets how many sockets were opened and closed since the session was created.
    ///
    /// - Returns: How many more that is than before.
    package mutating func setConnections(
        opened: Int,
        closed: Int,
        at now: MonotonicTime
    ) -> (opened: Int, closed: Int) {
        let change = (opened: opened - connectionsCreated, closed: closed - connectionsDestroyed)
        connectionsCreated = opened
        connectionsDestroyed = closed
        peakConnections = max(peakConnections, openConnections)
        day.count(at: now) { hour in
            hour.connectionsCreated += change.opened
            hour.connectionsDestroyed += change.closed
        }
        return change
    }

    /// Says why one of the closed sockets was closed, and how old it was.
    package mutating func explainClose(_ reason: ConnectionCloseReason, age nanoseconds: Int64?) {
        closeReasons[reason, default: 0] += 1
        if let nanoseconds { lifetimes.record(nanoseconds) }
    }

    /// A kept connection was dead before it was used again.
    package mutating func validationFailed(at now: MonotonicTime) {
        validationFailures += 1
        day.count(at: now) { $0.validationFailures += 1 }
    }

    /// A health check has ended.
    package mutating func healthChecked(succeeded: Bool, isHealthy: Bool, at now: MonotonicTime) {
        health.count(succeeded: succeeded, isHealthy: isHealthy, at: now)
    }

    /// The session's health is known, by checks or without one.
    mutating func healthLearnt(_ state: HealthStatistics.State, consecutiveFailures: Int, checkedAt: MonotonicTime?) {
        health.learn(state, consecutiveFailures: consecutiveFailures, checkedAt: checkedAt)
    }

    /// Adds what another session has counted.
    ///
    /// Peaks are not added up: the greater one stays.
    package mutating func absorb(_ other: SessionRecorder) {
        requests += other.requests
        failures += other.failures
        cancellations += other.cancellations
        streams += other.streams
        reuses += other.reuses
        tlsHandshakes += other.tlsHandshakes
        acquireTimeouts += other.acquireTimeouts
        timeoutErrors += other.timeoutErrors
        interruptedStreams += other.interruptedStreams
        validationFailures += other.validationFailures
        queued += other.queued
        connectionsCreated += other.connectionsCreated
        connectionsDestroyed += other.connectionsDestroyed
        peakConnections = max(peakConnections, other.peakConnections)
        closeReasons.merge(other.closeReasons, uniquingKeysWith: +)
        health.absorb(other.health)
        day.merge(other.day)
        table.merge(other.table)
        waits.merge(other.waits)
        firstChunks.merge(other.firstChunks)
        connects.merge(other.connects)
        releases.merge(other.releases)
        lifetimes.merge(other.lifetimes)
    }
}
