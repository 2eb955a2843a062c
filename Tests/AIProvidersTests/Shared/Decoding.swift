import HTTPSessionPool
import TestSupport

@testable import AIProviders

/// What tests of stream decoders have in common.
enum Decoding {
    /// The events of a fixture.
    static func events(_ fixture: String) throws -> [ServerSentEvent] {
        var decoder = ServerSentEventDecoder()
        var events: [ServerSentEvent] = []
        try decoder.decode(try Fixture.bytes(fixture), into: &events)
        return events
    }

    /// The JSON objects of a fixture.
    static func objects(_ fixture: String) throws -> [[UInt8]] {
        var decoder = JSONSequenceDecoder()
        var objects: [[UInt8]] = []
        try decoder.decode(try Fixture.bytes(fixture), into: &objects)
        return objects
    }

    /// Reads frames to their end as a client does, through the source that guards the end marker.
    static func deltas<Decoder: StreamDecoder>(
        of frames: [Decoder.Frame],
        with decoder: Decoder,
        failing failure: SessionError? = nil
    ) async throws(ProviderError) -> [ChatDelta] {
        var source = FramedSource(
            ListedFrames(frames: frames[...], failure: failure),
            decoder: decoder,
            provider: .openAI,
            requestID: "request-1"
        )
        var deltas: [ChatDelta] = []
        while let delta = try await source.next() { deltas.append(delta) }
        return deltas
    }

    /// The answer that deltas make.
    static func answer(_ deltas: [ChatDelta]) -> ChatResponse {
        var accumulator = ChatAccumulator()
        for delta in deltas { accumulator.add(delta) }
        return accumulator.response
    }

    /// A reader of failures without secrets to hide.
    static func failures(_ provider: Provider = .openAI) -> FailureReader { FailureReader(provider) }
}

/// Frames that are all there, and then an end or a failure.
struct ListedFrames<Frame>: AsyncIteratorProtocol {
    var frames: ArraySlice<Frame>
    var failure: SessionError?

    mutating func next() async throws(SessionError) -> Frame? {
        try await next(isolation: #isolation)
    }

    mutating func next(isolation actor: isolated (any Actor)?) async throws(SessionError) -> Frame? {
        if let frame = frames.popFirst() { return frame }
        if let failure { throw failure }
        return nil
    }
}
