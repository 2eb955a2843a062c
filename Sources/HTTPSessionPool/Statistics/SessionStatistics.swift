internal import CurlTransport

/// What a session, or all sessions of a pool together, have done: counted where it happened, in one snapshot.
///
/// ``connectionsCreated`` less ``connectionsDestroyed`` is ``totalConnections``, and that is ``idleConnections`` and
/// ``inUseConnections`` together, in every snapshot.
public struct SessionStatistics: Sendable, Hashable {
    // MARK: Requests

    /// Requests that have ended, with or without a response.
    public internal(set) var requests = 0
    /// Requests that ended without a response, those apart that their callers cancelled.
    public internal(set) var failures = 0
    /// Requests that their callers cancelled.
    public internal(set) var cancellations = 0
    /// Requests whose response was streamed, those among ``requests``.
    public internal(set) var streams = 0
    /// Streams that broke off.
    public internal(set) var interruptedStreams = 0
    /// Requests that ended because a time limit passed.
    public internal(set) var timeoutErrors = 0
    /// Requests that got no permit in time.
    public internal(set) var acquireTimeouts = 0
    /// Requests that had to wait for a permit, because none was free.
    public internal(set) var queued = 0
    /// Requests that run now.
    public internal(set) var running = 0
    /// The most requests that ran at a time; of several sessions, that of one.
    public internal(set) var peakRunning = 0
    /// Requests that wait for a permit now.
    public internal(set) var waiting = 0
    /// The most requests that waited at a time; of several sessions, that of one.
    public internal(set) var peakWaiting = 0

    // MARK: Connections

    /// Requests that a kept connection served.
    public internal(set) var reuses = 0
    /// TLS handshakes that requests waited for.
    public internal(set) var tlsHandshakes = 0
    /// Connections made: an address that refuses is none, nor one that another address was faster than.
    public internal(set) var connectionsCreated = 0
    /// Connections that have ended.
    public internal(set) var connectionsDestroyed = 0
    /// Connections that no request uses.
    public internal(set) var idleConnections = 0
    /// The most sockets that were open at a time; of several sessions, that of one.
    public internal(set) var peakConnections = 0
    /// Kept connections that turned out dead before they were used again.
    public internal(set) var validationFailures = 0
    /// Why sockets were closed; the numbers add up to ``connectionsDestroyed``.
    public internal(set) var closeReasons: [ConnectionCloseReason: Int] = [:]
    /// What the health checks have found.
    public internal(set) var health = HealthStatistics()

    // MARK: Times

    /// The requests by method, version and result, with how long they took.
    public internal(set) var series: [RequestSeries] = []
    /// How long requests waited for their permit, those included that had it at once.
    public internal(set) var waits = LatencyHistogram()
    /// From a streamed request's call until the first piece of its body was there.
    public internal(set) var firstChunks = LatencyHistogram()
    /// How long new connections took, TLS included.
    public internal(set) var connects = LatencyHistogram()
    /// How long it took to give a permit back, and to the next request in line: of the first 64 of a session, and of
    /// every sixty-fourth after them.
    public internal(set) var releases = LatencyHistogram()
    /// How old connections were when they ended.
    public internal(set) var lifetimes = LatencyHistogram(.lifetime)
    /// What happened within the last 24 hours, in steps of an hour.
    public internal(set) var last24h = HourlyCounts()

    /// Makes empty statistics.
    public init() {}
}

// MARK: - Derived

extension SessionStatistics {
    /// Connections that there are.
    public var totalConnections: Int { connectionsCreated - connectionsDestroyed }

    /// Sockets that a request uses.
    public var inUseConnections: Int { totalConnections - idleConnections }

    /// The share of open sockets that requests use, from 0 to 1.
    public var utilization: Double { Self.share(inUseConnections, of: totalConnections) }

    /// How often a connection was reused, among the times that one was needed: from 0 to 1.
    public var reuseRatio: Double { Self.share(reuses, of: reuses + connectionsCreated) }

