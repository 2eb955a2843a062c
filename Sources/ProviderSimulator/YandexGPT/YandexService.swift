/// YandexGPT: the native API, operations, IAM and the OpenAI-compatible endpoint.
final class YandexService: ProviderService {
    /// What changes from request to request.
    struct State: Sendable {
        var generations = 0
        /// Ends of the IAM tokens' lives, nanoseconds of the monotonic clock.
        var iamTokens: [String: Int64] = [:]
        var operations = RecentEntries<YandexOperation>()
    }

    let options: SimulatorConfiguration.YandexGPT
    let answer: SimulatorAnswer
    let identifiers: IdentifierSource
    let recorder: StatisticsRecorder
    private let limiter: ConcurrencyLimiter
    let state = Guarded(State())

    init(
        _ options: SimulatorConfiguration.YandexGPT,
        answer: SimulatorAnswer,
        identifiers: IdentifierSource,
        recorder: StatisticsRecorder
    ) {
        self.options = options
        self.answer = answer
        self.identifiers = identifiers
        self.recorder = recorder
        limiter = ConcurrencyLimiter(recorder)
    }

    func reply(to request: HTTPRequest) -> Reply {
        let segments = request.segments
        let reply: Reply
        do throws(YandexError) {
            switch segments.first {
            case "iam": reply = try iam(request, segments)
            case "v1": return tagged(openAIReply(to: request, Array(segments.dropFirst())), request)
            default:
                let account = try authorized(request)
                reply = try native(request, segments, account: account)
            }
        } catch {
            return tagged(error.reply, request)
        }
        return tagged(reply, request)
    }

    func errorReply(to request: HTTPRequest, status: Int, message: String?) -> Reply {
        guard request.segments.first == "v1" else {
            return tagged(YandexError(status: status, message: message).reply, request)
        }
        let text = YandexError(status: status, message: message).message
        return tagged(OpenAIError(status, text, code: nil).reply, request)
    }

    private func native(_ request: HTTPRequest, _ path: [String], account: String) throws(YandexError) -> Reply {
        if request.method == "GET", path.count >= 2, path[path.count - 2] == "operations" {
            return try operation(path[path.count - 1])
        }
        guard request.method == "POST" else { throw YandexError(404, "Not Found") }
        switch path.suffix(2) {
        // The second form is the one of the guide that this package grew out of.
        case ["v1", "completion"], ["chat", "completions"]: return try completion(request, account: account)
        case ["v1", "completionAsync"]: return try completionAsync(request)
        case ["v1", "tokenize"]: return try tokenize(request)
        case ["v1", "tokenizeCompletion"]: return try tokenizeCompletion(request)
        case ["v1", "textEmbedding"]: return try textEmbedding(request)
        case ["v1", "completionBatch"]: throw YandexError(501, "Not implemented")
        default: throw YandexError(404, "Not Found")
        }
    }

    /// Whom a request speaks for: its key or token.
    func authorized(_ request: HTTPRequest) throws(YandexError) -> String {
        let parts = (request[field: "Authorization"] ?? "").split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { throw YandexError(401, "Unknown api key") }
        let credential = String(parts[1])
        switch parts[0] {
        case "Api-Key": break
        case "Bearer":
            if let expiry = state.withLock({ $0.iamTokens[credential] }) {
                guard expiry > SystemClock.monotonic else { throw YandexError(401, "The token has expired") }
                return credential
            }
        default: throw YandexError(401, "Unknown api key")
        }
        guard options.apiKeys?.contains(credential) ?? true else { throw YandexError(401, "Unknown api key") }
        return credential
    }

    /// A place in the folder's quota.
    func admit(_ account: String) throws(YandexError) -> @Sendable () -> Void {
        if let allowed = options.requestsPerHour {
            let isOver = state.withLock { state in
                state.generations += 1
                return state.generations > allowed
            }
            if isOver { throw YandexError(429, YandexError.hourlyText(allowed: allowed)) }
        }
        guard let done = limiter.admit(account, limit: options.concurrentGenerations) else {
            throw YandexError(429, YandexError.sessionsText(allowed: options.concurrentGenerations ?? 0))
        }
        return done
    }

    /// The model of a URI, if it is one that the caller may use.
    func model(_ uri: String?, scheme: String, _ request: HTTPRequest) throws(YandexError) -> YandexModel {
        guard let uri else { throw YandexError(400, "invalid model_uri") }
        guard let model = YandexModel(uri), model.scheme == scheme else {
            throw YandexError(400, "Failed to parse model URI")
        }
        guard model.exists else { throw YandexError(400, "invalid model_uri") }
        let named = request[field: "x-folder-id"] ?? request[field: "OpenAI-Project"]
        guard model.folder == options.folder ?? model.folder, model.folder == named ?? model.folder else {
            throw YandexError(
                400,
                "Specified folder ID '\(model.folder)' does not match with service account folder ID "
                    + "'\(options.folder ?? named ?? "")'"
            )
        }
        return model
    }

    /// Adds the fields that every answer has.
    private func tagged(_ reply: Reply, _ request: HTTPRequest) -> Reply {
        let trace = identifiers.text(16, from: "0123456789abcdef")
        return reply.adding("Server", "ycalb")
            .adding("x-client-request-id", request[field: "x-client-request-id"])
            .adding("x-request-id", identifiers.uuid())
            .adding("x-server-trace-id", "\(trace):\(identifiers.text(16, from: "0123456789abcdef")):\(trace):1")
    }
}
