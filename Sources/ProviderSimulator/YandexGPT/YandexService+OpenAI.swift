extension YandexService {
    /// `/v1`: the endpoint in the OpenAI format.
    func openAIReply(to request: HTTPRequest, _ path: [String]) -> Reply {
        do throws(YandexError) {
            let account = try authorized(request)
            switch (request.method, path) {
            case ("POST", ["chat", "completions"]): return try openAIChat(request, account: account)
            case ("POST", ["embeddings"]): return try openAIEmbeddings(request)
            case ("GET", ["models"]), ("HEAD", ["models"]): return openAIModels(request)
            default: throw YandexError(404, "Not Found")
            }
        } catch {
            return OpenAIError(error.status, error.message, code: nil).reply
        }
    }

    private func openAIModels(_ request: HTTPRequest) -> Reply {
        let folder = request[field: "OpenAI-Project"] ?? options.folder ?? "b1gsimulator"
        let models = YandexModel.listed(folder: folder).map { id -> JSON in
            ["id": .string(id), "object": "model", "owned_by": "Yandex", "created": 0]
        }
        return .json(["object": "list", "data": .array(models)])
    }

    private func openAIEmbeddings(_ request: HTTPRequest) throws(YandexError) -> Reply {
        let json = JSON(parsing: request.body)
        guard let name = json?["model"]?.string,
            let inputs = json?["input"]?.array?.compactMap(\.string) ?? json?["input"]?.string.map({ [$0] })
        else { throw YandexError(400, "model and input are required") }
        _ = try model(name, scheme: "emb", request)
        guard inputs.count == 1 else { throw YandexError(400, "only one input per request is supported") }
        let isBase64 = json?["encoding_format"] == "base64"
        return .json(OpenAIEmbeddings(inputs, model: name, dimensions: 256, isBase64: isBase64).json)
    }

    private func openAIChat(_ request: HTTPRequest, account: String) throws(YandexError) -> Reply {
        let chat: OpenAIChatRequest
        do {
            chat = try OpenAIChatRequest(request.body)
        } catch {
            throw YandexError(400, error.message)
        }
        let model = try model(chat.model, scheme: "gpt", request)
        let done = try admit(account)
        let family = family(model)
        let completion = OpenAICompletion(
            chat,
            answer: answer,
            dialect: Self.dialect(family),
            identifiers: identifiers,
            // Third-party models answer without the folder.
            model: family == .yandexgpt ? chat.model : "gpt://\(model.name)/\(model.branch)"
        )
        var reply: Reply
        if chat.isStream {
            let script = StreamScript(units: completion.units, failure: OpenAIError.streamFailure)
            reply = Reply.events(script).adding("Cache-Control", "no-cache")
        } else {
            reply = .bytes(Array((completion.whole.text + "\n").utf8), contentType: "application/json")
        }
        reply.onComplete = done
        return reply
    }

    private func family(_ model: YandexModel) -> SimulatorConfiguration.YandexGPT.Dialect {
        guard options.dialect == .automatic else { return options.dialect }
        if model.name.hasPrefix("gemma") { return .gemma }
        return ["yandexgpt", "llama", "aliceai"].contains { model.name.hasPrefix($0) } ? .yandexgpt : .qwen
    }

    private static func dialect(_ family: SimulatorConfiguration.YandexGPT.Dialect) -> OpenAIDialect {
        var dialect = OpenAIDialect()
        dialect.usesNameAsCallID = true
        dialect.indexesWholeCalls = true
        dialect.writesNullFinish = false
        switch family {
        case .automatic, .yandexgpt:
            dialect.toolCallStyle = .whole
            dialect.usageStyle = .never
            dialect.hasRoleChunk = false
            dialect.idPrefix = ""
        case .qwen:
            dialect.toolCallStyle = .emptyStrings(firstType: "function")
            dialect.usageStyle = .always
        case .gemma:
            dialect.toolCallStyle = .emptyStrings(firstType: "")
            dialect.usageStyle = .always
        }
        return dialect
    }
}
