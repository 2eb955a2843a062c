/// 1C:Naparnik: conversations with tool rounds, and the plain completion form.
final class NaparnikService: ProviderService {
    let options: SimulatorConfiguration.Naparnik
    let answer: SimulatorAnswer
    let identifiers: IdentifierSource
    let limiter: ConcurrencyLimiter
    let conversations = Guarded(RecentEntries<NaparnikConversation>())

    init(
        _ options: SimulatorConfiguration.Naparnik,
        answer: SimulatorAnswer,
        identifiers: IdentifierSource,
        recorder: StatisticsRecorder
    ) {
        self.options = options
        self.answer = answer
        self.identifiers = identifiers
        limiter = ConcurrencyLimiter(recorder)
    }

    func reply(to request: HTTPRequest) -> Reply {
        do throws(NaparnikError) {
            let token = try authorized(request)
            try checkContentType(request)
            // The base is `/chat_api/v1` on code.1c.ai and `/api/v1` in the guide that this package grew out of.
            let path = Array(request.segments.drop { ["chat_api", "api", "v1"].contains($0) })
            switch (request.method, path.first, path.count) {
            case ("POST", "conversations", 1): return try createConversation(request)
            case ("POST", "conversations", 3) where path[2] == "messages":
                return try message(request, conversation: path[1], token: token)
            case ("POST", "chat", 2) where path[1] == "completions": return try completion(request, token: token)
            case ("GET", "skills", 1): return .json([["name": "custom"], ["name": "raw"]])
            default: throw NaparnikError.detail(status: 404, "Not Found")
            }
        } catch {
            return error.reply
        }
    }

    func errorReply(to request: HTTPRequest, status: Int, message: String?) -> Reply {
        switch status {
        case 401, 403: NaparnikError.detail(status: status, message ?? "unauthorized").reply
        case 422: NaparnikError.invalid(message ?? "Unprocessable Entity").reply
        case 429 where message == nil: NaparnikError.rateLimited(seconds: options.rateLimitSeconds).reply
        default:
            NaparnikError.typed(status: status, message ?? HTTPStatus.reason(status), type: "simulated_error").reply
        }
    }

    private func authorized(_ request: HTTPRequest) throws(NaparnikError) -> String {
        let field = request[field: "Authorization"] ?? ""
        let hasScheme = field.hasPrefix("Bearer ")
        let isRightFormat =
            switch options.authorizationFormat {
            case .any: true
            case .plain: !hasScheme
            case .bearer: hasScheme
            }
        let token = hasScheme ? String(field.dropFirst(7)) : field
        let isPrintable = !token.isEmpty && token.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isRightFormat, isPrintable, options.tokens?.contains(token) ?? true else {
            throw .detail(status: 401, "unauthorized")
        }
        return token
    }

    private func checkContentType(_ request: HTTPRequest) throws(NaparnikError) {
        guard options.refusesCharset, let type = request[field: "Content-Type"] else { return }
        guard type == "application/json" else {
            throw .detail(status: 400, "There was an error parsing the body")
        }
    }

    /// The body as an object.
    func object(_ request: HTTPRequest) throws(NaparnikError) -> JSON {
        guard let json = JSON(parsing: request.body), json.members != nil else {
            throw .detail(status: 400, "There was an error parsing the body")
        }
        return json
    }

    private func createConversation(_ request: HTTPRequest) throws(NaparnikError) -> Reply {
        if options.requiresTrailingSlash, !request.path.hasSuffix("/") {
            throw NaparnikError.detail(status: 404, "Not Found")
        }
        let json = try object(request)
        guard let skill = json["skill_name"]?.string ?? json["tool_name"]?.string else {
            throw .invalid("skill_name: field required")
        }
        let conversation = NaparnikConversation(rootMessage: identifiers.uuid())
        let id = identifiers.uuid()
        conversations.withLock { $0[id] = conversation }
        return .json([
            "uuid": .string(id), "root_message_uuid": .string(conversation.rootMessage), "skill_name": .string(skill),
            "is_chat": true,
        ])
    }

    // MARK: Plain completion

    private func completion(_ request: HTTPRequest, token: String) throws(NaparnikError) -> Reply {
        let chat: OpenAIChatRequest
        do {
            chat = try OpenAIChatRequest(request.body)
        } catch {
            throw .invalid(error.message)
        }
        guard let done = limiter.admit(token, limit: options.concurrentGenerations) else {
            throw .rateLimited(seconds: options.rateLimitSeconds)
        }
        let completion = OpenAICompletion(chat, answer: answer, dialect: .openAI, identifiers: identifiers)
        var reply: Reply
        if chat.isStream {
            reply = .events(StreamScript(units: completion.units, failure: NaparnikService.streamFailure))
        } else {
            let text = JSON.string(completion.answer.text)
            switch options.completionShape {
            case .choices: reply = .json(completion.whole)
            case .result: reply = .json(["result": ["text": text, "usage": completion.usage]])
            case .text: reply = .json(["text": text, "usage": completion.usage])
            }
        }
        reply.onComplete = done
        return reply
    }

    /// How an error looks inside a stream.
    static let streamFailure: @Sendable (String) -> [StreamScript.Unit] = { message in
        [.data((["error": .string(message), "error_type": "internal_error"] as JSON).text)]
    }
}
