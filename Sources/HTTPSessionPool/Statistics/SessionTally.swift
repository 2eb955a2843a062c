internal import CurlTransport
import Synchronization

/// A session's counters, written on its loop and readable from anywhere in one consistent piece.
package final class SessionTally: Sendable {
    private struct State {
        var statistics = SessionStatistics()
        var isClosed = false
    }

    private let state = Locked(State())

    package init() {}

    /// A snapshot.
    package var snapshot: SessionStatistics { state.withLock { $0.statistics } }

    /// A snapshot, and whether nothing will be added to it any more.
    var final: (statistics: SessionStatistics, isClosed: Bool) { state.withLock { ($0.statistics, $0.isClosed) } }

    /// Says that nothing will be added any more.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    func transferEnded(_ outcome: Result<TransferMetrics, TransferFailure>?) {
        state.withLock { state in
            state.statistics.requests += 1
            guard case .success(let metrics) = outcome else {
                state.statistics.failures += 1
                return
            }
            if metrics.connectionsOpened == 0 { state.statistics.reuses += 1 }
            if metrics.connectionsOpened > 0, metrics.tlsHandshake > 0 { state.statistics.tlsHandshakes += 1 }
        }
    }

    /// A request ended before libcurl saw it.
    func failedInQueue() {
        state.withLock { state in
            state.statistics.requests += 1
            state.statistics.failures += 1
        }
    }

    func setConnections(opened: Int, closed: Int, idle: Int) {
        state.withLock { state in
            state.statistics.connectionsCreated = opened
            state.statistics.connectionsDestroyed = closed
            state.statistics.idleConnections = idle
        }
    }

    func setWaiting(_ waiting: Int) {
        state.withLock { $0.statistics.waiting = waiting }
    }
}
