import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(2)))
struct SimulatedFaultTests {
    /// Runs a stream against faults, and gives what it threw.
    private func failure(
        _ dialect: Dialect,
        _ faults: SimulatorFaults,
        _ change: (inout SimulatorConfiguration) -> Void = { _ in }
    ) async throws -> ProviderError? {
        try await Simulated.run(change) { simulated in
            simulated.simulator.updateFaults([.init(faults, path: dialect.chatPath)])
            let client = try simulated.client(dialect)
            return await #expect(throws: ProviderError.self) { try await client.stream("hi").collect() }
        }
    }

    @Test(arguments: Dialect.allCases, [true, false])
    func `a stream that is cut says so, with what had arrived`(dialect: Dialect, resets: Bool) async throws {
        let ending: SimulatorFaults.Ending =
            resets ? .reset(afterChunks: 5, bytesOfNext: 7) : .truncated(afterChunks: 5, bytesOfNext: 7)
        let error = try await failure(dialect, .ending(ending)) { $0.answer.text = "один два три четыре пять" }
        #expect(error?.code == .streamTruncated)
        #expect(error?.partial?.text.hasPrefix("од") == true)
        #expect(error?.isRetryable == false)
    }

    @Test(arguments: Dialect.allCases)
    func `an error inside a stream is the error, with what had arrived`(dialect: Dialect) async throws {
        let faults = SimulatorFaults.ending(.error(afterChunks: 5, message: "the model has crashed"))
        let error = try await failure(dialect, faults) { $0.answer.text = "один два три четыре пять" }
        #expect(error?.code == .serverError)
        #expect(error?.partial?.text.hasPrefix("од") == true)
        #expect(error?.isRetryable == false)
    }

    @Test(arguments: Dialect.allCases)
    func `a hang with heartbeats ends by the timer that they do not reset`(dialect: Dialect) async throws {
        try await Simulated.run { simulated in
            // A stream of JSON objects has no comments.
            let heartbeat: Duration? = dialect == .yandexGPT ? nil : .milliseconds(20)
            let hang = SimulatorFaults.Hang(afterChunks: 2, heartbeat: heartbeat)
            simulated.simulator.updateFaults([.init(.hang(hang), path: dialect.chatPath)])
            let client = try simulated.client(dialect)
            var request = ChatRequest("hi")
            var timeouts = Timeouts.generation
            timeouts.noProgress = .milliseconds(300)
            request.timeouts = timeouts
            let error = await #expect(throws: ProviderError.self) { try await client.stream(request).collect() }
            #expect(error?.underlying?.code == .noProgress)
            try await simulated.simulator.statistics { $0[dialect.provider].generationsInFlight == 0 }
        }
    }

    @Test(arguments: Dialect.allCases)
    func `an account that is busy elsewhere is told so, and how long to wait`(dialect: Dialect) async throws {
        let error = try await failure(dialect, .failure(.init(status: 429, retryAfter: "7")))
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == .seconds(7))
        #expect(error?.isRetryable == true)
    }

    @Test(arguments: Dialect.allCases)
    func `statuses of every provider become codes`(dialect: Dialect) async throws {
        let expected: [(Int, ProviderError.Code)] = [
            (400, .invalidRequest), (403, .forbidden), (500, .serverError), (503, .serverError),
        ]
        try await Simulated.run { simulated in
            let client = try simulated.client(dialect)
            for (status, code) in expected {
                for body in [SimulatorFaults.Failure.Body.provider, .html, .text("no")] {
                    let failure = SimulatorFaults.Failure(status: status, body: body)
                    simulated.simulator.updateFaults([.init(.failure(failure), path: dialect.chatPath)])
                    let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
                    #expect(error?.code == code, "\(status) \(body)")
                    #expect(error?.status == status)
                }
            }
        }
    }

    @Test func `OpenAI's own headers on retrying are read`() async throws {
        let wait = SimulatorFaults.Failure(status: 503, retryAfterMilliseconds: 250, shouldRetry: false)
        let error = try await failure(.openAI, .failure(wait))
        #expect(error?.retryAfter == .milliseconds(250))
        #expect(error?.isRetryable == false)
    }

    @Test func `a server that hangs before its head ends by the first-byte timer`() async throws {
        try await Simulated.run { simulated in
            simulated.simulator.updateFaults([.init(.hang(), provider: .openai)])
            let client = try simulated.openAI {
                $0.session.timeouts.connect = .seconds(2)
                $0.session.timeouts.firstByte = .seconds(2)
            }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.underlying?.code == .firstByteTimeout)
        }
    }

    @Test func `a cancelled chat frees the account's only permit`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat()
            _ = try await client.chat("hi")
            simulated.simulator.updateFaults([.init(.hang(), provider: .gigachat, count: 1)])
            let hung = Task { try await client.chat("hi") }
            try await simulated.simulator.statistics { $0[.gigachat].requestsHung == 1 }
            hung.cancel()
            let error = await #expect(throws: ProviderError.self) { try await hung.value }
            #expect(error?.code == .cancelled)
            // The server notices the client's leaving a moment later than the client.
            simulated.simulator.releaseHungRequests()
            try await simulated.simulator.statistics { $0[.gigachat].generationsInFlight == 0 }
            #expect(try await client.chat("hi").finishReason == .stop)
        }
    }
}
