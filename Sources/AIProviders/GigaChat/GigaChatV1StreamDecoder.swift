internal import HTTPSessionPool

/// Decodes the stream of GigaChat's first protocol: `data:` events that end with `[DONE]`.
///
/// The end is proven by `[DONE]` or by a `finish_reason`; an object with a status and a message in place of an event is the
/// error that it says.
struct GigaChatV1StreamDecoder: StreamDecoder {
    private let failures: FailureReader
    private let requestID: String?
    private var calls = 0
    private var hasStarted = false
    private var hasFinished = false
    /// Whether anything of an answer has come: `[DONE]` alone proves nothing.
    private var hasAnswer = false
    private(set) var skipped: String?
    private(set) var ignoresRest = false

    /// Makes a decoder for one stream.
    init(failures: FailureReader, requestID: String?) {
        self.failures = failures
        self.requestID = requestID
    }

    var isComplete: Bool { hasFinished || (ignoresRest && hasAnswer) }

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
        let chunk: GigaChatV1Wire.Completion
        do throws(WireJSON.Failure) {
            chunk = try WireJSON.decode(GigaChatV1Wire.Completion.self, from: bytes)
        } catch {
            throw failures.malformed("an event of the stream: \(error)", body: bytes, requestID: requestID)
        }
        if let error = chunk.failure(failures, bytes, requestID: requestID) { throw error }
        return deltas(chunk)
    }

    private mutating func deltas(_ chunk: GigaChatV1Wire.Completion) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if !hasStarted {
            hasStarted = true
            deltas.append(.started(requestID: requestID, model: chunk.model?.value))
        }
        if let choice = chunk.choice {
            if let message = choice.delta ?? choice.message, !message.isProgress {
                if let thoughts = message.reasoning?.nonEmpty { deltas.append(.reasoning(thoughts)) }
                if let text = message.content?.nonEmpty { deltas.append(.text(text)) }
                if let call = message.functionCall?.common {
                    deltas.append(
                        .toolCall(ToolCallFragment(index: calls, name: call.name, arguments: call.argumentsText))
                    )
                    calls += 1
                }
                if let state = message.stateID { deltas.append(.state(state)) }
            }
            if let reason = choice.finishReason?.nonEmpty {
                hasFinished = true
                deltas.append(.finished(FinishReason(gigaChat: reason)))
            }
        }
        if let usage = chunk.usage?.value?.common { deltas.append(.usage(usage)) }
        hasAnswer = hasAnswer || deltas.contains { if case .started = $0 { false } else { true } }
        return deltas
    }
}
