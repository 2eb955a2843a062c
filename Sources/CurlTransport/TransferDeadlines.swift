/// The timers of one transfer, as arithmetic on points in time: which one runs, and which one ran out first.
///
/// One total timeout cannot tell a dead server from a long answer, so each phase has its own limit: reaching the
/// server, waiting for its first byte, silence between bytes. Beside them run two absolute deadlines, the
/// transfer's own and its reader's. The events only store a time; the deadline is worked out when asked for, so a
/// chunk costs next to nothing and the loop may leave a timer set too early and ask again when it fires.
package struct TransferDeadlines: Sendable, Hashable {
    /// Why a transfer was given up.
    package enum Cause: String, Sendable, Hashable, CaseIterable {
        /// No usable connection (name look-up, TCP, proxy, TLS) in time.
        case connect
        /// The request was sent, and nothing came back in time.
        case firstByte
        /// The server fell silent in the middle of its answer.
        case idle
        /// The transfer as a whole took too long.
        case total
        /// The reader of the body set a deadline of its own, and it has passed.
        case reader
        /// The sender was stopped for the reader, who has taken nothing since.
        case readerStall
    }

    /// How long each phase may take; nil means for ever.
    package struct Limits: Sendable, Hashable {
        /// From the start to the moment at which the request can be sent; zero on a reused connection.
        package var connect: Duration? {
            get { Self.duration(connectNanoseconds) }
            set { connectNanoseconds = Self.nanoseconds(newValue) }
        }
        /// From the request to the first byte of the answer.
        package var firstByte: Duration? {
            get { Self.duration(firstByteNanoseconds) }
            set { firstByteNanoseconds = Self.nanoseconds(newValue) }
        }
        /// From one byte of the answer to the next.
        package var idle: Duration? {
            get { Self.duration(idleNanoseconds) }
            set { idleNanoseconds = Self.nanoseconds(newValue) }
        }
        /// How long the transfer may stay paused: from the pause until the reader has caught up.
        package var readerStall: Duration? {
            get { Self.duration(readerStallNanoseconds) }
            set { readerStallNanoseconds = Self.nanoseconds(newValue) }
        }
        /// When the transfer must be over, whatever it is doing.
        ///
        /// A point and not a duration, because the time spent waiting for a permit, and in earlier attempts, counts
        /// as well.
        package var total: MonotonicTime?

        // Every request adds these to a point in time, and `Duration` counts in 128 bits.
        fileprivate(set) var connectNanoseconds: Int64?
        fileprivate var firstByteNanoseconds: Int64?
        fileprivate var idleNanoseconds: Int64?
        fileprivate var readerStallNanoseconds: Int64?

        /// Limits for the phases that are named; the others may take for ever.
        package init(
            connect: Duration? = nil,
            firstByte: Duration? = nil,
            idle: Duration? = nil,
            readerStall: Duration? = nil,
            total: MonotonicTime? = nil
        ) {
            self.total = total
            connectNanoseconds = Self.nanoseconds(connect)
            firstByteNanoseconds = Self.nanoseconds(firstByte)
            idleNanoseconds = Self.nanoseconds(idle)
            readerStallNanoseconds = Self.nanoseconds(readerStall)
        }

        private static func duration(_ nanoseconds: Int64?) -> Duration? { nanoseconds.map { .nanoseconds($0) } }
        private static func nanoseconds(_ duration: Duration?) -> Int64? { duration?.wholeNanoseconds }
    }

    private enum Phase: Hashable {
        /// Not handed to libcurl yet, or in line there: only the absolute deadlines run.
        /// Valid transitions to: connecting, finished.
        case pending
        /// Looking up, connecting, shaking hands.
        /// Valid transitions to: pending, awaitingFirstByte, receiving, finished.
        case connecting(since: MonotonicTime)
        /// The request is on its way; the answer has not begun.
        /// Valid transitions to: receiving, awaitingFirstByte (more was sent, or a redirect), connecting (sent again), finished.
        case awaitingFirstByte(since: MonotonicTime)
        /// The answer has begun; `since` is its latest byte or the latest resume.
        /// Valid transitions to: awaitingFirstByte (a redirect), finished.
        case receiving(since: MonotonicTime)
        /// Over: nothing runs any more.
        case finished
    }

    /// The limits in force; they may be changed while the transfer runs.
    package var limits: Limits
    private var phase = Phase.pending
    private var readerDeadline: MonotonicTime?

    /// Since when the consumer has paused the transfer; nil while it runs.
    private var pausedSince: MonotonicTime?

    /// Whether the transfer waits inside libcurl for what another has or is about to get: a connection, a stream.
    package private(set) var isBehindOthers = false

    /// Whether the consumer has paused the transfer.
    package var isPaused: Bool { pausedSince != nil }

    /// The timers of a transfer that has not started.
    package init(limits: Limits) {
        self.limits = limits
    }
}

// MARK: - Events

extension TransferDeadlines {
    /// The transfer was handed to libcurl: the connect timer runs.
    package mutating func started(at now: MonotonicTime) {
        guard phase != .finished else { return }
        phase = .connecting(since: now)
        isBehindOthers = false
    }

