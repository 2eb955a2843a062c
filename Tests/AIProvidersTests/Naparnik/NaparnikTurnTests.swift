import HTTPSessionPool
import Testing

@testable import AIProviders

struct NaparnikTurnTests {
    private func turn(_ policy: NaparnikToolPolicy = .serverTools, ownTools: Set<String> = []) -> NaparnikTurn {
        NaparnikTurn(
            conversation: "conv-1",
            policy: policy,
            ownTools: ownTools,
            failures: Decoding.failures(.naparnik)
        )
    }

    private func read(_ fixture: String, into turn: inout NaparnikTurn) throws -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        for event in try Decoding.events("naparnik/\(fixture).sse") { deltas += try turn.decode(event) }
        return deltas
    }

    @Test func `the user's echo is no text, deltas are, and the whole text at the end adds nothing`() throws {
        var turn = turn()
        let deltas = try read("answer", into: &turn)
        #expect(deltas.compactMap(\.text) == ["Запрос ", "готов"])
        #expect(deltas.contains(.usage(Usage(promptTokens: 80, completionTokens: 5, totalTokens: 85))))
        #expect(try turn.endRound() == .finished([.state("conv-1/a-1"), .finished(.stop)]))
    }

    @Test func `events that are no JSON are counted and skipped, a bare string is a delta`() throws {
        var turn = turn()
        let answer = Decoding.answer(try read("odd-events", into: &turn))
        #expect(answer.text == "да")
        #expect(answer.reasoning == "хм")
        #expect(turn.skippedEvents == 1)
        #expect(try turn.endRound() == .finished([.state("conv-1/a-1"), .finished(.stop)]))
    }

    @Test func `of several answers in one stream the last counts`() throws {
        var turn = turn()
        let deltas = try read("two-answers", into: &turn)
        #expect(Decoding.answer(deltas).text == "Ответ без поиска")
        #expect(deltas.contains(.replace("Отв")))
        #expect(Decoding.answer(deltas).toolCalls.isEmpty, "the server has answered the call itself")
        #expect(try turn.endRound() == .finished([.state("conv-1/a-2"), .finished(.stop)]))
    }

    @Test func `the server's tools are accepted and an editor's rejected, in one acknowledgement`() throws {
        var turn = turn()
        #expect(Decoding.answer(try read("tool-calls", into: &turn)).toolCalls.isEmpty, "they are not the caller's")
        let step = try turn.endRound()
        #expect(
            step
                == .acknowledge([
                    "role": "tool", "parent_uuid": "a-1",
                    "content": [
                        ["tool_call_id": "call-1", "status": "accepted", "content": nil],
                        [
                            "tool_call_id": "call-2", "status": "rejected",
                            "content": "The tool ReadSystemFile is not available here.",
                        ],
                    ],
                ])
        )
        let answer = Decoding.answer(try read("after-acknowledgement", into: &turn))
        #expect(answer.text == "Нашёл стандарт")
        #expect(answer.reasoning == "смотрю")
        #expect(try turn.endRound() == .finished([.state("conv-1/a-2"), .finished(.stop)]))
    }

    @Test func `calls of the caller's own tools are handed over`() throws {
        var turn = turn(ownTools: ["ReadSystemFile"])
        _ = try read("tool-calls", into: &turn)
        guard case .finished(let deltas) = try turn.endRound() else {
            Issue.record("an acknowledgement was sent")
            return
        }
        let answer = Decoding.answer(deltas)
        #expect(answer.toolCalls.map(\.id) == ["call-1", "call-2"])
        #expect(answer.finishReason == .toolCalls)
        #expect(answer.stateID == "conv-1/a-1")
    }

    @Test func `a model that calls tools for ever is stopped`() throws {
        var turn = turn(NaparnikToolPolicy(maxRounds: 3) { _ in .accept })
        for _ in 0..<3 {
            _ = try read("tool-calls", into: &turn)
            guard case .acknowledge = try turn.endRound() else { Issue.record("no acknowledgement"); return }
        }
        _ = try read("tool-calls", into: &turn)
        let error = #expect(throws: ProviderError.self) { try turn.endRound() }
        #expect(error?.code == .toolRoundsExceeded)
    }

    @Test func `an answer that was not finished is truncated`() throws {
        var turn = turn()
        #expect(Decoding.answer(try read("truncated", into: &turn)).text == "Запр")
        let error = #expect(throws: ProviderError.self) { try turn.endRound() }
        #expect(error?.code == .streamTruncated)
    }

    @Test func `a stream that ends after a tool's result is truncated`() throws {
        var turn = turn()
        let tool = #"{"role":"tool","content":{"content":"x"},"finished":true}"#
        _ = try turn.decode(ServerSentEvent(data: tool))
        #expect(throws: ProviderError.self) { try turn.endRound() }
    }

    @Test func `an error event is the error, with the wait that its text names`() throws {
        let client = try NaparnikClient(NaparnikConfiguration(token: "token-0123"))
        var turn = NaparnikTurn(
            conversation: "c",
            policy: .rejectAll,
            ownTools: [],
            failures: client.channel.failures
        )
        let data =
            #"{"error":"Rate limit exceeded for message creation. Try again in 9 seconds.","error_type":"rate_limit_exceeded"}"#
        let error = #expect(throws: ProviderError.self) { try turn.decode(ServerSentEvent(data: data)) }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == .seconds(9))
    }

    @Test func `an empty answer after a rejection is an answer`() throws {
        var turn = turn()
        let end = #"{"role":"assistant","uuid":"a-2","finished":true}"#
        #expect(Decoding.answer(try turn.decode(ServerSentEvent(data: end))).text.isEmpty)
        #expect(try turn.endRound() == .finished([.state("conv-1/a-2"), .finished(.stop)]))
    }
}

struct ThinkTagFilterTests {
    @Test(arguments: [
        ("no tags", "no tags", ""), ("<think>a</think>\n\nb", "b", "a"), ("<thinking>a</thinking>b", "b", "a"),
        ("a < b <thin c", "a < b <thin c", ""), ("<think>never closed", "", "never closed"),
        ("x<think>a<b</think> y", "xy", "a<b"), ("<<think>a</think>b", "<b", "a"), ("a<", "a<", ""),
    ])
    func `thoughts are taken out of a text, wherever it is cut`(text: String, visible: String, thoughts: String) {
        for cut in 0...text.count {
            var filter = ThinkTagFilter()
            var output = ThinkTagFilter.Output()
            for piece in [text.prefix(cut), text.dropFirst(cut)] {
                let next = filter.take(String(piece))
                output.text += next.text
                output.thoughts += next.thoughts
            }
            let rest = filter.finish()
            #expect(output.text + rest.text == visible, "cut at \(cut)")
            #expect(output.thoughts + rest.thoughts == thoughts, "cut at \(cut)")
        }
    }

    @Test func `what cannot become a tag is not held back`() {
        var filter = ThinkTagFilter()
        #expect(filter.take("a <b").text == "a <b")
        #expect(filter.take("<th").text.isEmpty)
        #expect(filter.take("e").text == "<the")
    }
}
