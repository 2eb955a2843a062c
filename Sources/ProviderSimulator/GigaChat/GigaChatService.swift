/// GigaChat: OAuth, API versions 1 and 2.
final class GigaChatService: ProviderService {
    static let contentType = "application/json; charset=utf-8"

    /// What changes from request to request.
    struct State: Sendable {
        var tokens = GigaChatTokens()
        var unauthorizedCalls: Int
        /// Tokens of prompts seen per session, which the next prompt finds in the cache.
        var cachedTokens = RecentEntries<Int>()
        var files: [GigaChatFile] = []
    }

    let options: SimulatorConfiguration.GigaChat
    let answer: SimulatorAnswer
    let identifiers: IdentifierSource
    let recorder: StatisticsRecorder
    let limiter: ConcurrencyLimiter
    let state: Guarded<State>

    init(
        _ options: SimulatorConfiguration.GigaChat,
        answer: SimulatorAnswer,
        identifiers: IdentifierSource,
        recorder: StatisticsRecorder
    ) {
        self.options = options
        self.answer = answer
        self.identifiers = identifiers
        self.recorder = recorder
        limiter = ConcurrencyLimiter(recorder)
        state = Guarded(State(unauthorizedCalls: options.unauthorizedCalls))
    }

    func reply(to request: HTTPRequest) -> Reply {
        var segments = request.segments
        if segments.first == "api" { segments.removeFirst() }
        let version = segments.isEmpty ? "" : segments.removeFirst()
        if version == "v2", segments == ["oauth"] { return oauth(request) }
        if version == "v1", segments == ["token"] { return passwordToken(request) }
        let reply: Reply
        do throws(GigaChatError) {
            let account = try authorized(request)
            switch version {
            case "v1": reply = try version1(request, segments, account: account)
            case "v2": reply = try version2(request, segments, account: account)
            default: throw GigaChatError(404, "Not found")
            }
        } catch {
            return tagged(error.reply, request)
        }
        return tagged(reply, request)
    }

    func errorReply(to request: HTTPRequest, status: Int, message: String?) -> Reply {
        if request.path.hasSuffix("/oauth") {
            return GigaChatOAuthError(status, code: 0, message ?? HTTPStatus.reason(status)).reply
        }
        return tagged(GigaChatError(status: status, message: message).reply, request)
    }

    /// Ends the life of every token issued so far.
    func expireTokens() {
        state.withLock { $0.tokens.expireAll() }
    }

    private func version1(
        _ request: HTTPRequest,
        _ path: [String],
        account: GigaChatTokens.Account
    ) throws(GigaChatError) -> Reply {
        switch (request.method, path.first) {
        case ("POST", "chat") where path == ["chat", "completions"]: try chat(request, account: account)
        case ("POST", "embeddings"): try embeddings(request)
        case ("POST", "tokens") where path == ["tokens", "count"]: try countTokens(request)
        case ("POST", "ai") where path == ["ai", "check"]: try checkAI(request)
        case ("POST", "functions") where path == ["functions", "validate"]: try validateFunction(request)
        case ("GET", "models"), ("HEAD", "models"): try models(path.dropFirst().first)
        case ("GET", "balance"): try balance()
        case (_, "files"): try files(request, Array(path.dropFirst()))
        default: throw GigaChatError(404, "Not found")
        }
    }

    private func version2(
        _ request: HTTPRequest,
        _ path: [String],
        account: GigaChatTokens.Account
    ) throws(GigaChatError) -> Reply {
        guard !options.isVersion2Forbidden, path.first != "files" else { return .html(status: 403) }
        guard request.method == "POST", path == ["chat", "completions"] else { throw GigaChatError(404, "Not found") }
        return try chat2(request, account: account)
    }

    /// Adds the fields that every answer of the API has.
    private func tagged(_ reply: Reply, _ request: HTTPRequest) -> Reply {
        var reply = reply
        reply.fields += [
            HTTPField("Server", request.path.contains("/v2/") ? "nginx" : "SynGX"),
            HTTPField("X-Request-Id", request[field: "X-Request-ID"] ?? identifiers.uuid()),
            HTTPField("X-Session-Id", request[field: "X-Session-ID"] ?? identifiers.uuid()),
        ]
        return reply.adding("X-Client-Id", request[field: "X-Client-ID"])
    }
}
