import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(2)))
struct SimulatedNaparnikTests {
    @Test func `a strict server is satisfied`() async throws {
        let change = { (configuration: inout SimulatorConfiguration) in
            configuration.naparnik.authorizationFormat = .plain
            configuration.naparnik.refusesCharset = true
            configuration.naparnik.requiresTrailingSlash = true
            configuration.naparnik.locksConversations = true
            configuration.naparnik.hasStringDeltas = true
            configuration.naparnik.hasGarbageLines = true
            configuration.naparnik.sendsDone = true
            configuration.naparnik.heartbeats = 5
        }
        try await Simulated.run(change) { simulated in
            let client = try simulated.naparnik()
            var request = ChatRequest("один")
            let first = try await client.chat(request)
            #expect(first.text.contains("один"))
            request.messages += [first.message, .user("два")]
            #expect(try await client.chat(request).text.contains("(2)"), "the server knows the history")
        }
    }

    @Test(arguments: [1, 4, 8])
    func `the server's tools run for several rounds within one turn`(rounds: Int) async throws {
        try await Simulated.run({ $0.naparnik.toolRounds = rounds }) { simulated in
            let client = try simulated.naparnik()
            let answer = try await client.stream("Найди в ИТС").collect()
            #expect(answer.text.contains("найдено 10 результатов"))
            #expect(answer.finishReason == .stop)
            #expect(simulated.counts(.naparnik).requests == rounds + 2)
        }
    }

    @Test func `more rounds than allowed end the turn`() async throws {
        try await Simulated.run({ $0.naparnik.toolRounds = 100 }) { simulated in
            let client = try simulated.naparnik { $0.toolPolicy.maxRounds = 3 }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("Найди в ИТС") }
            #expect(error?.code == .toolRoundsExceeded)
            #expect(simulated.counts(.naparnik).requests == 5)
        }
    }

    @Test func `tools that are rejected leave the model to answer by itself, or not at all`() async throws {
        for isEmpty in [false, true] {
            let change = { (configuration: inout SimulatorConfiguration) in
                configuration.naparnik.toolRounds = 1
                configuration.naparnik.isEmptyAfterRejection = isEmpty
            }
            try await Simulated.run(change) { simulated in
                let client = try simulated.naparnik { $0.toolPolicy = .rejectAll }
                let answer = try await client.chat("Найди в ИТС")
                #expect(answer.text.isEmpty == isEmpty)
                #expect(answer.finishReason == .stop)
            }
        }
    }

    @Test func `a request without tools runs none of the server's`() async throws {
        try await Simulated.run({ $0.naparnik.toolRounds = 1 }) { simulated in
            var request = ChatRequest("Найди в ИТС")
            request.toolChoice = ToolChoice.none
            let answer = try await simulated.naparnik().chat(request)
            #expect(answer.text.contains("not available"))
        }
    }

    @Test func `the server's own attempt at an unknown tool is not the answer`() async throws {
        try await Simulated.run({ $0.naparnik.callsUnknownTool = true }) { simulated in
            let answer = try await simulated.naparnik().chat("hi")
            #expect(answer.text.contains("hi"))
            #expect(answer.toolCalls.isEmpty)
        }
    }

    @Test func `the caller's tools come back, and their results go on with the turn`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.naparnik()
            var request = ChatRequest("What is the weather?")
            request.tools = [ToolDefinition(name: "weather", description: "tells the weather")]
            let asked = try await client.chat(request)
            #expect(asked.finishReason == .toolCalls)
            let call = try #require(asked.toolCalls.first)
            request.messages += [asked.message, .tool("sunny", for: call)]
            #expect(try await client.chat(request).text.contains("sunny"))
        }
    }

    @Test func `reasoning comes apart from the text`() async throws {
        let change = { (configuration: inout SimulatorConfiguration) in
            configuration.answer = SimulatorAnswer(text: "<think>внутри</think>ответ", reasoning: "думаю ")
        }
        try await Simulated.run(change) { simulated in
            let answer = try await simulated.naparnik().chat("hi")
            #expect(answer.text == "ответ")
            #expect(answer.reasoning == "думаю внутри")
        }
    }

    @Test(arguments: [SimulatorConfiguration.Naparnik.CompletionShape.choices, .result, .text])
    func `completions of any shape`(shape: SimulatorConfiguration.Naparnik.CompletionShape) async throws {
        let change = { (configuration: inout SimulatorConfiguration) in
            configuration.naparnik.completionShape = shape
            configuration.naparnik.authorizationFormat = .bearer
        }
        try await Simulated.run(change) { simulated in
            let client = try simulated.naparnik(.completions)
            let answer = try await client.chat("hi")
            #expect(answer.text.contains("hi"))
            #expect(answer.usage?.totalTokens ?? 0 > 0)
        }
    }

    @Test func `an account that asks too much is told how long to wait`() async throws {
        try await Simulated.run({ $0.naparnik.concurrentGenerations = 1 }) { simulated in
            simulated.simulator.updateFaults([.init(.hang(.init(afterChunks: 2)), path: "/messages", count: 1)])
            let client = try simulated.naparnik()
            var pieces = client.stream("hi").makeAsyncIterator()
            _ = try await pieces.next()
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .seconds(123))
            simulated.simulator.releaseHungRequests()
            while try await pieces.next() != nil { continue }
        }
    }
}
