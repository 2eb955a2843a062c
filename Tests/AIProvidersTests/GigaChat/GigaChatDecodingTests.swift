import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

struct GigaChatDecodingTests {
    private let failures = Decoding.failures(.gigaChat)

    private func v1(_ fixture: String) async throws -> [ChatDelta] {
        let decoder = GigaChatV1StreamDecoder(failures: failures, requestID: "r-1")
        return try await Decoding.deltas(of: try Decoding.events("gigachat/\(fixture).sse"), with: decoder)
    }

    private func v2(_ fixture: String) async throws -> [ChatDelta] {
        let decoder = GigaChatV2StreamDecoder(failures: failures, requestID: "r-1")
        return try await Decoding.deltas(of: try Decoding.events("gigachat/\(fixture).sse"), with: decoder)
    }

    @Test func `a v1 answer, whatever its object is called`() throws {
        let wire = try WireJSON.decode(GigaChatV1Wire.Completion.self, from: try Fixture.bytes("gigachat/v1-chat.json"))
        let answer = try #require(wire.answer(requestID: "r-1"))
        #expect(answer.text == "Пять.")
        #expect(answer.finishReason == .stop)
        #expect(answer.model == "GigaChat:2.0.30.1")
        #expect(
            answer.usage == Usage(promptTokens: 14, completionTokens: 9, totalTokens: 23, cachedPromptTokens: 3)
        )
    }

    @Test func `arguments of a v1 call are an object`() throws {
        let bytes = try Fixture.bytes("gigachat/v1-function-call.json")
        let answer = try WireJSON.decode(GigaChatV1Wire.Completion.self, from: bytes).answer(requestID: nil)
        #expect(answer?.toolCalls.first?.arguments == ["city": "Тула", "days": 0])
        #expect(answer?.finishReason == .toolCalls)
        #expect(answer?.message.stateID == "7d1e3f2a-0000-4000-8000-0123456789ab")
    }

    @Test func `a v1 stream ends with DONE`() async throws {
        let deltas = try await v1("v1-stream")
        #expect(deltas.compactMap(\.text) == ["Раз", ", два", ", три."])
        #expect(deltas.contains(.finished(.stop)))
        #expect(Decoding.answer(deltas).usage?.totalTokens == 23)
    }

    @Test func `a v1 stream calls a function in one delta`() async throws {
        let answer = Decoding.answer(try await v1("v1-stream-function-call"))
        #expect(answer.toolCalls.map(\.name) == ["weather"])
        #expect(answer.toolCalls.first?.arguments == ["city": "Тула", "days": 0])
        #expect(answer.stateID == "state-1")
    }

    @Test func `the seconds left of a built-in function are no text`() async throws {
        #expect(Decoding.answer(try await v1("v1-stream-progress")).text == "Готово")
    }

    @Test func `a status in place of a v1 event is the error`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await v1("v1-stream-error") }
        #expect(error?.code == .serverError)
        #expect(error?.status == 500)
        #expect(error?.partial?.text == "Раз")
    }

    @Test func `a v2 answer is made of parts`() throws {
        let bytes = try Fixture.bytes("gigachat/v2-chat.json")
        let answer = try WireJSON.decode(GigaChatV2Wire.Completion.self, from: bytes).answer(requestID: nil)
        #expect(answer?.text == "Пять.")
        #expect(
            answer?.usage == Usage(promptTokens: 21, completionTokens: 3, totalTokens: 24, cachedPromptTokens: 4)
        )
    }

    @Test func `a v2 call carries the state under its wire name`() throws {
        let bytes = try Fixture.bytes("gigachat/v2-function-call.json")
        let answer = try WireJSON.decode(GigaChatV2Wire.Completion.self, from: bytes).answer(requestID: nil)
        #expect(answer?.toolCalls.map(\.name) == ["order_status"])
        #expect(answer?.stateID == "state-2")
        #expect(answer?.finishReason == .toolCalls)
    }

    @Test func `a v2 stream has named events and no DONE`() async throws {
        let deltas = try await v2("v2-stream")
        #expect(Decoding.answer(deltas).text == "Раз, два.")
        #expect(deltas.contains(.finished(.stop)))
        #expect(Decoding.answer(deltas).usage?.totalTokens == 15)
    }

    @Test func `a v2 stream without its done event is truncated`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await v2("v2-stream-truncated") }
        #expect(error?.code == .streamTruncated)
        #expect(error?.partial?.text == "Раз, ")
    }

    @Test func `a v2 stream that ends with the reason error has failed`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await v2("v2-stream-error") }
        #expect(error?.code == .serverError)
        #expect(error?.partial?.text == "Раз, ")
    }

    @Test(arguments: [
        ("stop", FinishReason.stop), ("length", .length), ("function_call", .toolCalls), ("blacklist", .contentFilter),
        ("request_filter", .contentFilter), ("function_call_error", .error), ("new", FinishReason(rawValue: "new")),
    ])
    func `finish reasons in common terms`(wire: String, reason: FinishReason) {
        #expect(FinishReason(gigaChat: wire) == reason)
    }
}