    /// Others are in front of it; for a connection that is yet to be made the connect timer goes on.
    package mutating func waitsForOthers() {
        isBehindOthers = true
    }

    /// It stands in line for a stream of a connection that there is: no time but the total runs.
    package mutating func queued() {
        guard case .connecting = phase else { return }
        phase = .pending
    }

    /// It connects now, wherever it has waited before: the connect timer runs, and has run if it was first in line.
    package mutating func connects(at now: MonotonicTime) {
        switch phase {
        case .pending: phase = .connecting(since: now)
        case .connecting where isBehindOthers: phase = .connecting(since: now)
        default: break
        }
        isBehindOthers = false
    }

    /// The connection that the request was sent on has ended without an answer, and another is made: the connect timer runs
    /// anew.
    ///
    /// libcurl has a limit of its own, and 7.88.1 may forget it: when the timer of the first try fires, that of the second is
    /// taken for due if it is within the same millisecond, and is not yet (`add_next_timeout`).
    package mutating func reconnects(at now: MonotonicTime) {
        if case .awaitingFirstByte = phase { phase = .connecting(since: now) }
    }

    /// A connection is there and the request is about to be sent: the first-byte timer takes over.
    ///
    /// Happens again for each hop when redirects are followed, and each hop then has the full time.
    package mutating func connected(at now: MonotonicTime) {
        guard phase != .finished else { return }
        phase = .awaitingFirstByte(since: now)
        isBehindOthers = false
    }

    /// Bytes of the request's body were taken over: the first-byte timer starts again.
    ///
    /// A server that is still being sent to is not late with its answer, however long the upload takes. Nor is one silent
    /// that has begun its answer early, and goes on reading.
    package mutating func sent(at now: MonotonicTime) {
        switch phase {
        case .awaitingFirstByte: phase = .awaitingFirstByte(since: now)
        case .receiving(let since): phase = .receiving(since: max(since, now))
        case .pending, .connecting, .finished: break
        }
    }

    /// Bytes of the answer came, headers included: the idle timer starts again.
    package mutating func received(at now: MonotonicTime) {
        guard phase != .finished else { return }
        phase = .receiving(since: now)
    }

    /// The consumer has enough for now: the idle timer stops, because the silence is ours and not the server's, and the
    /// reader's runs in its place.
    ///
    /// The other timers go on: before the first byte there is nothing that a consumer could be slow with.
    package mutating func paused(at now: MonotonicTime) {
        if pausedSince == nil { pausedSince = now }
    }

    /// The consumer wants more: the idle timer starts with its full time.
    package mutating func resumed(at now: MonotonicTime) {
        guard isPaused else { return }
        pausedSince = nil
        if case .receiving(let since) = phase { phase = .receiving(since: max(since, now)) }
    }

    /// Sets, moves or (with nil) clears the deadline that the reader of the body watches over.
    ///
    /// Only the reader knows what progress is: a heartbeat comment of a hung event stream is bytes, but not
    /// progress. It runs on through pauses, because it is the reader itself that moves it.
    package mutating func setReaderDeadline(_ deadline: MonotonicTime?) {
        readerDeadline = deadline
    }

    /// The transfer is over: nothing expires any more.
    package mutating func finished() {
        phase = .finished
    }
}

// MARK: - Answers

extension TransferDeadlines {
    /// When the first running timer runs out; nil when none runs.
    package var nextDeadline: MonotonicTime? {
        earliest?.deadline
    }

    /// The timer that has run out at `now`; nil when none has.
    ///
    /// A timer has run out when its deadline is `now` or earlier. When several have, it is the one that ran out
    /// first, so that a loop that looks late still gives the true cause.
    package func expired(at now: MonotonicTime) -> Cause? {
        guard let earliest, earliest.deadline <= now else { return nil }
        return earliest.cause
    }

    private typealias Timer = (deadline: MonotonicTime, cause: Cause)

    private var earliest: Timer? {
        guard phase != .finished else { return nil }
        // On a tie the total deadline wins: it says that nothing is left for another attempt.
        let total: Timer? = limits.total.map { ($0, .total) }
        let reader: Timer? = readerDeadline.map { ($0, .reader) }
        return Self.earlier(Self.earlier(total, phaseDeadline), reader)
    }

    /// The one that runs out first; on a tie, the first argument.
    private static func earlier(_ first: Timer?, _ second: Timer?) -> Timer? {
        guard let first else { return second }
        guard let second else { return first }
        return second.deadline < first.deadline ? second : first
    }

    private var phaseDeadline: Timer? {
        switch phase {
        case .pending, .finished:
            nil
        case .connecting(let since):
            limits.connectNanoseconds.map { (since.advanced(byNanoseconds: $0), .connect) }
        case .awaitingFirstByte(let since):
            limits.firstByteNanoseconds.map { (since.advanced(byNanoseconds: $0), .firstByte) }
        case .receiving(let since):
            if let pausedSince {
                limits.readerStallNanoseconds.map { (pausedSince.advanced(byNanoseconds: $0), .readerStall) }
            } else {
                limits.idleNanoseconds.map { (since.advanced(byNanoseconds: $0), .idle) }
            }
        }
    }
}
