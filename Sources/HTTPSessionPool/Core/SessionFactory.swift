internal import CurlTransport
import Synchronization

/// Makes cores, and gives them their loops in turn.
final class SessionFactory: Sendable {
    /// Who hears of what the sessions count.
    struct Statistics: Sendable {
        let pool: String
        let tally: PoolTally
        let observer: (any PoolObserver)?
    }

    let loops: [CurlEventLoop]
    private let statistics: Statistics?
    private let quota: SharedQuota?
    private let next = Atomic<Int>(0)

    /// Numbers of all sessions of the process.
    private static let lastID = Atomic<UInt64>(0)

    init(
        loops: Int,
        name: String,
        maxConnections: Int? = nil,
        statistics: Statistics? = nil
    ) throws(SessionError) {
        self.statistics = statistics
        quota = maxConnections.map(SharedQuota.init)
        ForkGuard.register()
        do throws(CurlEventLoopError) {
            var made: [CurlEventLoop] = []
            for index in 0..<loops { made.append(try CurlEventLoop(name: "\(name)-\(index)")) }
            self.loops = made
        } catch {
            guard error.isExhaustion else {
                throw SessionError(.internalError, "An event loop could not be started: \(error.message).")
            }
            throw SessionError(.descriptorsExhausted, SessionError.descriptorsExhausted)
        }
    }

    /// The factory of sessions that no pool has: one loop for all of them, made when the first is.
    ///
    /// Made again by the next if it could not be made: a lack of descriptors passes.
    static func unpooled() throws(SessionError) -> SessionFactory {
        try shared.withLock { shared throws(SessionError) in
            if let shared { return shared }
            let made = try SessionFactory(loops: 1, name: "curl-private")
            shared = made
            return made
        }
    }

    private static let shared = Locked<SessionFactory?>(nil)

    /// Frees what closed sessions have left for their successors: there will be none.
    func forgetClosedSessions() async {
        for loop in loops {
            await withCheckedContinuation { continuation in
                loop.submit {
                    loop.shares.withValue { $0.removeAll() }
                    continuation.resume()
                }
            }
        }
    }

    func makeCore(
        baseURL: BaseURL,
        configuration: SessionConfiguration,
        options: EngineOptions,
        identity: SessionKey? = nil
    ) -> SessionCore {
        let index = next.add(1, ordering: .relaxed).oldValue
        let core = SessionCore(
            id: Self.lastID.add(1, ordering: .relaxed).newValue,
            baseURL: baseURL,
            configuration: configuration,
            options: options,
            loop: loops[index % loops.count],
            identity: identity,
            quota: quota
        )
        let session = SessionEvent(pool: statistics?.pool ?? "", origin: baseURL.origin, sessionID: core.id)
        core.tally.attach(session, pool: statistics?.tally, observer: statistics?.observer)
        return core
    }
}

/// The owner of a session that belongs to one caller.
final class PrivateSessionOwner: SessionOwner {
    private let core: SessionCore

    init(core: SessionCore) {
        self.core = core
    }

    deinit {
        if core.gate.retire() { core.submitClose(reason: .sessionClosed) }
    }

    func enteredCore(for session: Session, until deadline: MonotonicTime?) throws(SessionError) -> SessionCore {
        throw SessionError(.sessionClosed, "The session was closed by its owner.", origin: core.origin)
    }

    func coreBecameIdle(_ core: SessionCore) {}

    func suspend(_ session: Session, until end: MonotonicTime?) {
        core.follow(SuspensionOrder(until: end))
    }

    func close(grace: Duration) async -> Int {
        _ = core.gate.retire()
        return await core.shutDown(deadline: MonotonicTime.now.advanced(by: grace), reason: .sessionClosed)
    }
}
