internal import CurlTransport
import Synchronization

/// A reusable connection to one service: requests in, responses out.
///
/// A session comes from a ``SessionPool``, which shares it among everybody who asks for the same base URL, or is made
/// for its owner alone with ``init(_:configuration:)``. It may be kept and used from any task. When its pool evicts or
/// closes it, the next request binds it to a fresh one; only after the pool's shutdown does it fail, with
/// ``SessionError/Code/poolClosed``.
public final class Session: Sendable {
    /// What the paths of requests are appended to.
    public let baseURL: BaseURL

    let owner: any SessionOwner
    /// What the pool finds the session by.
    let key: SessionKey
    private let current: Locked<SessionCore>
    private let lastRequest = Locked<PreparedTemplate?>(nil)

    init(baseURL: BaseURL, owner: any SessionOwner, core: SessionCore, key: SessionKey) {
        self.baseURL = baseURL
        self.owner = owner
        self.key = key
        current = Locked(core)
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
    /// - Parameter grace: How long requests may go on. Default: not at all.
    /// - Returns: How many requests were aborted.
    @discardableResult
    public func close(grace: Duration = .zero) async -> Int {
        guard let owner = owner as? PrivateSessionOwner else { return 0 }
        return await owner.close(grace: grace)
    }

    // MARK: Requests

    /// Sends a request and reads the whole response.
    ///
    /// - Parameter request: The request; its path is appended to ``baseURL``.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``SessionError`` when no whole response came.
    public func send(_ request: Request) async throws(SessionError) -> Response {
        let start = MonotonicTime.now
        var submitted = start
        var core = core
        if try !enter(core) {
            core = try await enterFresh()
            submitted = .now
        }
        defer { leave(core) }
        var prepared = try prepare(request, on: core)
        prepared.transfer.limits.total = prepared.limits.total.map { start.advanced(byNanoseconds: $0) }
        var route = route(of: prepared.transfer, on: core)
        while true {
            switch await core.send(route.request, limits: prepared.limits, submitted: submitted) {
            case .success(let result):
                let headers = HeaderFields(wire: result.head.headerBytes)
                guard try route.follow(status: result.head.status, location: headers["location"]) else {
                    return Response(result, headers: headers)
                }
                submitted = .now
            case .failure(let error):
                core = try await replace(core, after: error, on: route)
                submitted = .now
            }
        }
    }

    /// Sends a request and hands the response over as soon as its head has arrived.
    ///
    /// - Parameter request: The request; its path is appended to ``baseURL``.
    /// - Returns: Status, headers and a body to be read piece by piece. Dropping it ends the transfer.
    /// - Throws: ``SessionError`` when no response began.
    public func stream(_ request: Request) async throws(SessionError) -> StreamingResponse {
        let start = MonotonicTime.now
        var core = core
        if try !enter(core) { core = try await enterFresh() }
        do throws(SessionError) {
            var prepared = try prepare(request, on: core)
            prepared.transfer.limits.total = prepared.limits.streamTotal.map { start.advanced(byNanoseconds: $0) }
            var route = route(of: prepared.transfer, on: core)
            while true {
                switch await core.openStream(route.request, limits: prepared.limits, submitted: .now) {
                case .success(let opened):
                    let headers = HeaderFields(wire: opened.head.headerBytes)
                    guard try await follows(opened, headers, route: &route, on: core) else {
                        let reader = StreamReader(core: core, id: opened.id, owner: owner, timeouts: prepared.timeouts)
                        return StreamingResponse(
                            status: Status(rawValue: opened.head.status),
                            headers: headers,
                            body: ResponseBody(reader: reader)
                        )
                    }
                case .failure(let error):
                    core = try await replace(core, after: error, on: route)
                }
            }
        } catch {
            leave(core)
            throw error
        }
    }

    /// Whether the head of a stream is a redirect that is followed; its body is of no interest then.
    private func follows(
        _ opened: OpenedStream,
        _ headers: HeaderFields,
        route: inout RedirectRoute,
        on core: SessionCore
    ) async throws(SessionError) -> Bool {
        do throws(SessionError) {
            guard try route.follow(status: opened.head.status, location: headers["location"]) else { return false }
        } catch {
            await core.abandon(opened.id)
            throw error
        }
        await core.abandon(opened.id)
        return true
    }

    /// The session to go on with after a failure: a fresh one, if the old one was closed before it took the request.
    private func replace(
        _ core: SessionCore,
        after error: SessionError,
        on route: RedirectRoute
    ) async throws(SessionError) -> SessionCore {
        guard error.code == .sessionRetired else { throw route.placed(error) }
        let fresh: SessionCore
        do throws(SessionError) {
            fresh = try await owner.enteredCore(for: self)
        } catch {
            throw route.placed(error)
        }
        leave(core)
        current.withLock { $0 = fresh }
        return fresh
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
    var core: SessionCore { current.withLock { $0 } }

    /// Enters the session that this handle is bound to; false when that is closed.
    private func enter(_ core: SessionCore) throws(SessionError) -> Bool {
        try ForkGuard.check(origin: baseURL.origin)
        return core.gate.enter()
    }

    /// Enters the session, or a fresh one in the place of a closed one.
    func entered() async throws(SessionError) -> SessionCore {
        let core = core
        return try enter(core) ? core : try await enterFresh()
    }

    /// Enters a fresh session in the place of a closed one, and binds this handle to it.
    private func enterFresh() async throws(SessionError) -> SessionCore {
        let fresh = try await owner.enteredCore(for: self)
        current.withLock { $0 = fresh }
        return fresh
    }

    private func route(of request: TransferRequest, on core: SessionCore) -> RedirectRoute {
        RedirectRoute(
            request,
            origin: baseURL.origin,
            maxRedirects: core.configuration.maxRedirects,
            hasClientCertificate: core.configuration.tls.clientCertificate != nil
        )
    }

    private func prepare(_ request: Request, on core: SessionCore) throws(SessionError) -> PreparedRequest {
        if let prepared = lastRequest.withLock({ $0?.prepare(request) }) { return prepared }
        let prepared = try PreparedRequest(request, to: baseURL, core.configuration)
        let template = PreparedTemplate(request, prepared)
        lastRequest.withLock { $0 = template }
        return prepared
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

extension Response {
    init(_ result: TransferResponse, headers: HeaderFields) {
        self.init(
            status: Status(rawValue: result.head.status),
            headers: headers,
            body: result.body,
            metrics: RequestMetrics(result.metrics, queueNanoseconds: result.queueNanoseconds)
        )
    }
}
