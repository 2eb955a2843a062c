public import HTTPSessionPool

/// A client for YandexGPT's native interface: chat, tools, tokens, embeddings, asynchronous completions.
///
/// For the OpenAI-compatible interface of the same provider see ``OpenAICompatibleConfiguration/yandex(folder:apiKey:model:)``.
public struct YandexGPTClient: ChatClient {
    /// The configuration that the client was made with.
    public let configuration: YandexGPTConfiguration
    private(set) var channel: ProviderChannel
    let operations: ProviderChannel
    let encoder: YandexGPTEncoder

    /// Makes a client; nothing is sent yet.
    ///
    /// Throws ``ProviderError/Code/invalidConfiguration`` when a URL cannot be used.
    public init(_ configuration: YandexGPTConfiguration) throws(ProviderError) {
        self.configuration = configuration
        encoder = YandexGPTEncoder(folderID: configuration.folderID, defaultModel: configuration.model)
        var session = configuration.session
        session.credentialsScope = session.credentialsScope ?? configuration.credentials.scope(configuration.folderID)
        let failures = FailureReader(.yandexGPT, secrets: configuration.credentials.secrets)
        let authorizer: Authorizer
        switch configuration.credentials {
        case .apiKey(let key):
            authorizer = .fixed(Secret("Api-Key " + key.reveal()))
        case .iamToken(let token):
            authorizer = .fixed(Secret("Bearer " + token.reveal()))
        case .oauthToken, .serviceAccount, .metadataService:
            let cache = try YandexIAM.cache(configuration, session: session, failures: failures)
            authorizer = cache.map { .renewed($0) } ?? .none
        }
        channel = ProviderChannel(
            sessions: try SessionSource(
                .yandexGPT,
                baseURL: configuration.baseURL,
                configuration: session,
                pool: configuration.pool,
                usePool: configuration.usePool
            ),
            authorizer: authorizer,
            failures: failures
        )
        session.becomeControl()
        operations = ProviderChannel(
            sessions: try SessionSource(
                .yandexGPT,
                baseURL: configuration.operationURL ?? Self.operationURL(for: channel.sessions.baseURL),
                configuration: session,
                pool: configuration.pool,
                usePool: configuration.usePool
            ),
            authorizer: authorizer,
            failures: failures
        )
        guard configuration.checksHealthByCompletion else { return }
        let plain = self
        channel = channel.checkingHealth { () throws(ProviderError) in try plain.request(.probe, stream: false) }
    }

    private static func operationURL(for baseURL: BaseURL) -> String {
        baseURL.origin == "https://llm.api.cloud.yandex.net" ? "https://operation.api.cloud.yandex.net" : baseURL.origin
    }

    /// Whom the client asks.
    public var provider: Provider { .yandexGPT }

    /// The pool's session for the account, or with `usePool: false` a private one that the caller must close.
    public func session(usePool: Bool = true) async throws(ProviderError) -> Session {
        try await channel.sessions.session(usePool: usePool)
    }

    /// Closes the private sessions of a client that does not use the pool.
    public func close() async {
        await channel.close()
        await operations.sessions.close()
    }

    /// Asks and waits for the whole answer.
    public func chat(_ request: ChatRequest, on session: Session?) async throws(ProviderError) -> ChatResponse {
        let response = try await channel.send(
            try self.request(request, stream: false),
            on: session,
            missing: .modelNotFound
        )
        return try answer(response)
    }

    /// Asks, and gives the answer piece by piece.
    ///
    /// The provider sends the whole text every time; what is new of it comes out here, and ``ChatDelta/replace(_:)`` when the
    /// provider revises what it said.
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
        return FramedSource(
            response.body.jsonObjects.makeAsyncIterator(),
            decoder: YandexGPTStreamDecoder(failures: channel.failures, requestID: requestID),
            provider: .yandexGPT,
            requestID: requestID
        )
    }

    private func request(_ chat: ChatRequest, stream: Bool) throws(ProviderError) -> Request {
        var request = try self.request(
            configuration.completionPath,
            body: try encoder.completion(chat, stream: stream),
            requestID: chat.requestID
        )
        request.headers.set(chat.headers)
        request.timeouts = chat.timeouts
        return request
    }

    /// A request with the headers that all of them have.
    func request(_ path: String, body: JSONValue, requestID: String? = nil) throws(ProviderError) -> Request {
        var request = Request(.post, path)
        request.headers["Content-Type"] = "application/json"
        request.headers["x-client-request-id"] = requestID ?? RequestID.make()
        if configuration.sendsFolderHeader, !configuration.folderID.isEmpty {
            request.headers["x-folder-id"] = configuration.folderID
        }
        if let isAllowed = configuration.dataLogging {
            request.headers["x-data-logging-enabled"] = isAllowed ? "true" : "false"
        }
        request.body = try channel.encode(body)
        return request
    }

    /// The answer in a whole response.
    private func answer(_ response: Response) throws(ProviderError) -> ChatResponse {
        let requestID = channel.failures.requestID(in: response.headers)
        let envelope = try channel.decode(YandexGPTWire.Envelope.self, from: response)
        if let error = envelope.failure(channel.failures, response.body, requestID: requestID) { throw error }
        guard let answer = envelope.completion.answer(requestID: requestID) else {
            throw channel.failures.malformed("there is no alternative in it", body: response.body, requestID: requestID)
        }
        return answer
    }
}

extension YandexGPTConfiguration.Credentials {
    /// What must never show in an error.
    var secrets: [Secret] {
        switch self {
        case .apiKey(let key): [key]
        case .iamToken(let token), .oauthToken(let token): [token]
        case .serviceAccount, .metadataService: []
        }
    }

    /// A name that keeps the sessions of different accounts apart.
    func scope(_ folder: String) -> String {
        switch self {
        case .apiKey(let secret), .iamToken(let secret), .oauthToken(let secret):
            CredentialsScope.name(.yandexGPT, [folder, secret.reveal()])
        case .metadataService(let url):
            CredentialsScope.name(.yandexGPT, [folder, url])
        case .serviceAccount:
            // A closure has no identity, so every client of this kind is an account of its own.
            CredentialsScope.name(.yandexGPT, [folder, RequestID.make()])
        }
    }
}
