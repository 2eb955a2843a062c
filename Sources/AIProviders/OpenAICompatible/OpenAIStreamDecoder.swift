internal import HTTPSessionPool

/// Decodes the stream of `POST /chat/completions`: `data:` events that end with `[DONE]`.
///
/// The end is proven by `[DONE]` or by a `finish_reason`; what follows `[DONE]` is ignored, as OpenAI's own client does.
struct OpenAIStreamDecoder: StreamDecoder {
    private let failures: FailureReader
    private let requestID: String?
    private var tools = ToolCallAssembler()
    private var hasStarted = false
    private var hasFinished = false
    private(set) var ignoresRest = false

    /// Makes a decoder for one stream.
    init(failures: FailureReader, requestID: String?) {
        self.failures = failures
        self.requestID = requestID
    }

    var isComplete: Bool { ignoresRest || hasFinished }

    mutating func decode(_ event: ServerSentEvent) throws(ProviderError) -> [ChatDelta] {
        let data = event.data.trimmingWhitespace
        if data.isEmpty { return [] }
        if data == "[DONE]" {
            ignoresRest = true
            return []
        }
        let bytes = Array(data.utf8)
        if event.event == "error" { throw failures.failure(ErrorBody(bytes), status: nil, requestID: requestID) }
        let chunk: OpenAIWire.Completion
        do throws(WireJSON.Failure) {
            chunk = try WireJSON.decode(OpenAIWire.Completion.self, from: bytes)
        } catch {
            throw failures.malformed("an event of the stream: \(error)", body: bytes, requestID: requestID)
        }
        if let error = chunk.errorBody { throw failures.failure(error, status: nil, requestID: requestID) }
        return deltas(chunk)
    }

    private mutating func deltas(_ chunk: OpenAIWire.Completion) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if !hasStarted {
            hasStarted = true
            deltas.append(.started(requestID: requestID, model: chunk.model))
        }
        for choice in chunk.choices ?? [] where (choice.index ?? 0) == 0 {
            // Some services answer a stream with whole messages.
            if let message = choice.delta ?? choice.message {
                if let thoughts = message.thoughts { deltas.append(.reasoning(thoughts)) }
                if let text = message.text.nonEmpty { deltas.append(.text(text)) }
                for call in message.toolCalls ?? [] {
                    let fragment = tools.fragment(
                        index: call.index,
                        id: call.id,
                        name: call.function?.name,
                        arguments: call.argumentsText
                    )
                    deltas.append(.toolCall(fragment))
                }
            }
            if let reason = choice.finishReason?.nonEmpty {
                hasFinished = true
                deltas.append(.finished(FinishReason(openAI: reason)))
            }
        }
        if let usage = chunk.usage { deltas.append(.usage(usage.common)) }
        return deltas
    }
}
