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

    /// The last thing in the stream that was passed over because it was not of the protocol's form, fit for an error.
    var skipped: String? { get }
}

extension StreamDecoder {
    var ignoresRest: Bool { false }

    var skipped: String? { nil }

    mutating func finish() -> [ChatDelta] { [] }
}

/// What is said of a stream that ended too early.
enum FramedEnd {
    /// The words, with what was passed over: it may say why.
    static func message(_ accumulator: ChatAccumulator, _ skipped: String?) -> String {
        let arrived = accumulator.response.text.count
        let words = skipped.map { "; it said: \($0)" } ?? ""
        return
            "The stream ended without its end marker after \(arrived) characters of text; the answer is incomplete\(words)."
    }
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
    private var hasBegun = false
    private var hasEnded = false
    /// Bytes of text, reasoning and tool calls that are taken for an answer.
    ///
    /// By default as many as a buffered answer may have, see `SessionConfiguration.Limits.maxBodyBytes`.
    private let mostBytes: Int
    private let drain: @Sendable () async -> Void

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - frames: What the stream is made of.
    ///   - decoder: Decodes it.
    ///   - provider: Whose stream it is.
    ///   - requestID: The provider's id of the request.
    ///   - mostBytes: What is taken for an answer at most, in bytes of text.
    ///   - drain: Reads what follows the end marker, so that the connection can be used again.
    init(
        _ frames: Frames,
        decoder: Decoder,
        provider: Provider,
        requestID: String?,
        mostBytes: Int = 64 << 20,
        drain: @escaping @Sendable () async -> Void = {}
    ) {
        self.frames = frames
        self.decoder = decoder
        self.provider = provider
        self.requestID = requestID
        self.mostBytes = mostBytes
        self.drain = drain
    }

    mutating func next() async throws(ProviderError) -> ChatDelta? {
        while true {
            if let delta = pending.popFirst() {
                accumulator.add(delta)
                try checkSize()
                return delta
            }
            if hasEnded { return nil }
            if decoder.ignoresRest {
                await drain()
                try end()
                continue
            }
            if let frame = try await nextFrame() {
                try take(frame)
            } else {
                try end()
            }
        }
    }

    /// A stream has no end of its own: one that goes on for ever must not fill the memory.
    private mutating func checkSize() throws(ProviderError) {
        guard accumulator.byteCount > mostBytes else { return }
        hasEnded = true
        throw withPartial(ProviderError(.malformedResponse, provider, "The answer exceeds \(mostBytes) bytes of text."))
    }

    private mutating func nextFrame() async throws(ProviderError) -> Frames.Element? {
        do throws(SessionError) {
            return try await frames.next(isolation: #isolation)
        } catch {
            // Once the end is proven the answer is complete, whatever happens to the connection after it.
            if decoder.isComplete, error.code != .cancelled { return nil }
            throw withPartial(ProviderError(interruption: error, provider, hasBegun: hasBegun))
        }
    }

    private mutating func take(_ frame: Frames.Element) throws(ProviderError) {
        hasBegun = true
        do throws(ProviderError) {
            pending = try decoder.decode(frame)[...]
        } catch {
            throw withPartial(error)
        }
    }

    private mutating func end() throws(ProviderError) {
        hasEnded = true
        guard decoder.isComplete else {
            let message = FramedEnd.message(accumulator, decoder.skipped)
            throw withPartial(ProviderError(.streamTruncated, provider, message))
        }
        pending = decoder.finish()[...]
    }

    /// Adds the request's id, and what the caller has already been given.
    private func withPartial(_ error: ProviderError) -> ProviderError {
        var error = error
        error.requestID = error.requestID ?? requestID
        if !accumulator.isEmpty || error.code == .streamTruncated { error.partial = accumulator.response }
        return error
    }
}
