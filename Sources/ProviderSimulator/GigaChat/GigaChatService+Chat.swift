extension GigaChatService {
    /// The models that exist, with what they are for.
    static let models: [(id: String, type: String)] =
        [
            "GigaChat", "GigaChat-2", "GigaChat-2-Max", "GigaChat-2-Max-preview", "GigaChat-2-Pro",
            "GigaChat-2-Pro-preview", "GigaChat-2-preview", "GigaChat-3-Ultra", "GigaChat-Max", "GigaChat-Max-preview",
            "GigaChat-Plus", "GigaChat-Pro", "GigaChat-Pro-preview", "GigaChat-preview",
        ].map { ($0, "chat") }
        + [
            ("GigaFilter", "filter"), ("GigaCheckClassification", "aicheck"), ("GigaCheckDetection", "aicheck"),
            ("Embeddings", "embedder"), ("Embeddings-2", "embedder"), ("EmbeddingsGigaR", "embedder"),
        ]

    /// `POST /api/v1/chat/completions`.
    func chat(_ request: HTTPRequest, account: GigaChatTokens.Account) throws(GigaChatError) -> Reply {
        let chat = try GigaChatChatRequest(request.body)
        try requireModel(chat.model, type: "chat")
        let done = try admit(account)
        let script = script(chat.prompt, chat.context, schema: chat.schema)
        let calls = ToolCall.calls(
            for: chat.prompt,
            tools: chat.functions,
            choice: chat.choice,
            isAnsweringResult: chat.isAnsweringResult
        )
        let completion = GigaChatCompletion(
            model: chat.model,
            answer: script,
            call: calls.first,
            cachedTokens: cachedTokens(request, prompt: script.promptTokens),
            stateID: identifiers.uuid(),
            threadID: chat.isStateful ? identifiers.uuid() : nil,
            messageID: chat.isStateful ? identifiers.uuid() : nil
        )
        var reply: Reply =
            chat.isStream
            ? .events(StreamScript(units: completion.units, failure: GigaChatError.streamFailure))
            : .json(completion.whole, contentType: Self.contentType)
        reply.onComplete = done
        return reply
    }

    func requireModel(_ id: String, type: String) throws(GigaChatError) {
        guard Self.models.contains(where: { $0.id == id && $0.type == type }) else {
            throw GigaChatError(404, "No such model")
        }
    }

    /// A place in the account's limit; a 429 if there is none.
    func admit(_ account: GigaChatTokens.Account) throws(GigaChatError) -> @Sendable () -> Void {
        let limit = options.concurrencyByScope[account.scope]
        guard let done = limiter.admit(account.key, limit: limit) else {
            throw GigaChatError(429, "Too many requests")
        }
        return done
    }

    /// The answer to a prompt: one that fits the schema if there is one.
    func script(_ prompt: String, _ context: [String], schema: JSON?) -> AnswerScript {
        guard let schema else { return AnswerScript(answer, prompt: prompt, context: context) }
        let text = SchemaSampler(prompt: prompt).sample(schema).text
        return AnswerScript(text: text, prompt: prompt, context: context, answer: answer)
    }

    /// How many of the prompt's tokens the cache has: those of earlier prompts with the same session id.
    func cachedTokens(_ request: HTTPRequest, prompt: Int) -> Int {
        guard let session = request[field: "X-Session-ID"] else { return 0 }
        return state.withLock { state in
            let seen = state.cachedTokens[session] ?? 0
            state.cachedTokens[session] = seen + prompt
            return min(seen, prompt)
        }
    }
}

/// A version 1 chat completion: whole or as a stream.
struct GigaChatCompletion: Sendable {
    let model: String
    let answer: AnswerScript
    let call: ToolCall?
    let cachedTokens: Int
    let stateID: String
    let threadID: String?
    let messageID: String?
    private let created = Int(SystemClock.wall / 1_000_000_000)

    init(
        model: String,
        answer: AnswerScript,
        call: ToolCall?,
        cachedTokens: Int,
        stateID: String,
        threadID: String?,
        messageID: String?
    ) {
        self.model = model
        self.answer = answer
        self.call = call
        self.cachedTokens = cachedTokens
        self.stateID = stateID
        self.threadID = threadID
        self.messageID = messageID
    }

    private var finishReason: JSON {
        call == nil ? "stop" : "function_call"
    }

    private var usage: JSON {
        [
            "prompt_tokens": .integer(answer.promptTokens),
            "completion_tokens": .integer(answer.completionTokens),
            "total_tokens": .integer(answer.promptTokens + answer.completionTokens),
            "precached_prompt_tokens": .integer(cachedTokens),
        ]
    }

    /// A function's call as members of a message; its arguments are an object, not text.
    private func adding(_ call: ToolCall, to message: JSON) -> JSON {
        message
            .adding("function_call", ["name": .string(call.name), "arguments": call.arguments])
            .adding("functions_state_id", .string(stateID))
    }

    /// The answer as one object.
    var whole: JSON {
        var message: JSON = ["content": .string(call == nil ? answer.text : ""), "role": "assistant"]
        message = message.adding("reasoning_content", answer.reasoning.map(JSON.string))
        if let call { message = adding(call, to: message) }
        return envelope(["message": message, "index": 0, "finish_reason": finishReason]).adding("usage", usage)
    }

    /// The answer as a stream's units, with the end marker.
    var units: [StreamScript.Unit] {
        var deltas: [JSON] = []
        if let call {
            deltas = [adding(call, to: ["content": "", "role": "assistant"])]
        } else {
            deltas = answer.chunks.map { ["content": .string($0)] } + [["content": ""]]
            deltas[0] = deltas[0].adding("role", "assistant").adding(
                "reasoning_content",
                answer.reasoning.map(JSON.string)
            )
        }
        return deltas.indices.map { index -> StreamScript.Unit in
            let choice: JSON = ["delta": deltas[index], "index": 0]
            guard index == deltas.count - 1 else { return .data(envelope(choice).text) }
            return .data(envelope(choice.adding("finish_reason", finishReason)).adding("usage", usage).text)
        } + [.done]
    }

    private func envelope(_ choice: JSON) -> JSON {
        let envelope: JSON = [
            "choices": [choice],
            "created": .integer(created),
            "model": .string(model + ":2.0.28.2"),
            "object": "chat.completion",
        ]
        return envelope.adding("thread_id", threadID.map(JSON.string)).adding("message_id", messageID.map(JSON.string))
    }
}
