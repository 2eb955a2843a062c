import HTTPSessionPool
import Testing

@testable import AIProviders

struct OpenAIStreamDecoderTests {
    private func deltas(_ fixture: String) async throws -> [ChatDelta] {
        let decoder = OpenAIStreamDecoder(failures: Decoding.failures(), requestID: "r-1")
        return try await Decoding.deltas(of: try Decoding.events("openai/\(fixture).sse"), with: decoder)
    }

    @Test func `text, finish reason and usage of a plain stream`() async throws {
        let deltas = try await deltas("stream")
        #expect(
            deltas == [
                .started(requestID: "r-1", model: "m-1"), .text("One"), .text(", two"), .finished(.stop),
                .usage(
                    Usage(
                        promptTokens: 9,
                        completionTokens: 4,
                        totalTokens: 13,
                        cachedPromptTokens: 2,
                        reasoningTokens: 1
                    )
                ),
            ]
        )
    }

    @Test func `DeepSeek's comments and null contents are skipped, its thoughts and cache hits are kept`() async throws
    {
        let answer = Decoding.answer(try await deltas("stream-deepseek"))
        #expect(answer.text == "Yes")
        #expect(answer.reasoning == "hm")
        #expect(answer.usage?.cachedPromptTokens == 3)
    }

    @Test func `arguments in fragments become whole calls`() async throws {
        let answer = Decoding.answer(try await deltas("stream-tool-calls"))
        #expect(
            answer.toolCalls == [
                ToolCall(id: "call_a", name: "sum", argumentsText: #"{"a":1}"#),
                ToolCall(id: "call_b", name: "sum", argumentsText: "{}"),
            ]
        )
        #expect(answer.finishReason == .toolCalls)
    }

    @Test func `empty strings in continuations of Yandex's Qwen and Gemma mean nothing`() async throws {
        let deltas = try await deltas("stream-tool-calls-empty-strings")
        let answer = Decoding.answer(deltas)
        #expect(answer.toolCalls == [ToolCall(id: "chatcmpl-tool-1", name: "sum", argumentsText: #"{"a":1}"#)])
        #expect(answer.usage?.totalTokens == 13, "usage that nobody asked for is kept")
    }

    @Test func `Yandex's two calls of one function have one id and stay two`() async throws {
        let answer = Decoding.answer(try await deltas("stream-tool-calls-one-chunk"))
        #expect(answer.toolCalls.map(\.argumentsText) == [#"{"a":1}"#, #"{"a":2}"#])
        #expect(answer.toolCalls.map(\.id) == ["sum", "sum"])
        #expect(answer.usage == nil)
    }

    @Test func `calls without an index, as Ollama sends them, stay apart`() async throws {
        let answer = Decoding.answer(try await deltas("stream-tool-calls-without-index"))
        #expect(answer.toolCalls.map(\.id) == ["call_1", "call_2"])
    }

    @Test func `an error in a 200 stream is the error, with what had arrived`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await deltas("stream-error") }
        #expect(error?.code == .serverError)
        #expect(error?.partial?.text == "One")
        #expect(error?.isRetryable == false)
    }

    @Test func `a stream without an end marker is truncated, with what had arrived`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await deltas("stream-truncated") }
        #expect(error?.code == .streamTruncated)
        #expect(error?.partial?.text == "One, tw")
        #expect(error?.requestID == "request-1")
        #expect(error?.isRetryable == false)
    }

    @Test func `a finish reason proves the end as well as DONE does`() async throws {
        var events = try Decoding.events("openai/stream.sse")
        #expect(events.removeLast().data == "[DONE]")
        let decoder = OpenAIStreamDecoder(failures: Decoding.failures(), requestID: nil)
        #expect(Decoding.answer(try await Decoding.deltas(of: events, with: decoder)).text == "One, two")
    }

    @Test func `what follows DONE is ignored, a broken connection too`() async throws {
        let events = try Decoding.events("openai/stream.sse") + [ServerSentEvent(data: "garbage")]
        let decoder = OpenAIStreamDecoder(failures: Decoding.failures(), requestID: nil)
        let lost = SessionError(.connectionLost, "gone")
        let deltas = try await Decoding.deltas(of: events, with: decoder, failing: lost)
        #expect(Decoding.answer(deltas).text == "One, two")
    }

    @Test func `a connection that breaks after the finish reason takes nothing away`() async throws {
        let events = try Decoding.events("openai/stream.sse").dropLast()
        let decoder = OpenAIStreamDecoder(failures: Decoding.failures(), requestID: nil)
        let lost = SessionError(.connectionLost, "gone", delivery: .maybeProcessed)
        let deltas = try await Decoding.deltas(of: Array(events), with: decoder, failing: lost)
        #expect(Decoding.answer(deltas).text == "One, two")
        #expect(Decoding.answer(deltas).usage != nil)
    }

    @Test func `a broken connection before the end is a truncated stream`() async throws {
        let events = try Decoding.events("openai/stream-truncated.sse")
        let decoder = OpenAIStreamDecoder(failures: Decoding.failures(), requestID: nil)
        let lost = SessionError(.connectionLost, "gone", delivery: .maybeProcessed)
        let error = await #expect(throws: ProviderError.self) {
            try await Decoding.deltas(of: events, with: decoder, failing: lost)
        }
        #expect(error?.code == .streamTruncated)
        #expect(error?.underlying == lost)
        #expect(error?.partial?.text == "One, tw")
    }

    @Test(arguments: [
        (#"{"object":"error","message":"m","type":"NotFoundError","code":404}"#, ProviderError.Code.notFound),
        (#"{"error":{"message":"m","code":"rate_limit_exceeded"}}"#, .rateLimited),
        (#"{"error":{"message":"m","code":"context_length_exceeded"}}"#, .requestTooLarge),
        (#"{"choices":"#, .malformedResponse), (#"[1]"#, .malformedResponse),
    ])
    func `a first event that is no chunk`(data: String, code: ProviderError.Code) async throws {
        let decoder = OpenAIStreamDecoder(failures: Decoding.failures(), requestID: nil)
        let error = await #expect(throws: ProviderError.self) {
            try await Decoding.deltas(of: [ServerSentEvent(data: data)], with: decoder)
        }
        #expect(error?.code == code)
        #expect(error?.partial == nil, "nothing had arrived")
    }
}
