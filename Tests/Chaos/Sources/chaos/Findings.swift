import Glibc
import Synchronization

/// What was found broken; printed as it is found.
final class Findings: Sendable {
    /// What kind of promise was broken.
    enum Kind: String, CaseIterable, Sendable {
        /// A body that was sent whole, arrived without its end, and was reported as whole.
        case lostEnd = "lost-end"
        /// A body that its server cut, and that was reported as whole.
        case cutAsWhole = "cut-as-whole"
        /// Bytes that were on the connection before the request was made were taken for its answer.
        case staleAnswer = "stale-answer"
        /// The answer, or bytes, of another request.
        case foreignBytes = "foreign-bytes"
        /// A call failed at a server that makes no mistakes.
        case healthyFailed = "healthy-failed"
        /// A call at a server that makes no mistakes ran into a time limit, or did not end at all.
        case hang
        /// An error of a code that no peer may cause.
        case internalError = "internal-error"
        /// A call was told of as ended twice, or never.
        case endedOnce = "ended-once"
        /// Numbers of a snapshot that contradict each other.
        case sums
        /// Something that is still there in the end.
        case leftOver = "left-over"
    }

    private struct State {
        var counts: [Kind: Int] = [:]
        /// Answers that crossed with a request on the wire, which no client can tell from right ones.
        var crossed = 0
    }

    /// How many of a kind are told in full.
    private static let told = 8

    private let state = Mutex(State())
    private let start = monotonicNanoseconds()
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
    }

    func report(_ kind: Kind, _ text: @autoclosure () -> String) {
        let count = state.withLock { state in
            state.counts[kind, default: 0] += 1
            return state.counts[kind, default: 0]
        }
        guard count <= Self.told else { return }
        let seconds = Double((monotonicNanoseconds() - start) / 1_000_000) / 1_000
        say("FOUND \(kind.rawValue) at \(seconds) s, seed \(seed): \(text())")
        if count == Self.told { say("FOUND \(kind.rawValue): further ones are only counted") }
    }

    func crossed() { state.withLock { $0.crossed += 1 } }

    var crossings: Int { state.withLock { $0.crossed } }

    var counts: [Kind: Int] { state.withLock { $0.counts } }
}

/// Prints a line at once.
func say(_ line: String) {
    var bytes = Array((line + "\n").utf8)
    while !bytes.isEmpty {
        let written = unsafe write(STDOUT_FILENO, bytes, bytes.count)
        guard written > 0 else { return }
        bytes.removeFirst(written)
    }
}
