internal import CurlTransport
import Synchronization

/// Maps base URLs to reusable sessions, for a whole process.
///
/// ```swift
/// let session = try await SessionPool.shared.session(for: "https://api.example.com/v1")
/// let models = try await session.get("/models")
/// ```
///
/// Everybody who asks for the same base URL gets the same session, with its warm connections, its limits and its
/// statistics. When ``PoolConfiguration/maxSessions`` are held, the least recently used one without a request is closed
/// to make room for another.
@globalActor
public actor SessionPool {
    /// How the pool behaves.
    public nonisolated let configuration: PoolConfiguration
    nonisolated let storage: PoolStorage

    /// All pools run on one executor, so that code isolated to `@SessionPool` stays serial when ``shared`` is replaced.
    private actor Executor {}
    private static let executor = Executor()

    /// The executor of every pool.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe Self.executor.unownedExecutor
    }

    /// Makes a pool of its own; most programs use ``shared``.
    ///
    /// - Parameter configuration: How it behaves.
    public init(configuration: PoolConfiguration = PoolConfiguration()) {
        self.configuration = configuration
        storage = PoolStorage(configuration: configuration)
    }

    /// Sessions that somebody keeps go on; see ``Session``.
    deinit {
        storage.orphan()
    }

    // MARK: The shared pool

    private static let sharedPool = Locked<SessionPool?>(nil)

    /// The pool of the process, made with the default configuration when it is first asked for.
    ///
    /// After ``closeShared(grace:)`` the next use makes a fresh one.
    public static var shared: SessionPool {
        sharedPool.withLock { pool in
            if let pool { return pool }
            let made = SessionPool()
            pool = made
            return made
        }
    }

    /// Makes the shared pool with a configuration, before anybody has used it.
    ///
    /// - Parameter configuration: How the shared pool behaves.
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidConfiguration`` for limits and times that make no sense,
    ///   those of sessions included; with ``SessionError/Code/invalidRequest`` when there is a shared pool already.
    public static func bootstrap(_ configuration: PoolConfiguration) throws(SessionError) {
        try configuration.validateAll()
        let isFirst = sharedPool.withLock { pool -> Bool in
            guard pool == nil else { return false }
            pool = SessionPool(configuration: configuration)
            return true
        }
        guard isFirst else {
            throw SessionError(.invalidRequest, "The shared pool exists already; call bootstrap before its first use.")
        }
    }

    /// Shuts the shared pool down; the next ``shared`` is a fresh pool.
    ///
    /// - Parameter grace: How long requests may go on. Default: 30 s, ``Grace/byDefault``.
    /// - Returns: How many requests were aborted.
    @discardableResult
    public static func closeShared(grace: Duration = Grace.byDefault) async -> Int {
        let pool = sharedPool.withLock { pool -> SessionPool? in
            defer { pool = nil }
            return pool
        }
        return await pool?.shutdown(grace: grace) ?? 0
    }

    // MARK: Sessions

    /// The session of a base URL, created when there is none.
    ///
    /// - Parameters:
    ///   - baseURL: An absolute `http` or `https` URL; paths of requests are appended to it.
    ///   - configuration: How the session behaves; `nil` takes the pool's for this origin. Callers with different
    ///     configurations get different sessions.
    /// - Returns: The session, which may be kept: it re-creates itself after eviction.
    /// - Throws: ``SessionError`` for a URL or a configuration that cannot be used, when the pool was shut down, or when
    ///   it is full of busy sessions for longer than ``PoolConfiguration/acquireTimeout``.
    public nonisolated func session(
        for baseURL: String,
        configuration: SessionConfiguration? = nil
    ) async throws(SessionError) -> Session {
        try await session(for: try BaseURL.recent(baseURL), configuration: configuration)
    }

    /// The session of a base URL, created when there is none.
    ///
    /// - Parameters:
    ///   - baseURL: Paths of requests are appended to it.
    ///   - configuration: How the session behaves; `nil` takes the pool's for this origin.
    /// - Returns: The session, which may be kept: it re-creates itself after eviction.
    /// - Throws: ``SessionError``, as ``session(for:configuration:)-(String,_)``.
    public nonisolated func session(
        for baseURL: BaseURL,
        configuration: SessionConfiguration? = nil
    ) async throws(SessionError) -> Session {
        let key = SessionKey(baseURL, configuration)
        if let session = try storage.find(key, for: baseURL) { return session }
        let (session, core) = try await storage.enter(key, baseURL: baseURL)
        defer { core.leave(telling: storage) }
        if core.requiresWarmUp { try await core.awaitRequiredWarmUp() }
        return session
    }

    /// Runs `body` with the session of a base URL, which is not evicted meanwhile.
    ///
    /// - Parameters:
    ///   - baseURL: An absolute `http` or `https` URL.
    ///   - configuration: How the session behaves; `nil` takes the pool's for this origin.
    ///   - body: What to do with the session. The hold on it ends when this returns, throws or is cancelled.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, and ``SessionError``, as ``session(for:configuration:)-(String,_)``.
    public nonisolated func acquire<Result>(
        _ baseURL: String,
        configuration: SessionConfiguration? = nil,
        _ body: (Session) async throws -> Result
    ) async throws -> Result {
        let url = try BaseURL.recent(baseURL)
        let (session, core) = try await storage.enter(SessionKey(url, configuration), baseURL: url)
        defer {
            core.gate.noteUse()
            core.leave(telling: storage)
        }
        if core.requiresWarmUp { try await core.awaitRequiredWarmUp() }
        return try await body(session)
    }

    /// Runs `body` with the pool's first event loop as the executor of its task: the fast lane.
    ///
    /// Requests made inside to sessions of that loop cost no thread switch; with ``PoolConfiguration/eventLoops`` 1
    /// those are all. Whatever blocks inside blocks every session of the loop: only await.
    ///
    /// - Parameter body: What to run.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, and ``SessionError`` when the loop cannot be started.
    public nonisolated func onLoop<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await withTaskExecutorPreference(storage.factory().loops[0], operation: body)
    }

    // MARK: Ends

    /// Closes the session of a base URL: requests that run may go on until the grace has passed.
    ///
    /// The next use of the URL, and of every handle that was kept, makes a fresh session.
    ///
    /// - Parameters:
    ///   - baseURL: The base URL.
    ///   - configuration: The configuration that the session was asked for with.
    ///   - grace: How long requests may go on. Default: 30 s, ``Grace/byDefault``.
    /// - Returns: How many requests were aborted.
    /// - Throws: ``SessionError`` for a URL that cannot be used.
    @discardableResult
    public nonisolated func closeSession(
        for baseURL: String,
        configuration: SessionConfiguration? = nil,
        grace: Duration = Grace.byDefault
    ) async throws(SessionError) -> Int {
        let key = SessionKey(try BaseURL(baseURL), configuration)
        return await storage.close(storage.remove(key), grace: grace)
    }

    /// Closes every session; the pool goes on and makes fresh ones.
    ///
    /// - Parameter grace: How long requests may go on. Default: 30 s, ``Grace/byDefault``.
    /// - Returns: How many requests were aborted.
    @discardableResult
    public nonisolated func closeAll(grace: Duration = Grace.byDefault) async -> Int {
        await storage.close(storage.removeAll(), grace: grace)
    }

    /// Shuts the pool down: takes no more requests, lets those inside go on until the grace has passed, aborts the rest.
    ///
    /// May be called by many: all of them wait for the same end, which the shortest grace decides.
    ///
    /// - Parameter grace: How long requests may go on. Default: 30 s, ``Grace/byDefault``.
    /// - Returns: How many requests were aborted.
    @discardableResult
    public nonisolated func shutdown(grace: Duration = Grace.byDefault) async -> Int {
        await storage.shutDown(grace: grace)
    }

    // MARK: Facts

    /// What the pool holds and has done, in one snapshot.
    public nonisolated var statistics: PoolStatistics { storage.statistics }
}
