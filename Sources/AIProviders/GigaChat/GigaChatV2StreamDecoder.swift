internal import HTTPSessionPool

/// Decodes the stream of GigaChat's second protocol: named events that end with `response.message.done`.
///
/// There is no `[DONE]`. A failure in the middle is a `response.message.done` whose `finish_reason` is `error`, or an event
/// `response.error`. An answer in one event without a name is whole when it has a `finish_reason`.
struct GigaChatV2StreamDecoder: StreamDecoder {
    private let failures: FailureReader
    private let requestID: String?
    private var tools = ToolCallAssembler()
    private var hasStarted = false
    private var hasFinished = false
    private(set) var skipped: String?
    private(set) var ignoresRest = false

    /// Makes a decoder for one stream.
    init(failures: FailureReader, requestID: String?) {
        self.failures = failures
        self.requestID = requestID
    }

    var isComplete: Bool { ignoresRest || hasFinished }

    mutating func decode(_ event: ServerSentEvent) throws(ProviderError) -> [ChatDelta] {
        // Progress of built-in tools carries nothing of the answer.
        if event.event.hasPrefix("response.tool.") { return [] }
        let isError = event.event == "error" || event.event.hasSuffix(".error")
        let bytes: [UInt8]
        switch StreamData(event) {
        case .nothing, .end: return []
        case .words(let words):
            if isError { throw failures.failure(ErrorBody(words), status: nil, requestID: requestID) }
            skipped = failures.redactor.clean(String(decoding: words.prefix(200), as: UTF8.self))
            return []
        case .json(let json): bytes = json
        }
        if isError { throw failures.failure(ErrorBody(bytes), status: nil, requestID: requestID) }
        let chunk: GigaChatV2Wire.Completion
        do throws(WireJSON.Failure) {
            chunk = try WireJSON.decode(GigaChatV2Wire.Completion.self, from: bytes)
        } catch {
            throw failures.malformed("an event of the stream: \(error)", body: bytes, requestID: requestID)
        }
        if let error = chunk.failure(failures, bytes, requestID: requestID) { throw error }
        let deltas = deltas(chunk)
        if event.event == "response.message.done" {
            ignoresRest = true
        } else if event.event == "message", chunk.reason != nil {
            hasFinished = true
        }
        return deltas
    }

    private mutating func deltas(_ chunk: GigaChatV2Wire.Completion) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if !hasStarted {
            hasStarted = true
            deltas.append(.started(requestID: requestID, model: chunk.model?.value))
        }
        for message in chunk.messages?.elements ?? [] {
            if let thoughts = message.thoughts { deltas.append(.reasoning(thoughts)) }
            if let text = message.text.nonEmpty { deltas.append(.text(text)) }
            for call in message.calls {
                let fragment = tools.fragment(
                    index: nil,
                    id: call.id,
                    name: call.name,
                    arguments: call.arguments?.argumentsText ?? ""
                )
                deltas.append(.toolCall(fragment))
            }
        }
        if let state = chunk.state { deltas.append(.state(state)) }
        if let reason = chunk.reason { deltas.append(.finished(FinishReason(gigaChat: reason))) }
        if let usage = chunk.usage?.value?.common { deltas.append(.usage(usage)) }
        return deltas
    }
}
