internal import CurlTransport
import Synchronization

/// A reusable connection to one service: requests in, responses out.
///
/// A session comes from a ``SessionPool``, which shares it among everybody who asks for the same base URL, or is made
/// for its owner alone with ``init(_:configuration:)``. It may be kept and used from any task. When its pool evicts or
/// closes it, the next request binds it to a fresh one; only after the pool's shutdown does it fail, with
/// ``SessionError/Code/poolClosed``. A session that is kept keeps what its pool holds: a pool that nobody has kept goes
/// on for its sessions, and closes everything when the last of them is gone.
public final class Session: Sendable {
    /// What the paths of requests are appended to.
    public let baseURL: BaseURL

    let owner: any SessionOwner
    /// What the pool finds the session by.
    let key: SessionKey
    let binding: Locked<Binding>

    /// What the handle is bound to, and what was last sent through it.
    struct Binding {
        var core: SessionCore
        var lastRequest: PreparedRequest?
    }

    init(baseURL: BaseURL, owner: any SessionOwner, core: SessionCore, key: SessionKey) {
        self.baseURL = baseURL
        self.owner = owner
        self.key = key
        binding = Locked(Binding(core: core))
    }

    /// Makes a private session, which no pool knows; its owner closes it with ``close(grace:)``.
    ///
    /// - Parameters:
    ///   - baseURL: An absolute `http` or `https` URL.
    ///   - configuration: How it behaves.
    /// - Throws: ``SessionError`` for a URL, certificate or proxy that cannot be used.
    public convenience init(
        _ baseURL: String,
        configuration: SessionConfiguration = SessionConfiguration()
    ) throws(SessionError) {
        let url = try BaseURL(baseURL)
        let options = try EngineOptions(configuration, for: url)
        let core = try SessionFactory.unpooled().makeCore(
            baseURL: url,
            configuration: configuration,
            options: options
        )
        core.startUpkeep()
        self.init(
            baseURL: url,
            owner: PrivateSessionOwner(core: core),
            core: core,
            key: SessionKey(url, configuration)
        )
    }

    /// A number that no other session of the process has, and that changes when the session is re-created.
    public var id: UInt64 { core.id }

    /// Whether the session has been closed or evicted; its next request re-creates it.
    public var isClosed: Bool { core.gate.isRetired }

    /// What the session has done since it was created.
    public var statistics: SessionStatistics { core.tally.snapshot }

    /// Closes a private session: waits for its requests until the grace has passed, and aborts the rest.
    ///
    /// A session of a pool belongs to everybody who uses it: this does nothing to it; see
    /// ``SessionPool/closeSession(for:configuration:grace:)``.
    ///
    /// - Parameter grace: How long requests may go on. Default: 30 s, ``Grace/byDefault``.
    /// - Returns: How many requests were aborted.
    @discardableResult
    public func close(grace: Duration = Grace.byDefault) async -> Int {
        guard let owner = owner as? PrivateSessionOwner else { return 0 }
        return await owner.close(grace: grace)
    }

    /// Runs `body` with the session's event loop as the executor of its task: the fast lane.
    ///
    /// Requests made inside cost no thread switch. Whatever blocks inside blocks every session of the loop: only await.
    ///
    /// - Parameter body: What to run.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    public func onLoop<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await withTaskExecutorPreference(core.loop, operation: body)
    }

    // MARK: Binding

    /// What the handle is bound to now; tests look into it.
    var core: SessionCore { binding.withLock { $0.core } }

    /// Enters the session that this handle is bound to; false when that is closed.
    func enter(_ core: SessionCore) throws(SessionError) -> Bool {
        try ForkGuard.check(origin: baseURL.origin)
        return core.gate.enter()
    }

    /// Enters the session, or a fresh one in the place of a closed one.
    func entered() async throws(SessionError) -> SessionCore {
        let core = core
        return try enter(core) ? core : try await enterFresh()
    }

    /// Enters a fresh session in the place of a closed one, and binds this handle to it; waits for its place until
    /// `deadline` at most.
    func enterFresh(until deadline: MonotonicTime? = nil) async throws(SessionError) -> SessionCore {
        let fresh = try await owner.enteredCore(for: self, until: deadline)
        binding.withLock { $0.core = fresh }
        return fresh
    }

    func leave(_ core: SessionCore) {
        core.leave(telling: owner)
    }
}

extension SessionCore {
    /// Leaves the session once, and closes it when it was the last user of a retired one.
    nonisolated func leave(telling owner: any SessionOwner) {
        switch gate.leave() {
        case .occupied: break
        case .idle: owner.coreBecameIdle(self)
        case .drained:
            submitClose(reason: .poolClosed)
            // One that has retired itself still has its place in the pool, which somebody may wait for.
            owner.coreBecameIdle(self)
        }
    }
}
