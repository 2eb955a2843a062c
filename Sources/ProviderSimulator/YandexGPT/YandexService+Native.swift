extension YandexService {
    /// `POST /foundationModels/v1/completion`.
    func completion(_ request: HTTPRequest, account: String) throws(YandexError) -> Reply {
        let chat = try YandexCompletionRequest(try object(request))
        _ = try model(chat.modelURI, scheme: "gpt", request)
        let done = try admit(account)
        let completion = YandexCompletion(chat, answer: answer)
        var reply: Reply
        if chat.isStream {
            let units = completion.messages(revising: options.revisesText)
                .map { StreamScript.Unit.data(wrapped($0).text) }
            let script = StreamScript(
                framing: .objects(options.objectFraming),
                units: units,
                failure: YandexError.streamFailure
            )
            reply = Reply(contentType: "application/json", content: .stream(script))
        } else {
            reply = .json(wrapped(completion.final))
        }
        reply.onComplete = done
        return reply
    }

    private func wrapped(_ json: JSON) -> JSON {
        options.wrapsResult ? ["result": json] : json
    }

    /// `POST /foundationModels/v1/completionAsync`.
    func completionAsync(_ request: HTTPRequest) throws(YandexError) -> Reply {
        let chat = try YandexCompletionRequest(try object(request))
        _ = try model(chat.modelURI, scheme: "gpt", request)
        guard !chat.isStream else { throw YandexError(400, "stream is not supported in async mode") }
        let operation = YandexOperation(
            id: OperationIdentifier.prefix + identifiers.text(17, from: "0123456789abcdefghijklmnopqrstuv"),
            created: Timestamp.text(nanoseconds: SystemClock.wall, digits: 0),
            createdBy: "aje" + identifiers.text(17, from: "0123456789abcdefghijklmnopqrstuv"),
            result: options.operationFailure.map { .failure(YandexError(500, $0)) }
                ?? .success(YandexCompletion(chat, answer: answer).final),
            pollsLeft: options.operationPolls
        )
        state.withLock { $0.operations[operation.id] = operation }
        return .json(operation.json)
    }

    /// `GET /operations/{id}` and `/operations/{id}:cancel`.
    func operation(_ id: String) throws(YandexError) -> Reply {
        let isCancelled = id.hasSuffix(":cancel")
        let name = isCancelled ? String(id.dropLast(7)) : id
        let operation = state.withLock { state in
            state.operations[name]?.pollsLeft -= 1
            if isCancelled { state.operations[name]?.cancel() }
            return state.operations[name]
        }
        guard let operation else { throw YandexError(404, "Operation \(name) not found") }
        return .json(operation.json)
    }

    /// `POST /foundationModels/v1/tokenize`.
    func tokenize(_ request: HTTPRequest) throws(YandexError) -> Reply {
        let json = try object(request)
        _ = try model(json["modelUri"]?.string, scheme: "gpt", request)
        return tokens(TokenCounter.pieces(json["text"]?.string ?? ""))
    }

    /// `POST /foundationModels/v1/tokenizeCompletion`.
    func tokenizeCompletion(_ request: HTTPRequest) throws(YandexError) -> Reply {
        let chat = try YandexCompletionRequest(try object(request))
        _ = try model(chat.modelURI, scheme: "gpt", request)
        return tokens((chat.context + [chat.prompt]).flatMap(TokenCounter.pieces))
    }

    private func tokens(_ pieces: [String]) -> Reply {
        var tokens: [JSON] = [["id": "1", "text": "<s>", "special": true]]
        for piece in pieces {
            let id = piece.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) % 128_000 }
            tokens.append(["id": .string(String(id)), "text": .string("▁" + piece)])
        }
        return .json(["tokens": .array(tokens), "modelVersion": .string(YandexCompletion.modelVersion)])
    }

    /// `POST /foundationModels/v1/textEmbedding`.
    func textEmbedding(_ request: HTTPRequest) throws(YandexError) -> Reply {
        let json = try object(request)
        _ = try model(json["modelUri"]?.string, scheme: "emb", request)
        guard let text = json["text"]?.string else { throw YandexError(400, "text is empty") }
        let dimensions = json["dim"]?.integer ?? json["dim"]?.string.flatMap { Int($0) } ?? 256
        guard (1...4096).contains(dimensions) else { throw YandexError(400, "invalid dim") }
        return .json([
            "embedding": .array(EmbeddingMaker.vector(text, dimensions: dimensions).map(JSON.number)),
            "numTokens": .string(String(TokenCounter.count(text))),
            "modelVersion": .string(YandexCompletion.modelVersion),
        ])
    }

    private func object(_ request: HTTPRequest) throws(YandexError) -> JSON {
        guard let json = JSON(parsing: request.body), json.members != nil else {
            throw YandexError(400, "Failed to parse the request body")
        }
        return json
    }
}

/// A completion that runs in the background.
struct YandexOperation: Sendable {
    let id: String
    let created: String
    let createdBy: String
    var result: Result<JSON, YandexError>
    var pollsLeft: Int

    /// Ends the operation unless it is done.
    mutating func cancel() {
        guard pollsLeft > 0 else { return }
        pollsLeft = 0
        result = .failure(YandexError(499, "operation was cancelled"))
    }

    var json: JSON {
        let json: JSON = [
            "id": .string(id), "description": "Async GPT Completion", "createdAt": .string(created),
            "createdBy": .string(createdBy), "modifiedAt": .string(created),
        ]
        guard pollsLeft <= 0 else { return json }
        switch result {
        case .success(let completion):
            let type = "type.googleapis.com/yandex.cloud.ai.foundation_models.v1.CompletionResponse"
            let response = [JSON.Member(name: "@type", value: .string(type))] + (completion.members ?? [])
            return json.adding("done", true).adding("response", .object(response))
        case .failure(let error):
            return json.adding("done", true)
                .adding(
                    "error",
                    ["code": .integer(error.grpcCode), "message": .string(error.message), "details": []]
                )
        }
    }
}

extension SimulatorConfiguration.YandexGPT {
    var objectFraming: StreamScript.ObjectFraming {
        switch framing {
        case .lines: .lines
        case .concatenated: .concatenated
        case .split: .split
        case .together: .together
        }
    }
}
