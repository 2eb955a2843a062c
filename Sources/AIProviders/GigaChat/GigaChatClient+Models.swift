public import HTTPSessionPool

extension GigaChatClient {
    /// How long a text is.
    public struct TokenCount: Sendable, Hashable {
        /// Tokens.
        public let tokens: Int
        /// Characters.
        public let characters: Int
    }

    /// What is left of a package of tokens.
    public struct Balance: Sendable, Hashable {
        /// The model that the package is for.
        public let model: String
        /// Tokens left.
        public let tokens: Int
    }

    private struct Models: Decodable {
        var data: [Model]
    }

    private struct Model: Decodable {
        var id: String
        var type: String?
        var ownedBy: String?

        enum CodingKeys: String, CodingKey {
            case id, type
            case ownedBy = "owned_by"
        }

        var common: ModelInfo { ModelInfo(id: id, ownedBy: ownedBy, type: type) }
    }

    private struct Embeddings: Decodable {
        struct Item: Decodable {
            struct Usage: Decodable {
                var promptTokens: WireInteger?

                enum CodingKeys: String, CodingKey {
                    case promptTokens = "prompt_tokens"
                }
            }

            var index: Int?
            var embedding: [Double]
            var usage: Usage?
        }

        var data: [Item]
    }

    private struct Count: Decodable {
        var tokens: WireInteger
        var characters: WireInteger
    }

    private struct Balances: Decodable {
        struct Item: Decodable {
            var usage: String
            var value: WireInteger
        }

        var balance: [Item]
    }

    /// The models that the account may use: for chats, embeddings and checks.
    public func models(on session: Session?) async throws(ProviderError) -> [ModelInfo] {
        let response = try await channel.send(try request(.get, "/models"), on: session)
        return try channel.decode(Models.self, from: response).data.map(\.common)
    }

    /// One model; throws ``ProviderError/Code/modelNotFound`` when there is none of this id.
    public func model(_ id: String, on session: Session? = nil) async throws(ProviderError) -> ModelInfo {
        let path = "/models/" + id.pathSegment
        let response = try await channel.send(try request(.get, path), on: session, missing: .modelNotFound)
        return try channel.decode(Model.self, from: response).common
    }

    /// The vectors of `texts`, in their order, each with its count of tokens.
    public func embeddings(
        _ texts: [String],
        model: String = "Embeddings",
        on session: Session? = nil
    ) async throws(ProviderError) -> [Embedding] {
        let body: JSONValue = ["model": .string(model), "input": .array(texts.map(JSONValue.string))]
        let response = try await channel.send(
            try request(.post, "/embeddings", body: body),
            on: session,
            missing: .modelNotFound
        )
        return try channel.decode(Embeddings.self, from: response).data.enumerated()
            .map { offset, item in
                Embedding(
                    index: item.index ?? offset,
                    vector: item.embedding,
                    tokens: item.usage?.promptTokens?.value
                )
            }
            .sorted { $0.index < $1.index }
    }

    /// How long `texts` are for a model, each by itself.
    public func countTokens(
        _ texts: [String],
        model: String? = nil,
        on session: Session? = nil
    ) async throws(ProviderError) -> [TokenCount] {
        let body: JSONValue = [
            "model": .string(model ?? configuration.model),
            "input": .array(texts.map(JSONValue.string)),
        ]
        let response = try await channel.send(
            try request(.post, "/tokens/count", body: body),
            on: session,
            missing: .modelNotFound
        )
        return try channel.decode([Count].self, from: response).map {
            TokenCount(tokens: $0.tokens.value, characters: $0.characters.value)
        }
    }

    /// What is left of the account's packages; accounts that pay as they go get ``ProviderError/Code/forbidden``.
    public func balance(on session: Session? = nil) async throws(ProviderError) -> [Balance] {
        let response = try await channel.send(try request(.get, "/balance"), on: session)
        return try channel.decode(Balances.self, from: response).balance.map {
            Balance(model: $0.usage, tokens: $0.value.value)
        }
    }
}
