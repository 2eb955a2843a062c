/// A request being answered: plays the plan, step by step, as the server asks for it.
///
/// Only the server's thread of that connection touches it, one call at a time.
final class Exchange {
    /// What the server does next.
    enum Next: Equatable {
        /// Send the head.
        case head
        /// Send these bytes.
        case write(ArraySlice<UInt8>)
        case wait(Duration)
        /// Wait for the first release after that number.
        case waitForRelease(Int)
        case close
        case reset
        /// The answer is complete.
        case end
    }

    /// Those who want to know how the exchange goes.
    struct Observer {
        var onHead: () -> Void
        var onHangBegin: () -> Void
        var onHangEnd: () -> Void
        /// Called exactly once.
        var onComplete: () -> Void
    }

    private struct Hang {
        /// The number of the last release when it began.
        var release: Int
        var isHeartbeatDue = false
    }

    let plan: ExchangePlan
    private let lastStep: Int
    private let releases: ReleaseCounter
    private let observer: Observer
    private var step = 0
    private var offset = 0
    private var hang: Hang?
    private var isComplete = false

    init(_ plan: ExchangePlan, releases: ReleaseCounter, observer: Observer) {
        self.plan = plan
        self.releases = releases
        self.observer = observer
        lastStep = plan.lastMeaningfulStep
    }

    /// What to do before the body.
    func nextBeforeHead() -> Next {
        while step < plan.prelude.count {
            if let next = advance(plan.prelude[step]) { return next }
        }
        return .head
    }

    /// The head is going out now.
    func beginBody() {
        step = 0
        observer.onHead()
        if plan.isBodiless || lastStep < 0 { complete() }
    }

    /// The next piece of the body, at most `capacity` bytes, or what else to do.
    func next(capacity: Int) -> Next {
        while step < plan.body.count {
            if case .write(let bytes) = plan.body[step] { return write(bytes, capacity: capacity) }
            if let next = advance(plan.body[step]) { return next }
        }
        complete()
        return .end
    }

    /// The exchange is over, whichever way it went.
    func finish() {
        endHang()
        complete()
    }

    private func write(_ bytes: [UInt8], capacity: Int) -> Next {
        let piece = bytes[offset...].prefix(capacity)
        offset += piece.count
        if offset == bytes.count {
            offset = 0
            // Before the bytes leave: a client that has read all of the answer must find its place free.
            if step == lastStep { complete() }
            step += 1
        }
        return .write(piece)
    }

    /// What a step other than a write asks for; nil if it is over and the next one's turn has come.
    private func advance(_ current: ExchangeStep) -> Next? {
        switch current {
        case .write:
            step += 1
            return nil
        case .wait(let duration):
            step += 1
            return .wait(duration)
        case .hang(let heartbeat):
            return advance(heartbeat)
        case .close:
            complete()
            return .close
        case .reset:
            complete()
            return .reset
        }
    }

    private func advance(_ heartbeat: ExchangeStep.Heartbeat?) -> Next? {
        guard var current = hang else {
            let release = releases.number
            hang = Hang(release: release)
            observer.onHangBegin()
            return heartbeat.map { .wait($0.interval) } ?? .waitForRelease(release)
        }
        guard releases.number == current.release else {
            endHang()
            step += 1
            return nil
        }
        guard let heartbeat else { return .waitForRelease(current.release) }
        current.isHeartbeatDue.toggle()
        hang = current
        return current.isHeartbeatDue ? .write(heartbeat.bytes[...]) : .wait(heartbeat.interval)
    }

    private func endHang() {
        guard hang != nil else { return }
        hang = nil
        observer.onHangEnd()
    }

    private func complete() {
        guard !isComplete else { return }
        isComplete = true
        observer.onComplete()
    }
}

/// Numbers the occasions at which hung requests were let go.
final class ReleaseCounter: Sendable {
    private let value = Guarded(0)

    /// How many releases there were.
    var number: Int {
        value.withLock { $0 }
    }

    /// Counts one more and returns its number.
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
