internal import HTTPSessionPool

/// Turns the frames of one provider's stream into deltas: a value without socket or clock.
protocol StreamDecoder<Frame> {
    /// What the stream is made of: server-sent events, or JSON objects.
    associatedtype Frame

    /// Takes the next frame.
    mutating func decode(_ frame: Frame) throws(ProviderError) -> [ChatDelta]

    /// Whether the protocol's end marker has come, so that the stream may end.
    var isComplete: Bool { get }

    /// Whether nothing that follows is of interest; the rest is read to keep the connection and thrown away.
    var ignoresRest: Bool { get }

    /// Takes note that a complete stream has ended.
    mutating func finish() -> [ChatDelta]
}

extension StreamDecoder {
    var ignoresRest: Bool { false }

    mutating func finish() -> [ChatDelta] { [] }
}

/// Reads frames, decodes them, and makes sure that the stream ended as its protocol says.
struct FramedSource<Frames: AsyncIteratorProtocol, Decoder: StreamDecoder>: DeltaSource
where Frames.Element == Decoder.Frame, Frames.Failure == SessionError {
    private var frames: Frames
    private var decoder: Decoder
    private let provider: Provider
    private let requestID: String?
    private var accumulator = ChatAccumulator()
    private var pending: ArraySlice<ChatDelta> = []
    private var hasEnded = false

    /// Makes a source.
    init(_ frames: Frames, decoder: Decoder, provider: Provider, requestID: String?) {
        self.frames = frames
        self.decoder = decoder
        self.provider = provider
        self.requestID = requestID
    }

    mutating func next() async throws(ProviderError) -> ChatDelta? {
        while true {
            if let delta = pending.popFirst() {
                accumulator.add(delta)
                return delta
            }
            if hasEnded { return nil }
            if let frame = try await nextFrame() {
                try take(frame)
            } else {
                try end()
            }
        }
    }

    private mutating func nextFrame() async throws(ProviderError) -> Frames.Element? {
        do throws(SessionError) {
            return try await frames.next(isolation: #isolation)
        } catch {
            // After the end marker nothing is missing, whatever happens to the connection.
            if decoder.ignoresRest, error.code != .cancelled { return nil }
            throw withPartial(ProviderError(error, provider))
        }
    }

    private mutating func take(_ frame: Frames.Element) throws(ProviderError) {
        if decoder.ignoresRest { return }
        do throws(ProviderError) {
            pending = try decoder.decode(frame)[...]
        } catch {
            throw withPartial(error)
        }
    }

    private mutating func end() throws(ProviderError) {
        hasEnded = true
        guard decoder.isComplete else {
            let arrived = accumulator.response.text.count
            var error = ProviderError(
                .streamTruncated,
                provider,
                "The stream ended without its end marker after \(arrived) characters of text; the answer is incomplete."
            )
            error.partial = accumulator.response
            throw withPartial(error)
        }
        pending = decoder.finish()[...]
    }

    /// Adds the request's id, and what the caller has already been given.
    private func withPartial(_ error: ProviderError) -> ProviderError {
        var error = error
        error.requestID = error.requestID ?? requestID
        if !accumulator.isEmpty { error.partial = accumulator.response }
        return error
    }
}

/// Gives deltas that are all known already: an answer that came whole although a stream was asked for.
struct ListSource: DeltaSource {
    private var deltas: ArraySlice<ChatDelta>

    /// Makes a source of one whole answer.
    init(_ response: ChatResponse) {
        var deltas: [ChatDelta] = [.started(requestID: response.requestID, model: response.model)]
        if let reasoning = response.reasoning { deltas.append(.reasoning(reasoning)) }
        if !response.text.isEmpty { deltas.append(.text(response.text)) }
        for (index, call) in response.toolCalls.enumerated() {
            let id = call.id.nonEmpty
            deltas.append(
                .toolCall(ToolCallFragment(index: index, id: id, name: call.name, arguments: call.argumentsText))
            )
        }
        if let state = response.stateID { deltas.append(.state(state)) }
        if let reason = response.finishReason { deltas.append(.finished(reason)) }
        if let usage = response.usage { deltas.append(.usage(usage)) }
        self.deltas = deltas[...]
    }

    mutating func next() async throws(ProviderError) -> ChatDelta? {
        deltas.popFirst()
    }
}
