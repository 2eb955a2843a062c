import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

/// Counts that no request can cost: each of them ended the process by an overflow.
struct WireCountTests {
    private static let numbers = [
        "9223372036854775807", "-9223372036854775808", "-1", #""9223372036854775807""#, "1e300",
    ]

    private func usage(_ prompt: String, _ completion: String, total: String? = nil) -> String {
        #"{"prompt_tokens":\#(prompt),"completion_tokens":\#(completion)"#
            + (total.map { #","total_tokens":\#($0)"# } ?? "")
            + "}"
    }

    @Test(arguments: numbers)
    func `an impossible count is no count, in OpenAI's format`(number: String) throws {
        for usage in [usage(number, "1"), usage("1", number), usage("1", "1", total: number)] {
            let json = #"{"choices":[{"message":{"content":"x"}}],"usage":\#(usage)}"#
            let completion = try WireJSON.decode(OpenAIWire.Completion.self, from: Array(json.utf8))
            #expect(completion.cost == nil)
            #expect(completion.parts.first?.message?.text == "x")
        }
    }

    @Test(arguments: numbers)
    func `an impossible count is no count, at GigaChat and Yandex`(number: String) throws {
        let first = try WireJSON.decode(GigaChatV1Wire.Usage.self, from: Array(usage(number, "1").utf8))
        #expect(first.common == nil)
        let second = #"{"input_tokens":\#(number),"output_tokens":1}"#
        #expect(try WireJSON.decode(GigaChatV2Wire.Usage.self, from: Array(second.utf8)).common == nil)
        let third = #"{"inputTextTokens":\#(number),"completionTokens":"1"}"#
        #expect(try WireJSON.decode(YandexGPTWire.Usage.self, from: Array(third.utf8)).common == nil)
    }

    @Test(arguments: numbers)
    func `an impossible count is no count, at 1C-Naparnik`(number: String) throws {
        var turn = NaparnikTurn(
            conversation: "c",
            policy: .rejectAll,
            ownTools: [],
            failures: Decoding.failures(.naparnik)
        )
        for usage in [#""total_tokens":\#(number),"prompt_tokens":1"#, #""total_tokens":1,"prompt_tokens":\#(number)"#]
        {
            let data = #"{"role":"assistant","content_delta":{"content":"x"},"details":{"usage":{\#(usage)}}}"#
            let deltas = try turn.decode(ServerSentEvent(data: data))
            #expect(!deltas.contains { if case .usage = $0 { true } else { false } })
        }
    }

    @Test func `what is left out is 0, and the largest counts add up`() throws {
        let most = "9007199254740992"
        let large = try WireJSON.decode(OpenAIWire.Usage.self, from: Array(usage(most, most, total: most).utf8))
        #expect(large.common?.totalTokens == 1 << 53)
        let part = try WireJSON.decode(OpenAIWire.Usage.self, from: Array(#"{"prompt_tokens":8}"#.utf8))
        #expect(part.common == Usage(promptTokens: 8, completionTokens: 0, totalTokens: 8))
    }

    @Test(arguments: [#""""#, "5", "[]", #"{"prompt_tokens_details":5,"prompt_tokens":1}"#])
    func `a usage of another form does not cost the answer`(usage: String) throws {
        let json = #"{"choices":[{"message":{"content":"x"}}],"usage":\#(usage)}"#
        let completion = try WireJSON.decode(OpenAIWire.Completion.self, from: Array(json.utf8))
        #expect(completion.parts.first?.message?.text == "x")
    }
}
