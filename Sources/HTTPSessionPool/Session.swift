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
            origin: url.origin,
            configuration: configuration,
            options: options
        )
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
        let core = try await enter()
        defer { leave(core) }
        let prepared = try PreparedRequest(request, to: baseURL, core.configuration)
        var route = RedirectRoute(prepared.transfer, limit: core.configuration.maxRedirects, origin: baseURL.origin)
        while true {
            let result = try await core.send(route.request, timeouts: prepared.timeouts).get()
            let headers = HeaderFields(wire: result.head.headerBytes)
            guard try route.follow(status: result.head.status, location: headers["location"]) else {
                return Response(result, headers: headers)
            }
        }
    }

    /// Sends a request and hands the response over as soon as its head has arrived.
    ///
    /// - Parameter request: The request; its path is appended to ``baseURL``.
    /// - Returns: Status, headers and a body to be read piece by piece. Dropping it ends the transfer.
    /// - Throws: ``SessionError`` when no response began.
    public func stream(_ request: Request) async throws(SessionError) -> StreamingResponse {
        let core = try await enter()
        do throws(SessionError) {
            let prepared = try PreparedRequest(request, to: baseURL, core.configuration)
            var route = RedirectRoute(prepared.transfer, limit: core.configuration.maxRedirects, origin: baseURL.origin)
            while true {
                let opened = try await core.openStream(route.request, timeouts: prepared.timeouts).get()
                let headers = HeaderFields(wire: opened.head.headerBytes)
                let isRedirect: Bool
                do throws(SessionError) {
                    isRedirect = try route.follow(status: opened.head.status, location: headers["location"])
                } catch {
                    await core.abandon(opened.id)
                    throw error
                }
                guard !isRedirect else {
                    await core.abandon(opened.id)
                    continue
                }
                let reader = StreamReader(core: core, id: opened.id, owner: owner, timeouts: prepared.timeouts)
                return StreamingResponse(
                    status: Status(rawValue: opened.head.status),
                    headers: headers,
                    body: ResponseBody(reader: reader)
                )
            }
        } catch {
            leave(core)
            throw error
        }
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

    /// Enters the session that this handle is bound to, or a fresh one when that is closed.
    func enter() async throws(SessionError) -> SessionCore {
        try ForkGuard.check(origin: baseURL.origin)
        let core = core
        if core.gate.enter() { return core }
        let fresh = try await owner.enteredCore(for: self)
        current.withLock { $0 = fresh }
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
        case .drained: submitClose(reason: .poolClosed)
        }
    }
}

extension Response {
    init(_ result: TransferResponse, headers: HeaderFields) {
        self.init(
            status: Status(rawValue: result.head.status),
            headers: headers,
            body: result.body,
            metrics: RequestMetrics(result.metrics, queueTime: result.queueTime)
        )
    }
}

extension RequestMetrics {
    init(_ metrics: TransferMetrics, queueTime: Duration) {
        self.init()
        self.queueTime = queueTime
        nameLookup = metrics.nameLookup
        connect = metrics.connect
        tlsHandshake = metrics.tlsHandshake
        firstByte = metrics.firstByte
        total = metrics.total
        connectionsOpened = metrics.connectionsOpened
        // libcurl's CURL_HTTP_VERSION_ numbers.
        httpVersion = [1: "1.0", 2: "1.1", 3: "2", 30: "3"][metrics.httpVersion] ?? ""
        headerBytes = metrics.headerBytes
        bodyBytes = metrics.bodyBytes
    }
}
