public import HTTPSessionPool

/// What the clients of all providers can do.
///
/// A client is a value or object that costs nothing to keep; make one per account and share it. Its requests run on a
/// session of the process-wide pool unless its configuration says `usePool = false`.
public protocol ChatClient: Sendable {
    /// Whom the client asks.
    var provider: Provider { get }

    /// The session on which requests to the provider run.
    ///
    /// - Parameter usePool: `true` gives the pool's session for the client's base URL and credentials, shared with
    ///   everyone who asks for the same. `false` opens a private session, which the caller owns and must close.
    /// - Returns: The session.
    /// - Throws: ``ProviderError`` when the base URL or the TLS settings cannot be used, or the pool is full or closed.
    func session(usePool: Bool) async throws(ProviderError) -> Session

    /// Asks and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - request: What to ask.
    ///   - session: The session to run on, such as one from ``session(usePool:)``; `nil` takes the client's own.
    /// - Returns: The answer.
    /// - Throws: ``ProviderError``; an answer that a filter took away is no error, see ``ChatResponse/finishReason``.
    func chat(_ request: ChatRequest, on session: Session?) async throws(ProviderError) -> ChatResponse

    /// Asks, and gives the answer piece by piece.
    ///
    /// Nothing is sent before the first piece is asked for. Breaking out of the loop, or dropping the iterator, ends the
    /// transfer. Every loop over the stream sends a request of its own.
    ///
    /// - Parameters:
    ///   - request: What to ask.
    ///   - session: The session to run on; `nil` takes the client's own.
    /// - Returns: The stream, nothing of it sent yet.
    func stream(_ request: ChatRequest, on session: Session?) -> ChatStream

    /// Closes what the client owns: its private session, when it was configured not to use the pool.
    ///
    /// Sessions of the pool stay open; they belong to everyone.
    func close() async
}

extension ChatClient {
    /// Asks on the client's own session and waits for the whole answer.
    public func chat(_ request: ChatRequest) async throws(ProviderError) -> ChatResponse {
        try await chat(request, on: nil)
    }

    /// Asks one question and waits for the whole answer.
    public func chat(_ prompt: String) async throws(ProviderError) -> ChatResponse {
        try await chat(ChatRequest(prompt), on: nil)
    }

    /// Asks on the client's own session, and gives the answer piece by piece.
    public func stream(_ request: ChatRequest) -> ChatStream {
        stream(request, on: nil)
    }

    /// Asks one question, and gives the answer piece by piece.
    public func stream(_ prompt: String) -> ChatStream {
        stream(ChatRequest(prompt), on: nil)
    }
}

/// A client whose provider lists its models.
public protocol ModelListing: ChatClient {
    /// The models that the credential may use.
    ///
    /// - Parameter session: The session to run on; `nil` takes the client's own.
    /// - Returns: The models, in the provider's order.
    /// - Throws: ``ProviderError``.
    func models(on session: Session?) async throws(ProviderError) -> [ModelInfo]
}

extension ModelListing {
    /// The models that the credential may use.
    public func models() async throws(ProviderError) -> [ModelInfo] {
        try await models(on: nil)
    }
}
