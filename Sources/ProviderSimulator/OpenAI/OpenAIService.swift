/// An OpenAI-compatible provider.
final class OpenAIService: ProviderService {
    private let options: SimulatorConfiguration.OpenAI
    let answer: SimulatorAnswer
    private let identifiers: IdentifierSource
    private let limiter: ConcurrencyLimiter

    init(
        _ options: SimulatorConfiguration.OpenAI,
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
        guard let key = authorizedKey(request) else {
            return OpenAIError(401, "Incorrect API key provided.", code: "invalid_api_key").reply
        }
        let segments = request.segments.first == "v1" ? Array(request.segments.dropFirst()) : request.segments
        let reply: Reply =
            switch (request.method, segments) {
            case ("POST", ["chat", "completions"]): chat(request, key: key)
            case ("POST", ["embeddings"]): embeddings(request)
            case ("GET", ["models"]), ("HEAD", ["models"]):
                .json(["object": "list", "data": .array(options.models.map(model))])
            case ("GET", let path) where path.count == 2 && path[0] == "models": oneModel(path[1])
            default: OpenAIError(404, "Invalid URL (\(request.method) \(request.path))", code: nil).reply
            }
        return reply.adding("x-request-id", "req_" + identifiers.text(24, from: "0123456789abcdef"))
    }

    func errorReply(to request: HTTPRequest, status: Int, message: String?) -> Reply {
        OpenAIError(status, message ?? HTTPStatus.reason(status), code: nil).reply
    }

    private func authorizedKey(_ request: HTTPRequest) -> String? {
        guard let field = request[field: "Authorization"], field.hasPrefix("Bearer ") else { return nil }
        let key = String(field.dropFirst(7))
        guard !key.isEmpty, options.apiKeys?.contains(key) ?? true else { return nil }
        return key
    }

    private func model(_ id: String) -> JSON {
        ["id": .string(id), "object": "model", "created": 1_715_367_049, "owned_by": "simulator"]
    }

    private func oneModel(_ id: String) -> Reply {
        options.models.contains(id)
            ? .json(model(id))
            : OpenAIError(404, "The model '\(id)' does not exist", code: "model_not_found").reply
    }

    private func embeddings(_ request: HTTPRequest) -> Reply {
        guard let json = JSON(parsing: request.body), let model = json["model"]?.string,
            let inputs = json["input"]?.array?.compactMap(\.string) ?? json["input"]?.string.map({ [$0] })
        else { return OpenAIError(400, "'input' and 'model' are required", code: nil).reply }
        let embeddings = OpenAIEmbeddings(
            inputs,
            model: model,
            dimensions: json["dimensions"]?.integer ?? 1536,
            isBase64: json["encoding_format"] == "base64"
        )
        return .json(embeddings.json)
    }

    private func chat(_ request: HTTPRequest, key: String) -> Reply {
        let chat: OpenAIChatRequest
        do {
            chat = try OpenAIChatRequest(request.body)
        } catch {
            return OpenAIError(400, error.message, code: nil, parameter: error.parameter).reply
        }
        guard let done = limiter.admit(key, limit: options.concurrentGenerations) else {
            return OpenAIError(429, "Rate limit reached: too many concurrent requests", code: "rate_limit_exceeded")
                .reply
        }
        var completion = OpenAICompletion(chat, answer: answer, dialect: dialect, identifiers: identifiers)
        if options.dialect == .deepSeek {
            completion.usageExtras = [
                JSON.Member(name: "prompt_cache_hit_tokens", value: 0),
                JSON.Member(name: "prompt_cache_miss_tokens", value: .integer(completion.answer.promptTokens)),
            ]
        }
        var reply = chat.isStream ? stream(completion) : whole(completion)
        reply.onComplete = done
        return reply
    }

    private var dialect: OpenAIDialect {
        var dialect = OpenAIDialect()
        switch options.dialect {
        case .openAI: dialect = .openAI
        case .deepSeek: dialect.usageStyle = .withFinish
        case .ollama: dialect.toolCallStyle = .whole
        }
        if options.alwaysIncludesUsage { dialect.usageStyle = .always }
        return dialect
    }

    private func stream(_ completion: OpenAICompletion) -> Reply {
        let keepAlive: [StreamScript.Unit] = (0..<options.keepAliveLines).flatMap { _ -> [StreamScript.Unit] in
            [.comment("keep-alive"), .pause(options.keepAliveInterval)]
        }
        return .events(StreamScript(units: keepAlive + completion.units, failure: OpenAIError.streamFailure))
    }

    /// A whole answer, with DeepSeek's blank lines before it if there are any.
    private func whole(_ completion: OpenAICompletion) -> Reply {
        guard options.keepAliveLines > 0 else { return .json(completion.whole) }
        let blanks: [StreamScript.Unit] = (0..<options.keepAliveLines).flatMap { _ -> [StreamScript.Unit] in
            [.raw("\n"), .pause(options.keepAliveInterval)]
        }
        var reply = Reply.events(
            StreamScript(units: blanks + [.raw(completion.whole.text)], failure: OpenAIError.streamFailure)
        )
        reply.contentType = "application/json"
        return reply
    }
}
