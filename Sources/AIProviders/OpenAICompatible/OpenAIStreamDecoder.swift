internal import HTTPSessionPool

/// Decodes the stream of `POST /chat/completions`: `data:` events that end with `[DONE]`.
///
/// The end is proven by a `finish_reason`, or by `[DONE]` after something of an answer: alone it proves nothing, since servers
/// write it after an error as well. What follows `[DONE]` is ignored, as OpenAI's own client does. Data that is no JSON is
/// skipped: services keep connections alive with it.
struct OpenAIStreamDecoder: StreamDecoder {
    private let failures: FailureReader
    private let requestID: String?
    private var tools = ToolCallAssembler()
    private var reasoning = ReasoningFields()
    private var hasStarted = false
    private var hasFinished = false
    private var chunks = 0
    /// Whether a whole message has come: a service that answers everything at once may leave out why the model stopped.
    private var hasWholeMessage = false
    /// Whether anything of an answer has come.
    private var hasAnswer = false
    private(set) var skipped: String?
    private(set) var ignoresRest = false

    /// Makes a decoder for one stream.
    init(failures: FailureReader, requestID: String?) {
        self.failures = failures
        self.requestID = requestID
    }

    var isComplete: Bool { hasFinished || (ignoresRest && hasAnswer) || (chunks == 1 && hasWholeMessage) }

    mutating func finish() -> [ChatDelta] {
        reasoning.isEmpty ? [] : [.reasoningFields(reasoning.fields)]
    }

    mutating func decode(_ event: ServerSentEvent) throws(ProviderError) -> [ChatDelta] {
        let bytes: [UInt8]
        switch StreamData(event) {
        case .nothing: return []
        case .end:
            ignoresRest = true
            return []
        case .words(let words):
            if event.event == "error" { throw failures.failure(ErrorBody(words), status: nil, requestID: requestID) }
            skipped = failures.redactor.clean(String(decoding: words.prefix(200), as: UTF8.self))
            return []
        case .json(let json): bytes = json
        }
        if event.event == "error" { throw failures.failure(ErrorBody(bytes), status: nil, requestID: requestID) }
        let chunk: OpenAIWire.Completion
        do throws(WireJSON.Failure) {
            chunk = try WireJSON.decode(OpenAIWire.Completion.self, from: bytes)
        } catch {
            throw failures.malformed("an event of the stream: \(error)", body: bytes, requestID: requestID)
        }
        if let error = chunk.failure(failures, bytes, requestID: requestID) { throw error }
        return deltas(chunk)
    }

    private mutating func deltas(_ chunk: OpenAIWire.Completion) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        // Azure's first chunk has neither a choice nor the model's name.
        if !hasStarted, !chunk.parts.isEmpty || chunk.model?.value != nil {
            hasStarted = true
            deltas.append(.started(requestID: requestID, model: chunk.model?.value))
        }
        chunks += chunk.parts.isEmpty ? 0 : 1
        for part in chunk.parts { deltas += self.deltas(part) }
        if let usage = chunk.cost { deltas.append(.usage(usage)) }
        hasAnswer = hasAnswer || deltas.contains { if case .started = $0 { false } else { true } }
        return deltas
    }

    private mutating func deltas(_ choice: OpenAIWire.Choice) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        hasWholeMessage = choice.message != nil && choice.delta == nil
        // Some services answer a stream with whole messages.
        if let message = choice.delta ?? choice.message {
            reasoning.add(message.reasoningFields)
            if let thoughts = message.thoughts { deltas.append(.reasoning(thoughts)) }
            if let text = message.text.nonEmpty { deltas.append(.text(text)) }
            for call in message.calls {
                let fragment = tools.fragment(
                    index: call.index,
                    id: call.id,
                    name: call.function?.name,
                    arguments: call.argumentsText,
                    extra: call.extra
                )
                deltas.append(.toolCall(fragment))
            }
        } else if let text = choice.text?.nonEmpty {
            deltas.append(.text(text))
        }
        if let reason = choice.reason {
            hasFinished = true
            deltas.append(.finished(FinishReason(openAI: reason)))
        }
        return deltas
    }
}

/// The fields of thoughts, put together from the pieces of a stream: texts and lists go on, anything else is replaced.
struct ReasoningFields: Sendable {
    private(set) var fields: [String: JSONValue] = [:]

    /// Whether nothing has come.
    var isEmpty: Bool { fields.isEmpty }

    /// Adds the fields of a piece.
    mutating func add(_ piece: [String: JSONValue]) {
        for (key, value) in piece {
            // What is there is taken out, so that it grows in place.
            switch (fields.removeValue(forKey: key), value) {
            case (.string(var text), .string(let more)):
                text += more
                fields[key] = .string(text)
            case (.array(var list), .array(let more)):
                list += more
                fields[key] = .array(list)
            default:
                fields[key] = value
            }
        }
    }
}
