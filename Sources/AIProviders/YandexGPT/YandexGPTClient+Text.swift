public import HTTPSessionPool

extension YandexGPTClient {
    /// One token of a text.
    public struct Token: Sendable, Hashable {
        /// Its number in the model's vocabulary.
        public let id: Int
        /// Its text.
        public let text: String
        /// Whether it is a mark of the model and no part of the text.
        public let isSpecial: Bool
    }

    /// The tokens of a text.
    public func tokenize(
        _ text: String,
        model: String? = nil,
        on session: Session? = nil
    ) async throws(ProviderError) -> [Token] {
        let body: JSONValue = ["modelUri": .string(try encoder.modelURI(model)), "text": .string(text)]
        return try await tokens("/tokenize", body: body, on: session)
    }

    /// The tokens of a whole chat, as the model would see it.
    public func tokenize(_ chat: ChatRequest, on session: Session? = nil) async throws(ProviderError) -> [Token] {
        try await tokens("/tokenizeCompletion", body: try encoder.completion(chat, stream: nil), on: session)
    }

    /// The vector of a text.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - model: `text-search-doc/latest` for documents, `text-search-query/latest` for questions, or a whole URI.
    ///   - dimensions: The length of the vector, for models that let one choose.
    ///   - session: The session to run on; `nil` takes the client's own.
    /// - Returns: The vector, with the text's length in tokens.
    /// - Throws: ``ProviderError``.
    public func embedding(
        _ text: String,
        model: String = "text-search-doc/latest",
        dimensions: Int? = nil,
        on session: Session? = nil
    ) async throws(ProviderError) -> Embedding {
        var body: [String: JSONValue] = [
            "modelUri": .string(YandexModelURI.embedding(model, folder: configuration.folderID)),
            "text": .string(text),
        ]
        if let dimensions { body["dim"] = .string(String(dimensions)) }
        let request = try request("/textEmbedding", body: .object(body))
        let response = try await channel.send(request, on: session, missing: .modelNotFound)
        let answer = try channel.decode(YandexGPTWire.Embedding.self, from: response)
        return Embedding(index: 0, vector: answer.embedding, tokens: answer.numTokens?.value)
    }

    private func tokens(
        _ path: String,
        body: JSONValue,
        on session: Session?
    ) async throws(ProviderError) -> [Token] {
        let response = try await channel.send(try request(path, body: body), on: session, missing: .modelNotFound)
        let answer = try channel.decode(YandexGPTWire.Tokens.self, from: response)
        return (answer.tokens ?? []).map {
            Token(id: $0.id?.value ?? 0, text: $0.text ?? "", isSpecial: $0.special ?? false)
        }
    }
}
