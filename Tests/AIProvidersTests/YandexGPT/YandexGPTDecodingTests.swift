import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

struct YandexGPTDecodingTests {
    private let failures = Decoding.failures(.yandexGPT)

    private func deltas(_ fixture: String) async throws -> [ChatDelta] {
        let decoder = YandexGPTStreamDecoder(failures: failures, requestID: "r-1")
        return try await Decoding.deltas(of: try Decoding.objects("yandexgpt/\(fixture).ndjson"), with: decoder)
    }

    private func answer(_ fixture: String) throws -> ChatResponse? {
        let bytes = try Fixture.bytes("yandexgpt/\(fixture).json")
        return try WireJSON.decode(YandexGPTWire.Envelope.self, from: bytes).completion.answer(requestID: nil)
    }

    @Test(arguments: ["completion", "completion-unwrapped"])
    func `an answer with and without the wrapper, its counts as strings`(fixture: String) throws {
        let answer = try #require(try answer(fixture))
        #expect(answer.text == "Пять.")
        #expect(answer.finishReason == .stop)
        #expect(answer.usage == Usage(promptTokens: 12, completionTokens: 4, totalTokens: 16))
    }

    @Test func `counts may be numbers, strings or whole doubles`() throws {
        let counts = try WireJSON.decode([WireInteger].self, from: Array(#"[28,"28",28.0]"#.utf8))
        #expect(counts.map(\.value) == [28, 28, 28])
        #expect(throws: WireJSON.Failure.self) { try WireJSON.decode(WireInteger.self, from: Array(#""x""#.utf8)) }
    }

    @Test func `calls have objects for arguments, whose doubles are compared as numbers`() throws {
        let answer = try #require(try answer("tool-calls"))
        #expect(answer.toolCalls.first?.arguments == ["numbers": [5, 4, 1]])
        #expect(answer.finishReason == .toolCalls)
    }

    @Test func `the cumulative text becomes deltas`() async throws {
        let deltas = try await deltas("stream")
        #expect(deltas.compactMap(\.text) == ["Раз", ", два", ", три", "."])
        #expect(deltas.last == .usage(Usage(promptTokens: 12, completionTokens: 7, totalTokens: 19)))
        #expect(deltas.count { if case .usage = $0 { true } else { false } } == 1)
    }

    @Test func `a revision that is no continuation replaces the text`() async throws {
        let deltas = try await deltas("stream-revised")
        #expect(deltas.contains(.replace("Один, два")))
        #expect(Decoding.answer(deltas).text == "Один, два, три.")
    }

    @Test func `objects without anything between them`() async throws {
        let answer = Decoding.answer(try await deltas("stream-concatenated"))
        #expect(answer.text == "Раз, два.")
        #expect(answer.finishReason == .length)
    }

    @Test func `a stream without a final status is truncated`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await deltas("stream-truncated") }
        #expect(error?.code == .streamTruncated)
        #expect(error?.partial?.text == "Раз, два")
    }

    @Test func `an error line in a 200 stream is the error`() async throws {
        let error = await #expect(throws: ProviderError.self) { try await deltas("stream-error") }
        #expect(error?.code == .serverError)
        #expect(error?.status == 503)
        #expect(error?.partial?.text == "Раз")
    }

    @Test func `texts that look equal and differ in their bytes are a revision`() async throws {
        func object(_ text: String, _ status: String) throws -> [UInt8] {
            let message: JSONValue = ["role": "assistant", "text": .string(text)]
            let alternative: JSONValue = ["message": message, "status": .string("ALTERNATIVE_STATUS_" + status)]
            return try #require(JSONValue.object(["result": ["alternatives": [alternative]]]).bytes)
        }
        // The first е is followed by a combining diaeresis in one text, and is ё in the other.
        let frames = [try object("е\u{308}", "PARTIAL"), try object("ё!", "FINAL")]
        let decoder = YandexGPTStreamDecoder(failures: failures, requestID: nil)
        let deltas = try await Decoding.deltas(of: frames, with: decoder)
        #expect(deltas.contains(.replace("ё!")))
    }

    @Test(arguments: 0..<100)
    func `deltas of any growing and changing text give the last text`(seed: Int) async throws {
        var random = SplitMix64(seed: UInt64(seed))
        var decoder = YandexGPTStreamDecoder(failures: failures, requestID: nil)
        var accumulator = ChatAccumulator()
        var text = ""
        for _ in 0..<50 {
            if random.chance(20) { text = String(text.dropLast(random.below(text.count + 1))) }
            text += ["а", "ё", "e\u{301}", "👨‍👩‍👧", " ", "\u{301}"][random.below(6)]
            let message: JSONValue = ["alternatives": [["message": ["text": .string(text)]]]]
            for delta in try decoder.decode(try #require(message.bytes)) { accumulator.add(delta) }
            try invariant(Array(accumulator.response.text.utf8) == Array(text.utf8), "seed \(seed): \(text)")
        }
    }

    @Test func `an operation runs, ends or fails`() throws {
        func result(_ fixture: String) throws -> Result<ChatResponse, ProviderError>? {
            let bytes = try Fixture.bytes("yandexgpt/\(fixture).json")
            let wire = try WireJSON.decode(YandexGPTWire.Operation.self, from: bytes)
            return YandexGPTClient.result(wire, failures: failures, requestID: nil)
        }
        #expect(try result("operation-running") == nil)
        #expect(try result("operation-done")?.get().text == "Готово.")
        let error = #expect(throws: ProviderError.self) { try result("operation-failed")?.get() }
        #expect(error?.code == .operationFailed)
        #expect(error?.message.contains("8192") == true)
    }

    @Test func `an IAM token ends as its timestamp says, and is used for an hour at most`() throws {
        let now = try #require(UnixTime(rfc3339: "2026-01-01T12:00:00Z"))
        #expect(YandexIAM.lifetime(expiresAt: "2026-01-01T12:30:00.5Z", serverNow: now) == .milliseconds(1_800_500))
        #expect(YandexIAM.lifetime(expiresAt: "2026-01-02T00:00:00.123456789Z", serverNow: now) == .seconds(3_600))
        #expect(YandexIAM.lifetime(expiresAt: nil, serverNow: now) == .seconds(3_600))
    }

    @Test(arguments: [
        ("https://iam.h/iam/v1/tokens", "https://iam.h/iam/v1/tokens"), ("https://h", "https://h/iam/v1/tokens"),
        ("https://h/iam/v1/", "https://h/iam/v1/tokens"),
    ])
    func `the token endpoint may be given in part`(given: String, url: String) {
        #expect(YandexIAM.tokenURL(given) == url)
    }
}
