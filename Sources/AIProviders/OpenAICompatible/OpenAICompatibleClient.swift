public import HTTPSessionPool

/// A client for OpenAI and for everything that speaks its format: DeepSeek, Ollama, vLLM, Qwen, Yandex.
public struct OpenAICompatibleClient: ModelListing {
    /// The configuration that the client was made with.
    public let configuration: OpenAICompatibleConfiguration
    private(set) var channel: ProviderChannel
    let encoder: OpenAIRequestEncoder

    /// Makes a client; nothing is sent yet.
    ///
    /// Throws ``ProviderError/Code/invalidConfiguration`` when the base URL cannot be used.
    public init(_ configuration: OpenAICompatibleConfiguration) throws(ProviderError) {
        self.configuration = configuration
        encoder = OpenAIRequestEncoder(configuration: configuration)
        var session = configuration.session
        if session.credentialsScope == nil {
            session.credentialsScope = CredentialsScope.name(
                configuration.provider,
                [configuration.apiKey?.reveal(), configuration.organization, configuration.project]
            )
        }
        channel = ProviderChannel(
            sessions: try SessionSource(
                configuration.provider,
                baseURL: configuration.baseURL,
                configuration: session,
                pool: configuration.pool,
                usePool: configuration.usePool
            ),
            authorizer: configuration.apiKey.map { .fixed(Secret("Bearer " + $0.reveal())) } ?? .none,
            failures: Self.failures(configuration)
        )
        guard configuration.checksHealthByCompletion else { return }
        guard configuration.model != nil else {
            throw ProviderError(
                .invalidConfiguration,
                configuration.provider,
                "Checks of health by completion need a model: set one in the configuration."
            )
        }
        let plain = self
        channel = channel.checkingHealth { () throws(ProviderError) in try plain.request(.probe, stream: false) }
    }

    /// How errors of the service are read.
    static func failures(_ configuration: OpenAICompatibleConfiguration) -> FailureReader {
        var failures = FailureReader(configuration.provider, secrets: configuration.apiKey.map { [$0] } ?? [])
        failures.requestIDHeaders = ["x-request-id", "x-client-request-id"]
        failures.waitInText = { RetryAdvice.wait(inText: $0) }
        return failures
    }

    /// Whom the client asks.
    public var provider: Provider { configuration.provider }

    /// The pool's session for the service, or with `usePool: false` a private one that the caller must close.
    public func session(usePool: Bool = true) async throws(ProviderError) -> Session {
        try await channel.sessions.session(usePool: usePool)
    }

    /// Closes the private session of a client that does not use the pool.
    public func close() async {
        await channel.close()
    }

    /// Asks and waits for the whole answer.
    public func chat(_ request: ChatRequest, on session: Session?) async throws(ProviderError) -> ChatResponse {
        let response = try await channel.send(
            try self.request(request, stream: false),
            on: session,
            missing: .modelNotFound
        )
        return try Self.answer(response, channel)
    }

    /// Asks, and gives the answer piece by piece.
    public func stream(_ request: ChatRequest, on session: Session?) -> ChatStream {
        @Sendable func open() async throws(ProviderError) -> any DeltaSource {
            try await self.open(request, on: session)
        }
        return ChatStream(open: open)
    }

    private func open(_ request: ChatRequest, on session: Session?) async throws(ProviderError) -> any DeltaSource {
        let response = try await channel.open(
            try self.request(request, stream: true),
            on: session,
            missing: .modelNotFound
        )
        let requestID = channel.failures.requestID(in: response.headers)
        let decoder = OpenAIStreamDecoder(failures: channel.failures, requestID: requestID)
        return try await channel.source(response, decoder: decoder) { whole throws(ProviderError) in
            try Self.answer(whole, channel)
        }
    }

    /// The models that the key may use.
    public func models(on session: Session?) async throws(ProviderError) -> [ModelInfo] {
        let response = try await channel.send(Request(.get, "/models", headers: headers), on: session)
        return try channel.decode(OpenAIWire.Models.self, from: response).infos
    }

    /// The vectors of `texts`, in their order.
    ///
    /// Yandex takes one text per request. A `model` of `nil` takes that of the configuration.
    public func embeddings(
        _ texts: [String],
        model: String? = nil,
        on session: Session? = nil
    ) async throws(ProviderError) -> [Embedding] {
        guard let model = model ?? configuration.embeddingModel else {
            throw ProviderError(
                .invalidRequest,
                provider,
                "No embedding model: name one in the call or in the configuration."
            )
        }
        var request = Request(.post, "/embeddings", headers: headers)
        request.headers["Content-Type"] = "application/json"
        request.body = try channel.encode(encoder.embeddings(texts, model: model))
        let response = try await channel.send(request, on: session, missing: .modelNotFound)
        let items = try channel.decode(OpenAIWire.Embeddings.self, from: response).data
        return items.enumerated()
            .map { Embedding(index: $0.element.index ?? $0.offset, vector: $0.element.embedding.values) }
            .sorted { $0.index < $1.index }
    }

    private var headers: HeaderFields {
        var headers = configuration.headers
        if let organization = configuration.organization { headers["OpenAI-Organization"] = organization }
        if let project = configuration.project { headers["OpenAI-Project"] = project }
        return headers
    }

    /// The HTTP request for a chat.
    func request(_ chat: ChatRequest, stream: Bool) throws(ProviderError) -> Request {
        var request = Request(.post, "/chat/completions", headers: headers)
        request.headers["Content-Type"] = "application/json"
        if stream { request.headers["Accept"] = "text/event-stream" }
        if let id = chat.requestID { request.headers["X-Client-Request-Id"] = id }
        request.headers.set(chat.headers)
        request.body = try channel.encode(encoder.chat(chat, stream: stream))
        request.timeouts = chat.timeouts
        return request
    }

    /// The answer in a whole response; events that nobody asked for are read as well.
    static func answer(_ response: Response, _ channel: ProviderChannel) throws(ProviderError) -> ChatResponse {
        let requestID = channel.failures.requestID(in: response.headers)
        let decoder = OpenAIStreamDecoder(failures: channel.failures, requestID: requestID)
        if let answer = try channel.answer(inEventsOf: response, decoder: decoder) { return answer }
        let completion = try channel.decode(OpenAIWire.Completion.self, from: response)
        if let error = completion.failure(channel.failures, response.body, requestID: requestID) { throw error }
        guard completion.parts.contains(where: \.isAnswer) else {
            throw channel.failures.malformed("there is no choice in it", body: response.body, requestID: requestID)
        }
        var answer = ChatResponse()
        for part in completion.parts { answer.add(part) }
        answer.usage = completion.cost
        answer.model = completion.model?.value
        answer.requestID = requestID
        return answer
    }
}

extension ChatResponse {
    /// Adds a choice, or the part of one.
    fileprivate mutating func add(_ choice: OpenAIWire.Choice) {
        // Gemini leaves the message out when its thoughts took all tokens.
        let message = choice.message ?? choice.delta
        text += message?.text ?? choice.text ?? ""
        if let thoughts = message?.thoughts { reasoning = (reasoning ?? "") + thoughts }
        reasoningFields.merge(message?.reasoningFields ?? [:]) { _, new in new }
        toolCalls += (message?.calls ?? []).map {
            ToolCall(
                id: $0.id ?? "",
                name: $0.function?.name ?? "",
                argumentsText: $0.argumentsText,
                extra: $0.extra
            )
        }
        finishReason = choice.reason.map { FinishReason(openAI: $0) } ?? finishReason
    }
}
