public import HTTPSessionPool

/// A client for 1C:Naparnik: conversations with the server's tools, or plain completions.
///
/// With ``NaparnikConfiguration/API/conversations`` the server keeps the history: append ``ChatResponse/message`` to the
/// messages of the next request, and it goes on with the same conversation. Sampling settings of a request are ignored there,
/// for the interface has none.
public struct NaparnikClient: ChatClient {
    /// The configuration that the client was made with.
    public let configuration: NaparnikConfiguration
    private(set) var channel: ProviderChannel
    /// Where conversations for checks of health begin.
    private var control: ProviderChannel?
    let encoder: NaparnikEncoder

    /// Makes a client; nothing is sent yet.
    ///
    /// Throws ``ProviderError/Code/invalidConfiguration`` when the base URL or the token cannot be used.
    public init(_ configuration: NaparnikConfiguration) throws(ProviderError) {
        self.configuration = configuration
        encoder = NaparnikEncoder(configuration: configuration)
        let token = configuration.token.reveal()
        guard token.isPrintableASCII else {
            throw ProviderError(
                .invalidConfiguration,
                .naparnik,
                "The token is empty or holds spaces, Cyrillic look-alikes or other characters that a header cannot: copy it again."
            )
        }
        var failures = FailureReader(.naparnik, secrets: [configuration.token])
        failures.waitInText = { RetryAdvice.wait(inText: $0) }
        var session = configuration.session
        session.credentialsScope = session.credentialsScope ?? CredentialsScope.name(.naparnik, token)
        channel = ProviderChannel(
            sessions: try SessionSource(
                .naparnik,
                baseURL: configuration.baseURL,
                configuration: session,
                pool: configuration.pool,
                usePool: configuration.usePool
            ),
            authorizer: .fixed(
                configuration.authorizationFormat == .bearer ? Secret("Bearer " + token) : Secret(token)
            ),
            failures: failures
        )
        guard configuration.checksHealthByCompletion else { return }
        var plain = self
        switch configuration.api {
        case .completions:
            channel = channel.checkingHealth { [plain] () throws(ProviderError) in
                try plain.completion(.probe, stream: false)
            }
        case .conversations:
            let control = ProviderChannel(
                sessions: channel.sessions.changed { $0.becomeControl() },
                authorizer: channel.authorizer,
                failures: failures
            )
            plain.channel = control
            self.control = control
            channel = channel.checkingHealth { [plain] () async throws(ProviderError) in
                try await plain.conversationProbe()
            }
        }
    }

    /// Whom the client asks.
    public var provider: Provider { .naparnik }

    /// The pool's session for the account, or with `usePool: false` a private one that the caller must close.
    public func session(usePool: Bool = true) async throws(ProviderError) -> Session {
        try await channel.sessions.session(usePool: usePool)
    }

    /// Closes the private session of a client that does not use the pool.
    public func close() async {
        await channel.close()
        await control?.close()
    }

    /// Asks and waits for the whole answer, tool rounds included.
    public func chat(_ request: ChatRequest, on session: Session?) async throws(ProviderError) -> ChatResponse {
        switch configuration.api {
        case .conversations: try await stream(request, on: session).collect()
        case .completions: try await complete(request, on: session)
        }
    }

    /// Asks, and gives the answer piece by piece; tool rounds run within the stream.
    public func stream(_ request: ChatRequest, on session: Session?) -> ChatStream {
        @Sendable func open() async throws(ProviderError) -> any DeltaSource {
            try await self.open(request, on: session)
        }
        return ChatStream(open: open)
    }

    private func open(_ request: ChatRequest, on session: Session?) async throws(ProviderError) -> any DeltaSource {
        switch configuration.api {
        case .completions: return try await openCompletion(request, on: session)
        case .conversations: break
        }
        let plan = try encoder.plan(request)
        var body = plan.body
        let conversation: String
        if let state = plan.state {
            conversation = state.conversation
            body["parent_uuid"] = .string(state.parent)
        } else {
            let begun = try await beginConversation(on: session)
            conversation = begun.uuid
            body["parent_uuid"] = begun.rootMessage.map(JSONValue.string) ?? .null
        }
        return NaparnikSource(
            self,
            conversation: conversation,
            message: .object(body),
            chat: request,
            session: session
        )
    }

    private struct Begun: Decodable {
        var uuid: String
        var rootMessage: String?

        enum CodingKeys: String, CodingKey {
            case uuid
            case rootMessage = "root_message_uuid"
        }
    }

    /// Where conversations are, with the slash at the end that the server wants.
    private var conversationsPath: String {
        (channel.sessions.baseURL.path.isEmpty ? "/chat_api/v1" : "") + "/conversations/"
    }

    private func beginConversation(
        skill: String? = nil,
        on session: Session?
    ) async throws(ProviderError) -> Begun {
        let request = try post(conversationsPath, body: encoder.conversation(skill: skill))
        return try channel.decode(Begun.self, from: try await channel.send(request, on: session))
    }

    /// Sends a message or an acknowledgement; the response is a stream of events.
    func open(
        _ message: JSONValue,
        in conversation: String,
        chat: ChatRequest,
        on session: Session?
    ) async throws(ProviderError) -> StreamingResponse {
        var request = try self.message(message, in: conversation)
        request.headers.set(chat.headers)
        request.timeouts = chat.timeouts
        return try await channel.open(request, on: session)
    }

    private func message(_ message: JSONValue, in conversation: String) throws(ProviderError) -> Request {
        var request = try post(conversationsPath + conversation.pathSegment + "/messages", body: message)
        request.headers["Accept"] = "text/event-stream"
        return request
    }

    /// A question in a conversation of its own, without the server's tools.
    ///
    /// The interface cannot limit an answer, so the question does.
    private func conversationProbe() async throws(ProviderError) -> Request {
        var body = try encoder.plan(ChatRequest("Ответь одной цифрой: 1")).body
        let begun = try await beginConversation(skill: "raw", on: nil)
        body["parent_uuid"] = begun.rootMessage.map(JSONValue.string) ?? .null
        return try message(.object(body), in: begun.uuid)
    }

    /// A request with the headers that the web client sends.
    ///
    /// The content type must be exactly this: with a charset the server was seen to answer 400.
    func post(_ path: String, body: JSONValue) throws(ProviderError) -> Request {
        var request = Request(.post, path)
        request.headers["Content-Type"] = "application/json"
        if configuration.api == .conversations {
            request.headers["Session-Id"] = ""
            request.headers["Origin"] = channel.sessions.baseURL.origin
            request.headers["Referer"] = channel.sessions.baseURL.origin + "/chat/"
        }
        request.body = try channel.encode(body)
        return request
    }
}
