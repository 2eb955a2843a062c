package import CurlTransport

/// One session: its permits, its waiting requests and its connections, on its loop's thread.
///
/// The loop is the actor's executor: libcurl's callbacks, the queues and the counters need no lock, and the compiler
/// proves it. Callers reach it by `await`, which costs no hop when their own task runs on the loop.
package actor SessionCore {
    /// Tells sessions of one origin apart, re-created ones too.
    package nonisolated let id: UInt64
    /// The origin, for errors.
    package nonisolated let origin: String
    /// How the session behaves.
    package nonisolated let configuration: SessionConfiguration
    /// Who uses the session, and whether it takes newcomers.
    package nonisolated let gate = SessionGate()
    /// The loop it lives on.
    package nonisolated let loop: CurlEventLoop
    /// What it has counted, readable from anywhere.
    package nonisolated let tally = SessionTally()
    /// What its upkeep has found out, readable from anywhere.
    nonisolated let facts = SessionFacts()
    /// What the paths of its own requests are appended to: the base URL that it was first asked for with.
    nonisolated let baseURL: BaseURL

    let options: EngineOptions
    /// Who the session is to its pool; `nil` for a private one.
    let identity: SessionKey?
    /// The pool's total of connections, if it has one.
    let quota: SharedQuota?
    /// Requests that may run at once by the session's own limits.
    var staticLimit: Int
    /// Connections of the pool's total that the session holds, and those that it is in line for.
    var quotaHeld = 0 {
        didSet { if quota != nil { engine?.limitConnections(to: quotaHeld) } }
    }
    var quotaWanted = 0
    /// Whether another session waits for the connection that this one's requests share.
    var mustYield = false
    /// The engine for everything, made at the first request.
    var engine: TransferEngine?
    /// The engine for streams that must not share an HTTP/2 connection; see ``SessionConfiguration/streamsShareHTTP2``.
    var streamEngine: TransferEngine?
    /// Engines whose connections have grown too old: their requests run to their end, and nothing new begins on them.
    var leavingEngines: [TransferEngine] = []
    /// Sockets that engines which are gone had opened and closed.
    var pastSockets = EngineCounters()
    /// Connections of the pool's total that leaving engines hold.
    var quotaLeaving = 0
    /// Numbers the transfers of all engines.
    private let numbering = TransferNumbering()

    /// Whether many requests may share a connection.
    var isMultiplexed: Bool
    /// Whether HTTP/2 was asked for and is not spoken.
    var hasFallenBack: Bool { !isMultiplexed && options.httpVersion != .http1 }
    /// Whether streams have connections of their own beside the one that requests share.
    let separatesStreams: Bool
    /// Whether a stream has been asked for that the pool's total must have a connection for.
    var booksEachRequest = false
    var permits: LeaseMachine {
        _read { yield permitsMemory.value }
        _modify { yield &permitsMemory.value }
    }
    private let permitsMemory: LoopMemory<LeaseMachine>
    /// Requests in line for a permit, by their tickets' numbers.
    var waiting: [UInt64: RequestTicket] = [:]
    /// Requests on their way.
    var running: RunningRequests {
        _read { yield runningMemory.value }
        _modify { yield &runningMemory.value }
    }
    private let runningMemory = LoopMemory(RunningRequests())
    /// Streams whose head has arrived and whose body somebody reads.
    var streams: [UInt64: StreamState] = [:]
    var waiterTimer: (token: LoopReactor.TimerToken, deadline: MonotonicTime)?
    var drain = DrainState()
    /// How many permits have come back, of which a sample is measured.
    var releases = 0
    var sweepTimer: LoopReactor.TimerToken?
    /// When a request of somebody's last ended.
    var lastActivity = MonotonicTime.now
    /// When one was last answered below 500.
    var lastSuccess: MonotonicTime?
    /// Whether the next such answer changes the session's health.
    var awaitsSuccess = false
    /// When a request last failed in a way that counts in passive mode.
    var lastPassiveFailure = MonotonicTime(nanoseconds: .min)
    /// Whether engines made from now on leave no TLS sessions behind.
    var forgetsTLS = false
    var keeper: ConnectionKeeper
    var health: HealthMonitor
    /// The session's own requests, by their tickets' numbers: whoever needs their permits gets them.
    var probes: Set<UInt64> = []
    /// Warm-ups that run or wait for those before them.
    var warmUps: [WarmUpRun] = []
    /// Until when requests wait; the far future until somebody resumes the session.
    var suspendedUntil: MonotonicTime?
    var suspensionTimer: LoopReactor.TimerToken?
    /// The number of the last order to suspend or resume that was followed.
    var suspensionOrder: UInt64 = 0
    /// Why requests fail once the session is closed.
    var closingCode = SessionError.Code.poolClosed
    /// Whether the pool ends, and not only this session.
    var isShuttingDown = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    /// Makes a session; nothing is opened before its first request.
    ///
    /// - Parameters:
    ///   - id: A number of its own.
    ///   - baseURL: The base URL that it is asked for with.
    ///   - configuration: How it behaves.
    ///   - options: The configuration in libcurl's terms, from ``EngineOptions/init(_:origin:)``.
    ///   - loop: The loop that it stays on.
    ///   - identity: Who it is to its pool; `nil` for a private one.
    ///   - quota: The pool's total of connections, if it has one.
    init(
        id: UInt64,
        baseURL: BaseURL,
        configuration: SessionConfiguration,
        options: EngineOptions,
        loop: CurlEventLoop,
        identity: SessionKey? = nil,
        quota: SharedQuota? = nil
    ) {
        self.identity = identity
        self.id = id
        self.baseURL = baseURL
        origin = baseURL.origin
        self.configuration = configuration
        self.options = options
        self.loop = loop
        self.quota = quota
        let limits = configuration.limits
        isMultiplexed = options.httpVersion != .http1
        separatesStreams = options.httpVersion == .http2 && !configuration.streamsShareHTTP2
        // Not the number alone: another process has the same numbers.
        let seed = UInt64(truncatingIfNeeded: id.hashValue)
        keeper = ConnectionKeeper(configuration.keeperPolicy, seed: seed, at: lastActivity)
        health = HealthMonitor(configuration.healthPolicy, seed: seed, at: lastActivity)
        staticLimit = Self.permitLimit(limits, isMultiplexed: isMultiplexed)
        permitsMemory = LoopMemory(
            LeaseMachine(
                limit: quota == nil ? staticLimit : 0,
                maxWaiters: quota == nil ? limits.maxWaiters : max(1, limits.maxWaiters)
            )
        )
    }

    /// On HTTP/1.1 every running request has a connection of its own.
    private static func permitLimit(_ limits: SessionConfiguration.Limits, isMultiplexed: Bool) -> Int {
        isMultiplexed
            ? limits.maxConcurrentRequests : min(limits.maxConcurrentRequests, limits.maxConnections)
    }

    /// The server was asked for HTTP/2 and speaks HTTP/1.1: from now on a request needs a connection of its own.
    func fallBackToHTTP1() {
        guard isMultiplexed else { return }
        isMultiplexed = false
        engine?.fallBackToHTTP1()
        staticLimit = Self.permitLimit(configuration.limits, isMultiplexed: false)
        if quota == nil {
            _ = permits.setLimit(permitLimit, at: .now)
        } else {
            requestQuota()
        }
    }

    /// Requests that may run at once now.
    var permitLimit: Int {
        guard suspendedUntil == nil else { return 0 }
        return quota == nil ? staticLimit : quotaLimit
    }

    /// Whether a caller who asks for the session waits until it is warm.
    nonisolated var requiresWarmUp: Bool { configuration.warmUp.isRequired }

    // MARK: Engines

    /// Numbers in the upper bits of a timer's tag: whose timer it is.
    enum TimerOwner {
        static let shift: UInt64 = 60
        static let engine: UInt64 = 0 << shift
        static let streamEngine: UInt64 = 1 << shift
        static let core: UInt64 = 2 << shift
        static let waiters: UInt64 = core | 1
        static let drain: UInt64 = core | 2
        static let sweep: UInt64 = core | 3
        static let suspension: UInt64 = core | 4
        /// The main engine's number, and those that take turns with it.
        static let mainEngines = [engine] + (3..<16).map { $0 << shift }
    }

    func engine(forStream: Bool) throws(SessionError) -> TransferEngine {
        let separate = forStream && separatesStreams
        if let existing = separate ? streamEngine : engine { return existing }
        do {
            var options = options
            if separate { options.httpVersion = .http1 }
            let base = separate ? TimerOwner.streamEngine : freeTagBase ?? TimerOwner.engine
            let made = try TransferEngine(
                options: options,
                loop: loop,
                client: self,
                identity: identity.map { AnyHashable(EngineIdentity(key: $0, isForStreams: separate)) },
                tagBase: base,
                numbering: numbering
            )
            made.keepsShare = !forgetsTLS
            if quota != nil, !separate { made.limitConnections(to: quotaHeld) }
            if hasFallenBack, !separate { made.fallBackToHTTP1() }
            if !leavingEngines.isEmpty, !separate { made.leaveRoom(for: leavingConnections) }
            if separate { streamEngine = made } else { engine = made }
            armSweep(at: .now)
            return made
        } catch {
            throw SessionError(.internalError, "libcurl could not be set up: \(error.message).", origin: origin)
        }
    }

    /// Those that new requests begin on.
    var engines: [TransferEngine] { [engine, streamEngine].compactMap(\.self) }

    /// Those that exist.
    var allEngines: [TransferEngine] { engines + leavingEngines }
}

/// Whose TLS sessions an engine may go on with.
struct EngineIdentity: Hashable {
    let key: SessionKey
    let isForStreams: Bool
}
