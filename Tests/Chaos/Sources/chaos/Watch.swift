import HTTPSessionPool
import Synchronization

/// Is told of everything that happens in the pool, and counts.
final class Watch: PoolObserver {
    private struct State {
        var running: Set<UInt64> = []
        var started = 0
        var ended = 0
        var opened = 0
        var closed = 0
        var sessions: Set<UInt64> = []
    }

    private let state = Mutex(State())
    private let findings: Findings

    init(_ findings: Findings) {
        self.findings = findings
    }

    func requestStarted(_ request: RequestStartedEvent) {
        let isNew = state.withLock { state in
            state.started += 1
            return state.running.insert(request.id).inserted
        }
        if !isNew { findings.report(.endedOnce, "request \(request.id) was started twice") }
    }

    func requestEnded(_ request: RequestEndedEvent) {
        let isKnown = state.withLock { state in
            state.ended += 1
            return state.running.remove(request.id) != nil
        }
        if !isKnown { findings.report(.endedOnce, "request \(request.id) ended twice, or was never started") }
    }

    func connectionOpened(_ connection: ConnectionEvent) { state.withLock { $0.opened += 1 } }

    func connectionClosed(_ connection: ConnectionClosedEvent) {
        state.withLock { $0.closed += 1 }
        if connection.open < 0 { findings.report(.sums, "\(connection)") }
    }

    func sessionCreated(_ session: SessionEvent) { _ = state.withLock { $0.sessions.insert(session.sessionID) } }

    func sessionClosed(_ session: SessionEvent) { _ = state.withLock { $0.sessions.remove(session.sessionID) } }

    /// Looks at the sums when the pool was shut down.
    func judgeEnd(_ statistics: PoolStatistics) {
        let (state, total) = (state.withLock { $0 }, statistics.total)
        func equal(_ what: String, _ left: Int, _ right: Int) {
            if left != right { findings.report(.sums, "in the end, \(what): \(left) is not \(right)") }
        }
        equal("requests started and ended", state.started, state.ended)
        equal("requests ended and counted", state.ended, total.requests)
        equal("connections opened and closed, as told", state.opened, state.closed)
        equal("connections opened, as told and counted", state.opened, total.connectionsCreated)
        equal("sessions that were not closed", state.sessions.count, 0)
        say(
            "\(state.started) requests, \(total.failures) failed, \(total.cancellations) cancelled, \(total.streams)"
                + " streams; \(state.opened) connections, \(total.reuses) reuses"
        )
    }
}

/// The sums of a snapshot.
func judge(_ statistics: PoolStatistics, _ findings: Findings) {
    let all = statistics.sessions.map { ($0.origin, $0.statistics) } + [("retired", statistics.retired)]
    for (name, one) in all + [("total", statistics.total)] {
        let reasons = one.closeReasons.values.reduce(0, +)
        let series = one.series.reduce(0) { $0 + $1.durations.count }
        let problems = [
            one.connectionsDestroyed > one.connectionsCreated ? "more connections destroyed than created" : nil,
            one.idleConnections < 0 || one.inUseConnections < 0 ? "negative connections" : nil,
            one.idleConnections + one.inUseConnections != one.totalConnections ? "idle and in use are not all" : nil,
            reasons != one.connectionsDestroyed ? "reasons: \(reasons) of \(one.connectionsDestroyed)" : nil,
            series != one.requests ? "series: \(series) of \(one.requests) requests" : nil,
            one.running < 0 || one.waiting < 0 ? "negative requests" : nil,
            one.failures + one.cancellations > one.requests ? "more failures than requests" : nil,
        ].compactMap(\.self)
        for problem in problems { findings.report(.sums, "\(name): \(problem)") }
    }
    let sum = all.reduce(0) { $0 + $1.1.requests }
    if sum != statistics.total.requests {
        findings.report(.sums, "sessions have \(sum) requests, the total \(statistics.total.requests)")
    }
    for session in statistics.sessions where session.statistics.running > session.limits.maxConcurrentRequests {
        findings.report(.sums, "\(session.origin): \(session.statistics.running) requests run, over the limit")
    }
}
