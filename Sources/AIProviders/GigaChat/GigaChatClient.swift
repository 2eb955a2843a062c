public import HTTPSessionPool

/// A client for GigaChat: chat, functions, models, embeddings, token count, balance, files.
///
/// Make one per account and share it. Tokens are fetched at the first request and renewed before they end, once for all
/// callers. A private person's account runs one request at a time: while a stream is read, another request waits, so do not
/// send one from inside the loop over a stream.
public struct GigaChatClient: ModelListing {
    /// The configuration that the client was made with.
    public let configuration: GigaChatConfiguration
    private(set) var channel: ProviderChannel

    /// Makes a client; nothing is sent yet.
    ///
    /// Throws ``ProviderError/Code/invalidConfiguration`` when a URL or the credentials cannot be used.
    public init(_ configuration: GigaChatConfiguration) throws(ProviderError) {
        try self.init(configuration, now: { .now })
    }

    /// Makes a client whose tokens age by a clock of the caller's.
    init(
        _ configuration: GigaChatConfiguration,
        now: @escaping @Sendable () -> TokenState.Instant
    ) throws(ProviderError) {
        self.configuration = configuration
        let failures = FailureReader(.gigaChat, secrets: configuration.credentials.secrets)
        let sessions = try SessionSource(
            .gigaChat,
            baseURL: configuration.baseURL,
            configuration: try configuration.apiSession(),
            pool: configuration.pool,
            usePool: configuration.usePool
        )
        channel = ProviderChannel(
            sessions: sessions,
            authorizer: try Self.authorizer(configuration, sessions: sessions, failures: failures, now: now),
            failures: failures
        )
        guard configuration.checksHealthByCompletion else { return }
        let plain = self
        channel = channel.checkingHealth { () throws(ProviderError) in try plain.request(.probe, stream: false) }
    }

    private static func authorizer(
        _ configuration: GigaChatConfiguration,
        sessions: SessionSource,
        failures: FailureReader,
        now: @escaping @Sendable () -> TokenState.Instant
    ) throws(ProviderError) -> Authorizer {
        let key: Secret
        switch configuration.credentials {
        case .clientCertificate:
            return .none
        case .accessToken(let token):
            return .fixed(Secret("Bearer " + token.reveal()))
        case .password(let user, let password):
            let tokens = ProviderChannel(sessions: sessions, authorizer: .none, failures: failures)
            return .renewed(
                TokenCache(
                    provider: .gigaChat,
                    leeway: configuration.tokenRefreshLeeway,
                    sessions: sessions,
                    now: now
                ) { () async throws(ProviderError) -> FetchedToken in
                    let request = GigaChatTokens.passwordRequest(user: user, password: password)
                    return try GigaChatTokens.token(in: try await tokens.send(request), tokens)
                }
            )
        case .authorizationKey(let ready):
            key = ready
        case .client(let id, let secret):
            key = GigaChatTokens.authorizationKey(id: id, secret: secret)
        }
        let tokens = ProviderChannel(
            sessions: try SessionSource(
                .gigaChat,
                baseURL: configuration.authURL,
                configuration: configuration.authSession(),
                pool: configuration.pool,
                usePool: configuration.usePool
            ),
            authorizer: .none,
            failures: failures
        )
        let (url, scope) = (configuration.authURL, configuration.scope)
        return .renewed(
            TokenCache(
                provider: .gigaChat,
                leeway: configuration.tokenRefreshLeeway,
                sessions: tokens.sessions,
                now: now
            ) { () async throws(ProviderError) -> FetchedToken in
                let request = GigaChatTokens.oauthRequest(url: url, key: key, scope: scope)
                return try GigaChatTokens.token(in: try await tokens.send(request), tokens)
            }
        )
    }

    /// Whom the client asks.
    public var provider: Provider { .gigaChat }

    /// The pool's session for the account, or with `usePool: false` a private one that the caller must close.
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
        return try answer(response)
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
        switch configuration.apiVersion {
        case .v1:
            let decoder = GigaChatV1StreamDecoder(failures: channel.failures, requestID: requestID)
            return try await channel.source(response, decoder: decoder, answer: answer)
        case .v2:
            let decoder = GigaChatV2StreamDecoder(failures: channel.failures, requestID: requestID)
            return try await channel.source(response, decoder: decoder, answer: answer)
        }
    }

    /// The HTTP request for a chat.
    func request(_ chat: ChatRequest, stream: Bool) throws(ProviderError) -> Request {
        let path: String
        let body: JSONValue
        switch configuration.apiVersion {
        case .v1:
            path = "/chat/completions"
            body = try GigaChatV1Encoder(configuration: configuration).chat(chat, stream: stream)
        case .v2:
            path = GigaChatV2Encoder.url(baseURL: configuration.baseURL)
            body = try GigaChatV2Encoder(configuration: configuration).chat(chat, stream: stream)
        }
        var request = try self.request(.post, path, body: body)
        if stream {
            request.headers["Accept"] = "text/event-stream"
            request.headers["Cache-Control"] = "no-store"
        }
        if let id = chat.requestID { request.headers["X-Request-ID"] = id }
        request.headers.set(chat.headers)
        request.timeouts = chat.timeouts
        return request
    }

    /// A request with the headers that all of them have.
    func request(_ method: Method, _ path: String, body: JSONValue? = nil) throws(ProviderError) -> Request {
        var request = Request(method, path)
        if let id = configuration.clientID { request.headers["X-Client-ID"] = id }
        if let id = configuration.sessionID { request.headers["X-Session-ID"] = id }
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = try channel.encode(body)
        }
        return request
    }

    /// The answer in a whole response.
    private func answer(_ response: Response) throws(ProviderError) -> ChatResponse {
        let requestID = channel.failures.requestID(in: response.headers)
        let failures = channel.failures
        let answer: ChatResponse?
        let error: ProviderError?
        switch configuration.apiVersion {
        case .v1:
            let decoder = GigaChatV1StreamDecoder(failures: failures, requestID: requestID)
            if let answer = try channel.answer(inEventsOf: response, decoder: decoder) { return answer }
            let completion = try channel.decode(GigaChatV1Wire.Completion.self, from: response)
            answer = completion.answer(requestID: requestID)
            error = completion.failure(failures, response.body, requestID: requestID)
        case .v2:
            let decoder = GigaChatV2StreamDecoder(failures: failures, requestID: requestID)
            if let answer = try channel.answer(inEventsOf: response, decoder: decoder) { return answer }
            let completion = try channel.decode(GigaChatV2Wire.Completion.self, from: response)
            answer = completion.answer(requestID: requestID)
            error = completion.failure(failures, response.body, requestID: requestID)
        }
        if let error { throw error }
        guard let answer else {
            throw failures.malformed("there is no message in it", body: response.body, requestID: requestID)
        }
        return answer
    }
}
