package import CurlTransport
import Synchronization

/// A session's counters, written on its loop and readable from anywhere in one consistent piece.
///
/// Counters change under one lock. What only says how things are now - running, waiting, idle - is stored without it: the
/// loop is the only one that writes, so that a request costs one lock at its end and a few stores.
package final class SessionTally: Sendable {
    /// Whose counters they are, and who wants to know.
    struct Context {
        let session: SessionEvent
        let pool: PoolTally?
        let observer: (any PoolObserver)?
    }

    struct State {
        var recorder = SessionRecorder(at: .now)
        var context: Context?
        /// Why sockets are closed that are not in the counters yet.
        var explanations: [(reason: ConnectionCloseReason, age: Int64?)] = []
        var isClosed = false
        var isAnnounced = false
        /// Whether the observer is being told that the session exists: whoever does that tells of its end as well.
        var isAnnouncing = false
    }

    let state = Locked(State())
    private let hasObserver = Atomic<Bool>(false)
    /// How many requests run, and above them, shifted by 32 bits, how many wait: one word, so that nobody ever sees a
    /// free permit beside somebody who waits for one.
    private let load = Atomic<UInt64>(0)
    private let peakRunning = Atomic<Int>(0)
    private let peakWaiting = Atomic<Int>(0)
    private let idle = Atomic<Int>(0)
    /// The last numbers of sockets, so that what has not changed needs no lock.
    let opened = Atomic<Int>(0)
    let closed = Atomic<Int>(0)

    package init() {}

    /// Says whose counters they are; before anybody else knows the session.
    package func attach(_ session: SessionEvent, pool: PoolTally?, observer: (any PoolObserver)?) {
        state.withLock { $0.context = Context(session: session, pool: pool, observer: observer) }
        hasObserver.store(observer != nil, ordering: .releasing)
    }

    // MARK: Reading

    /// A snapshot.
    package var snapshot: SessionStatistics { snapshot(at: .now) }

    /// A snapshot, with the last 24 hours before `now`.
    package func snapshot(at now: MonotonicTime) -> SessionStatistics {
        let recorder = state.withLock { $0.recorder }
        return withGauges(SessionStatistics(recorder, at: now))
    }

    /// What was counted, and whether nothing will be added to it any more.
    var final: (recorder: SessionRecorder, isClosed: Bool) { state.withLock { ($0.recorder, $0.isClosed) } }

    /// Whether nothing will be added any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    private func withGauges(_ counters: SessionStatistics) -> SessionStatistics {
        var statistics = counters
        let load = load.load(ordering: .relaxed)
        statistics.running = Int(load & 0xffff_ffff)
        statistics.peakRunning = peakRunning.load(ordering: .relaxed)
        statistics.waiting = Int(load >> 32)
        statistics.peakWaiting = peakWaiting.load(ordering: .relaxed)
        // Stored apart from the counters: at most as many as are open, so that the sums are right in every snapshot.
        statistics.idleConnections = max(0, min(idle.load(ordering: .relaxed), counters.totalConnections))
        return statistics
    }

    // MARK: Gauges, written by the session's loop alone

    /// How many requests run, and how many wait; a store, no lock.
    package func setLoad(running: Int, waiting: Int) {
        load.store(UInt64(UInt32(clamping: waiting)) << 32 | UInt64(UInt32(clamping: running)), ordering: .relaxed)
        if running > peakRunning.load(ordering: .relaxed) { peakRunning.store(running, ordering: .relaxed) }
        if waiting > peakWaiting.load(ordering: .relaxed) { peakWaiting.store(waiting, ordering: .relaxed) }
    }

    /// How many open sockets no request uses; a store, no lock.
    package func setIdle(_ count: Int) { idle.store(count, ordering: .relaxed) }

    // MARK: Requests

    /// A request is made; to be called on the caller's task.
    ///
    /// A load and nothing else when there is no observer.
    package func requestStarted(id: UInt64, method: String) {
        guard hasObserver.load(ordering: .relaxed) else { return }
        notify { observer, session in
            observer.requestStarted(RequestStartedEvent(session: session, id: id, method: method))
        }
    }

    /// A request has ended.
    package func requestEnded(_ end: RequestEnd, at now: MonotonicTime) {
        state.withLock { $0.recorder.requestEnded(end, at: now) }
        guard hasObserver.load(ordering: .relaxed) else { return }
        notify { observer, session in observer.requestEnded(RequestEndedEvent(end, in: session)) }
    }

    /// A request goes on in another session, under another number: the observer is told, nothing is counted.
    package func requestMoved(_ end: RequestEnd) {
        notify { observer, session in observer.requestEnded(RequestEndedEvent(end, in: session)) }
    }

    /// A request waits for its permit, with so many others.
    package func requestQueued(waiting: Int) {
        state.withLock { $0.recorder.requestQueued() }
        notify { $0.requestQueued(WaiterEvent(session: $1, waiting: waiting)) }
    }

    /// A request waits no longer.
    package func requestDequeued(_ outcome: WaiterEndedEvent.Outcome, after nanoseconds: Int64) {
        guard hasObserver.load(ordering: .relaxed) else { return }
        notify { observer, session in
            let waited = Duration.nanoseconds(max(0, nanoseconds))
            observer.requestDequeued(WaiterEndedEvent(session: session, outcome: outcome, waited: waited))
        }
    }

    /// The first piece of a streamed body is there, so long after the call.
    package func firstChunk(after nanoseconds: Int64) {
        state.withLock { $0.recorder.firstChunk(after: nanoseconds) }
    }

    /// Giving a permit back took so long; a sample is enough.
    package func released(after nanoseconds: Int64) {
        state.withLock { $0.recorder.released(after: nanoseconds) }
    }

    // MARK: Telling

    /// Calls the observer, outside the lock.
    func notify(_ tell: (any PoolObserver, SessionEvent) -> Void) {
        guard hasObserver.load(ordering: .relaxed) else { return }
        let context = state.withLock { $0.context }
        if let context, let observer = context.observer { tell(observer, context.session) }
    }
}
