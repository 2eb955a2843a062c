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
    /// With how many that drain it is worth looking at all of them again.
    private var foldCount = 0

    /// Follows a session until it is closed.
    ///
    /// Looks at the others when they have become twice as many as were left the last time: O(1) on average, however many
    /// drain at once.
    mutating func follow(_ tally: SessionTally, origin: String) {
        retiring.append(Retiring(origin: origin, tally: tally))
        guard retiring.count >= foldCount else { return }
        foldClosed()
        foldCount = retiring.count <= 16 ? 0 : retiring.count * 2
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
