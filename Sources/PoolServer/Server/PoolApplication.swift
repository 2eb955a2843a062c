internal import CurlTransport
internal import HTTPSessionPool
internal import Synchronization

/// Answers requests about a pool; knows nothing of sockets.
final class PoolApplication: Sendable {
    private let token: AccessToken?
    private let visitors: RequestGuard
    private let readiness: @Sendable () -> [String]
    private let healthCheckInterval: Duration?
    private let requiresWarmUp: Bool
    private let statistics: @Sendable () -> PoolStatistics
    private let conditions: @Sendable () -> [SessionCondition]
    private let clock: ServerClock
    private let history: Locked<History>

    init(
        token: AccessToken?,
        address: String = "127.0.0.1",
        readiness: @escaping @Sendable () -> [String],
        healthCheckInterval: Duration?,
        sampleInterval: Int64,
        requiresWarmUp: Bool = false,
        statistics: @escaping @Sendable () -> PoolStatistics,
        conditions: @escaping @Sendable () -> [SessionCondition],
        clock: ServerClock
    ) {
        self.token = token
        visitors = RequestGuard(address: address)
        self.readiness = readiness
        self.healthCheckInterval = healthCheckInterval
        self.requiresWarmUp = requiresWarmUp
        self.statistics = statistics
        self.conditions = conditions
        self.clock = clock
        history = Locked(History(interval: sampleInterval))
    }

    /// Time has passed: takes a sample if it is due.
    func tick() {
        let now = MonotonicTime.now
        guard history.withLock({ $0.isDue(at: now) }) else { return }
        let (snapshot, wallTime) = (statistics(), clock.wall())
        history.withLock { $0.sample(snapshot, at: now, wallTime: wallTime) }
    }

    // MARK: Routing

    private static let json = AcceptedTypes.Offer(type: "application", subtype: "json")
    private static let html = AcceptedTypes.Offer(type: "text", subtype: "html")

    /// The answer to a request; the body of one to `HEAD` is not sent.
    func respond(to request: ServerRequest) -> ServerResponse {
        if var fault = RequestGuard.fault(of: request) {
            // Where one request ends and the next begins is not certain after it.
            fault.fields.append(("Connection", "close"))
            return fault
        }
        // Who knows the token comes from nobody else's page.
        if token == nil, let refusal = visitors.refusal(of: request) { return refusal }
        let isAllowed = token.map { $0.isShown(by: request.field("authorization")) } ?? true
        guard isAllowed else { return Self.unauthorized(request) }
        switch request.path {
        case "/": return get(request, [Self.html]) { _ in StatusPage.response() }
        case "/pool/stats": return get(request, [Self.json]) { _ in self.json(self.document.json) }
        case "/pool/history": return get(request, [Self.json]) { _ in self.json(self.history.withLock { $0 }.json) }
        case "/healthz": return get(request, [Self.json]) { _ in self.json(.object([("status", .string("ok"))])) }
        case "/readyz": return get(request, [Self.json]) { _ in self.readinessResponse() }
        case "/metrics": return get(request, MetricsFormat.offers) { self.metrics(MetricsFormat.allCases[$0]) }
        default: return .problem(404, "There is nothing here; / shows what there is.")
        }
    }

    private func get(
        _ request: ServerRequest,
        _ offers: [AcceptedTypes.Offer],
        _ respond: (Int) -> ServerResponse
    ) -> ServerResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            return .problem(405, "Only GET and HEAD are possible here.", fields: [("Allow", "GET, HEAD")])
        }
        guard let choice = AcceptedTypes(request.field("accept")).best(of: offers) else {
            let types = offers.map { "\($0.type)/\($0.subtype)" }.joined(separator: ", ")
            return .problem(406, "There is only: \(types).")
        }
        var response = respond(choice)
        if offers.count > 1 { response.fields.append(("Vary", "Accept")) }
        return response
    }

    /// Without the token there is nothing to see; the page that asks a person for it holds no data.
    private static func unauthorized(_ request: ServerRequest) -> ServerResponse {
        let challenge = [("WWW-Authenticate", "Bearer realm=\"session-pool\"")]
        guard request.path == "/", request.method == "GET" || request.method == "HEAD" else {
            return .problem(401, "This server wants its token, as Authorization: Bearer.", fields: challenge)
        }
        var page = StatusPage.response()
        page.status = 401
        page.fields += challenge
        return page
    }

    // MARK: Documents

    private func json(_ value: JSON, status: Int = 200) -> ServerResponse {
        ServerResponse(status: status, type: "application/json", body: value.bytes)
    }

    private var document: StatisticsDocument {
        let pool = statistics()
        return StatisticsDocument(
            pool: pool,
            conditions: Dictionary(conditions().map { ($0.id, $0) }) { first, _ in first },
            healthCheckInterval: healthCheckInterval,
            wallTime: clock.wall(),
            reasons: reasons(of: pool)
        )
    }

    private func reasons(of pool: PoolStatistics) -> [String] {
        let own: [String] =
            switch pool.state {
            case .running: []
            case .draining: ["The pool is shutting down."]
            case .closed: ["The pool was shut down."]
            }
        return own + warmUpReasons + readiness()
    }

    /// A pool whose sessions must be warm is not ready while one of them is not.
    private var warmUpReasons: [String] {
        guard requiresWarmUp else { return [] }
        let all = conditions()
        let cold = all.count { $0.warmUp.runs == 0 }
        return cold == 0 ? [] : ["\(cold) of \(all.count) sessions are not warm yet."]
    }

    private func readinessResponse() -> ServerResponse {
        let reasons = reasons(of: statistics())
        return json(
            .object([("ready", .bool(reasons.isEmpty)), ("reasons", .array(reasons.map(JSON.string)))]),
            status: reasons.isEmpty ? 200 : 503
        )
    }

    private func metrics(_ format: MetricsFormat) -> ServerResponse {
        let pool = statistics()
        let families = PoolMetrics(pool, isReady: reasons(of: pool).isEmpty).families + ProcessMetrics.families
        return ServerResponse(type: format.contentType, body: format.body(families))
    }
}