    /// How often a connection was reused on average.
    public var reusesPerConnection: Double { Self.share(reuses, of: connectionsCreated) }

    /// The share of requests that failed, those apart that their callers cancelled: from 0 to 1.
    public var errorRate: Double { Self.share(failures, of: requests - cancellations) }

    /// The share of requests that had their permit without waiting for another to end: from 0 to 1.
    public var efficiency: Double {
        let asked = requests + running + waiting
        return asked == 0 ? 1 : 1 - Self.share(min(queued, asked), of: asked)
    }

    /// How long requests took that reached libcurl and were not cancelled, without their wait for a permit.
    public var durations: LatencyHistogram {
        var sum = LatencyHistogram()
        for one in series where one.errorType != .cancelled && one.errorType?.isBeforeTransfer != true {
            sum.merge(one.durations)
        }
        return sum
    }

    private static func share(_ part: Int, of whole: Int) -> Double {
        whole <= 0 ? 0 : Double(part) / Double(whole)
    }
}

// MARK: - Making

extension SessionStatistics {
    /// A session's counters as they are; the gauges are zero.
    init(_ recorder: SessionRecorder, at now: MonotonicTime) {
        requests = recorder.requests
        failures = recorder.failures
        cancellations = recorder.cancellations
        streams = recorder.streams
        interruptedStreams = recorder.interruptedStreams
        timeoutErrors = recorder.timeoutErrors
        acquireTimeouts = recorder.acquireTimeouts
        queued = recorder.queued
        reuses = recorder.reuses
        tlsHandshakes = recorder.tlsHandshakes
        connectionsCreated = recorder.connectionsCreated
        connectionsDestroyed = recorder.connectionsDestroyed
        peakConnections = recorder.peakConnections
        validationFailures = recorder.validationFailures
        health = recorder.health
        series = recorder.series
        waits = recorder.waits
        firstChunks = recorder.firstChunks
        connects = recorder.connects
        releases = recorder.releases
        lifetimes = recorder.lifetimes
        last24h = recorder.day.sum(at: now)
        closeReasons = recorder.closeReasons
        let explained = closeReasons.values.reduce(0, +)
        if connectionsDestroyed > explained { closeReasons[.other, default: 0] += connectionsDestroyed - explained }
    }

    /// The sums of two statistics; of peaks the greater one.
    public static func + (left: SessionStatistics, right: SessionStatistics) -> SessionStatistics {
        var sum = left
        sum.requests += right.requests
        sum.failures += right.failures
        sum.cancellations += right.cancellations
        sum.streams += right.streams
        sum.interruptedStreams += right.interruptedStreams
        sum.timeoutErrors += right.timeoutErrors
        sum.acquireTimeouts += right.acquireTimeouts
        sum.queued += right.queued
        sum.running += right.running
        sum.peakRunning = max(left.peakRunning, right.peakRunning)
        sum.waiting += right.waiting
        sum.peakWaiting = max(left.peakWaiting, right.peakWaiting)
        sum.reuses += right.reuses
        sum.tlsHandshakes += right.tlsHandshakes
        sum.connectionsCreated += right.connectionsCreated
        sum.connectionsDestroyed += right.connectionsDestroyed
        sum.idleConnections += right.idleConnections
        sum.peakConnections = max(left.peakConnections, right.peakConnections)
        sum.validationFailures += right.validationFailures
        sum.closeReasons.merge(right.closeReasons, uniquingKeysWith: +)
        sum.health.absorb(right.health)
        sum.mergeTimes(of: right)
        return sum
    }

    private mutating func mergeTimes(of other: SessionStatistics) {
        var merged = series
        for one in other.series {
            if let index = merged.firstIndex(where: one.hasSameLabels) {
                merged[index] = merged[index].adding(one)
            } else {
                merged.append(one)
            }
        }
        series = merged
        waits.merge(other.waits)
        firstChunks.merge(other.firstChunks)
        connects.merge(other.connects)
        releases.merge(other.releases)
        lifetimes.merge(other.lifetimes)
        last24h = last24h + other.last24h
    }
}
