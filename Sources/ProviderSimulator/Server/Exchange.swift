/// A request being answered: plays the plan, step by step, as the server asks for it.
///
/// Only the server's thread of that connection touches it, one call at a time.
final class Exchange {
    /// What the server does next.
    enum Next: Equatable {
        case proceed
        case wait(Duration)
        case waitForever
        case close
        case reset
        /// The answer is complete.
        case end
        /// Send these bytes.
        case write(ArraySlice<UInt8>)
    }

    let plan: ExchangePlan
    private let lastStep: Int
    private let releases: ReleaseCounter
    private var step = 0
    private var offset = 0
    /// The count of releases when the current hang began; nil when none is going on.
    private var hungSince: Int?
    private var isHeartbeatDue = false
    private var onHead: (() -> Void)?
    private var onComplete: (() -> Void)?

    init(
        _ plan: ExchangePlan,
        releases: ReleaseCounter,
        onHead: @escaping () -> Void,
        onComplete: @escaping () -> Void
    ) {
        self.plan = plan
        self.releases = releases
        self.onHead = onHead
        self.onComplete = onComplete
        lastStep = plan.lastMeaningfulStep
    }

    /// What to do before the head may be sent.
    func nextBeforeHead() -> Next {
        while step < plan.prelude.count {
            switch advance(plan.prelude[step]) {
            case .proceed: continue
            case let next: return next
            }
        }
        return .proceed
    }

    /// The head is going out now.
    func beginBody() {
        step = 0
        onHead?()
        onHead = nil
        if plan.isBodiless || lastStep < 0 { complete() }
    }

    /// The next piece of the body, at most `capacity` bytes, or what else to do.
    func next(capacity: Int) -> Next {
        while step < plan.body.count {
            if case .write(let bytes) = plan.body[step] {
                return write(bytes, capacity: capacity)
            }
            if case .hang(let heartbeat?) = plan.body[step], isHeartbeatDue, releases.count == hungSince {
                isHeartbeatDue = false
                return .write(heartbeat.bytes.prefix(capacity))
            }
            switch advance(plan.body[step]) {
            case .proceed: continue
            case let next: return next
            }
        }
        complete()
        return .end
    }

    /// The exchange is over, whichever way it went.
    func finish() {
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

    private func advance(_ current: ExchangeStep) -> Next {
        switch current {
        case .write:
            step += 1
            return .proceed
        case .wait(let duration):
            step += 1
            return .wait(duration)
        case .hang(let heartbeat):
            return hang(heartbeat)
        case .close:
            complete()
            return .close
        case .reset:
            complete()
            return .reset
        }
    }

    private func hang(_ heartbeat: ExchangeStep.Heartbeat?) -> Next {
        guard let start = hungSince else {
            hungSince = releases.count
            isHeartbeatDue = heartbeat != nil
            return heartbeat.map { .wait($0.interval) } ?? .waitForever
        }
        guard releases.count == start else {
            hungSince = nil
            step += 1
            return .proceed
        }
        isHeartbeatDue = heartbeat != nil
        return heartbeat.map { .wait($0.interval) } ?? .waitForever
    }

    private func complete() {
        onComplete?()
        onComplete = nil
    }
}

/// Counts how often hung requests were let go.
final class ReleaseCounter: Sendable {
    private let value = Guarded(0)

    var count: Int {
        value.withLock { $0 }
    }

    func release() {
        value.withLock { $0 += 1 }
    }
}
