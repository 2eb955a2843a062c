internal import CurlTransport

/// What the sessions did that have left a pool's table: those that still drain, and the sums of those that are closed.
///
/// Sums are kept by origin, so that an evicted session's counters go on where they were when it is created again; the
/// number of origins is limited, whatever hosts a program talks to.
struct RetiredSessions: Sendable {
    /// Sums of more origins than this are added to ``overflowOrigin``'s.
    static let maxOrigins = 64
    /// Stands for all origins that have no sum of their own.
    static let overflowOrigin = "_OTHER"

    private struct Retiring: Sendable {
        let origin: String
        let tally: SessionTally
    }

    private var retiring: [Retiring] = []
    private var closed: [String: SessionRecorder] = [:]
    private var sweep = SweepThreshold()

    /// Follows a session until it is closed.
    mutating func follow(_ tally: SessionTally, origin: String) {
        retiring.append(Retiring(origin: origin, tally: tally))
        guard sweep.isReached(by: retiring.count) else { return }
        foldClosed()
        sweep.reset(left: retiring.count)
    }

    /// Adds up the sessions that are closed, and keeps only their sums.
    mutating func foldClosed() {
        retiring.removeAll { one in
            // A session that is open is looked at, not copied.
            guard one.tally.isClosed else { return false }
            let recorder = one.tally.final.recorder
            let isKnown = closed[one.origin] != nil || closed.count < Self.maxOrigins
            let origin = isKnown ? one.origin : Self.overflowOrigin
            closed[origin, default: SessionRecorder(at: .now)].absorb(recorder)
            return true
        }
    }

    /// The statistics by origin, in no order; an origin may occur more than once.
    func statistics(at now: MonotonicTime) -> [(origin: String, statistics: SessionStatistics)] {
        closed.map { ($0.key, SessionStatistics($0.value, at: now)) }
            + retiring.map { ($0.origin, $0.tally.snapshot(at: now)) }
    }
}
