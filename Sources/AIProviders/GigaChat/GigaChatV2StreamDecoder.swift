internal import HTTPSessionPool

/// Decodes the stream of GigaChat's second protocol: named events that end with `response.message.done`.
///
/// There is no `[DONE]`. A failure in the middle is a `response.message.done` whose `finish_reason` is `error`.
struct GigaChatV2StreamDecoder: StreamDecoder {
    private let failures: FailureReader
    private let requestID: String?
    private var calls = 0
    private var hasStarted = false
    private(set) var ignoresRest = false

    /// Makes a decoder for one stream.
    init(failures: FailureReader, requestID: String?) {
        self.failures = failures
        self.requestID = requestID
    }

    var isComplete: Bool { ignoresRest }

    mutating func decode(_ event: ServerSentEvent) throws(ProviderError) -> [ChatDelta] {
        // Progress of built-in tools carries nothing of the answer.
        if event.event.hasPrefix("response.tool.") || event.data.isEmpty { return [] }
        let bytes = Array(event.data.utf8)
        if event.event == "error" { throw failures.failure(ErrorBody(bytes), status: nil, requestID: requestID) }
        let chunk: GigaChatV2Wire.Completion
        do throws(WireJSON.Failure) {
            chunk = try WireJSON.decode(GigaChatV2Wire.Completion.self, from: bytes)
        } catch {
            throw failures.malformed("an event of the stream: \(error)", body: bytes, requestID: requestID)
        }
        if let error = chunk.errorBody { throw failures.failure(error, status: nil, requestID: requestID) }
        let deltas = deltas(chunk)
        guard event.event == "response.message.done" else { return deltas }
        if chunk.finishReason == "error" {
            var error = ProviderError(
                .serverError,
                .gigaChat,
                "The server broke off in the middle of the answer (finish_reason is error)."
            )
            error.requestID = requestID
            throw error
        }
        ignoresRest = true
        return deltas
    }

    private mutating func deltas(_ chunk: GigaChatV2Wire.Completion) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if !hasStarted {
            hasStarted = true
            deltas.append(.started(requestID: requestID, model: chunk.model))
        }
        for message in chunk.messages ?? [] {
            for part in message.content ?? [] {
                if let text = part.text?.nonEmpty { deltas.append(.text(text)) }
                if let call = part.toolCall {
                    let id = call.id.nonEmpty
                    deltas.append(
                        .toolCall(
                            ToolCallFragment(index: calls, id: id, name: call.name, arguments: call.argumentsText)
                        )
                    )
                    calls += 1
                }
            }
            if let state = message.stateID { deltas.append(.state(state)) }
        }
        if let reason = chunk.finishReason?.nonEmpty { deltas.append(.finished(FinishReason(gigaChat: reason))) }
        if let usage = chunk.usage { deltas.append(.usage(usage.common)) }
        return deltas
    }
}
