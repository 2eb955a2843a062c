extension GigaChatService {
    /// `GET /api/v1/models` and `/models/{id}`.
    func models(_ id: String?) throws(GigaChatError) -> Reply {
        func entry(_ model: (id: String, type: String)) -> JSON {
            ["id": .string(model.id), "object": "model", "owned_by": "salutedevices", "type": .string(model.type)]
        }
        guard let id else {
            return .json(
                ["object": "list", "data": .array(Self.models.map(entry))],
                contentType: Self.contentType
            )
        }
        guard let model = Self.models.first(where: { $0.id == id }) else { throw GigaChatError(404, "No such model") }
        return .json(entry(model), contentType: Self.contentType)
    }

    /// `POST /api/v1/embeddings`: 1024 numbers per text, usage per text.
    func embeddings(_ request: HTTPRequest) throws(GigaChatError) -> Reply {
        let json = try object(request)
        let model = json["model"]?.string ?? "Embeddings"
        try requireModel(model, type: "embedder")
        let inputs = try texts(json)
        let data = inputs.enumerated().map { index, text -> JSON in
            [
                "object": "embedding",
                "index": .integer(index),
                "embedding": .array(EmbeddingMaker.vector(text, dimensions: 1024).map(JSON.number)),
                "usage": ["prompt_tokens": .integer(TokenCounter.count(text))],
            ]
        }
        return .json(
            ["object": "list", "model": .string(model), "data": .array(data)],
            contentType: Self.contentType
        )
    }

    /// `POST /api/v1/tokens/count`: a bare array.
    func countTokens(_ request: HTTPRequest) throws(GigaChatError) -> Reply {
        let json = try object(request)
        try requireModel(json["model"]?.string ?? "GigaChat", type: "chat")
        let counts = try texts(json).map { text -> JSON in
            [
                "object": "tokens",
                "tokens": .integer(TokenCounter.count(text)),
                "characters": .integer(text.unicodeScalars.count),
            ]
        }
        return .json(.array(counts), contentType: Self.contentType)
    }

    /// `GET /api/v1/balance`.
    func balance() throws(GigaChatError) -> Reply {
        guard let balance = options.balance else { throw GigaChatError(403, "Permission denied") }
        let entries = balance.sorted { $0.key < $1.key }.map { model, tokens -> JSON in
            ["usage": .string(model), "value": .integer(tokens)]
        }
        return .json(["balance": .array(entries)], contentType: Self.contentType)
    }

    /// `POST /api/v1/ai/check`: every text is called human, except one that says it is not.
    func checkAI(_ request: HTTPRequest) throws(GigaChatError) -> Reply {
        let json = try object(request)
        guard let text = json["input"]?.string else { throw .invalid("input is required") }
        try requireModel(json["model"]?.string ?? "GigaCheckDetection", type: "aicheck")
        let length = text.unicodeScalars.count
        let isMachine = text.lowercased().contains("simulator")
        return .json(
            [
                "category": isMachine ? "ai" : "human",
                "characters": .integer(length),
                "tokens": .integer(TokenCounter.count(text)),
                "ai_intervals": isMachine ? [[0, .integer(length)]] : [],
            ],
            contentType: Self.contentType
        )
    }

    /// `POST /api/v1/functions/validate`.
    func validateFunction(_ request: HTTPRequest) throws(GigaChatError) -> Reply {
        let json = try object(request)
        var errors: [JSON] = []
        if json["name"]?.string == nil {
            errors.append(["description": "name is required", "schema_location": "(root)"])
        }
        if json["parameters"]?.members == nil {
            errors.append(["description": "parameters is required", "schema_location": "(root)"])
        }
        let status = errors.isEmpty ? 200 : 400
        return .json(
            [
                "status": .integer(status),
                "message": errors.isEmpty ? "Function is valid" : "Function is not valid",
                "json_ai_rules_version": "1.0.5",
                "errors": .array(errors),
                "warnings": [],
            ],
            contentType: Self.contentType
        )
    }

    /// The body as an object.
    func object(_ request: HTTPRequest) throws(GigaChatError) -> JSON {
        guard let json = JSON(parsing: request.body), json.members != nil else {
            throw GigaChatError(400, "Your request contains invalid JSON syntax.")
        }
        return json
    }

    private func texts(_ json: JSON) throws(GigaChatError) -> [String] {
        if let text = json["input"]?.string { return [text] }
        guard let texts = json["input"]?.array?.compactMap(\.string), !texts.isEmpty else {
            throw .invalid("input is empty")
        }
        return texts
    }
}
