import HTTPSessionPool
import Testing

@testable import AIProviders

/// What bounds a streamed answer.
@Suite struct FramedSourceTests {
    @Test(arguments: ["content", "reasoning_content"])
    func `an answer without an end is ended by its size, with what had arrived`(_ field: String) async throws {
        let piece = String(repeating: "x", count: 1_000)
        let event = ServerSentEvent(data: #"{"choices":[{"delta":{"\#(field)":"\#(piece)"}}]}"#)
        var source = FramedSource(
            ListedFrames(frames: Array(repeating: event, count: 100)[...], failure: nil),
            decoder: OpenAIStreamDecoder(failures: Decoding.failures(), requestID: "request-1"),
            provider: .openAI,
            requestID: "request-1",
            mostBytes: 10_000
        )
        var pieces = 0
        let error = await #expect(throws: ProviderError.self) {
            while let delta = try await source.next() { if case .started = delta {} else { pieces += 1 } }
        }
        #expect(pieces == 10)
        #expect(error?.code == .malformedResponse)
        #expect(error?.partial != nil)
        #expect(try await source.next() == nil, "it has ended")
    }
}
