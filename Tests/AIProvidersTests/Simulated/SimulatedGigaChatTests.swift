import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(2)))
struct SimulatedGigaChatTests {
    @Test(arguments: [
        SimulatorConfiguration.GigaChat.TokenFormat.expiresAtMilliseconds, .expiresAtSeconds, .tokSeconds,
    ])
    func `a token of any form is fetched once`(format: SimulatorConfiguration.GigaChat.TokenFormat) async throws {
        try await Simulated.run({ $0.gigachat.tokenFormat = format }) { simulated in
            let client = try simulated.gigaChat()
            for _ in 0..<5 { _ = try await client.chat("hi") }
            #expect(simulated.counts(.gigachat).tokensIssued == 1)
        }
    }

    @Test func `tokens that end all at once are renewed by one request`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat { $0.scope = .corporate }
            _ = try await client.chat("hi")
            simulated.simulator.expireTokens()
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 { group.addTask { _ = try await client.chat("hi") } }
                try await group.waitForAll()
            }
            #expect(simulated.counts(.gigachat).tokensIssued == 2)
        }
    }

    @Test func `one refusal is repeated once, a second is the caller's`() async throws {
        try await Simulated.run({ $0.gigachat.unauthorizedCalls = 3 }) { simulated in
            let client = try simulated.gigaChat()
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .unauthorized)
            #expect(simulated.counts(.gigachat).tokensIssued == 2)
            #expect(try await client.chat("hi").finishReason == .stop)
            #expect(simulated.counts(.gigachat).tokensIssued == 3)
        }
    }

    @Test func `tokens that are dead on arrival are not asked for without end`() async throws {
        try await Simulated.run({ $0.gigachat.tokenLife = .zero }) { simulated in
            let client = try simulated.gigaChat()
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .unauthorized)
            #expect(simulated.counts(.gigachat).tokensIssued == 2)
        }
    }

    @Test func `a token that lives shorter than the leeway is used for half its life`() async throws {
        try await Simulated.run({ $0.gigachat.tokenLife = .seconds(40) }) { simulated in
            let client = try simulated.gigaChat()
            for _ in 0..<5 { _ = try await client.chat("hi") }
            #expect(simulated.counts(.gigachat).tokensIssued == 1)
        }
    }

    @Test func `a scope that the key does not have is named by the token endpoint`() async throws {
        try await Simulated.run({ $0.gigachat.forbiddenScopes = ["GIGACHAT_API_B2B"] }) { simulated in
            let client = try simulated.gigaChat { $0.scope = .business }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .invalidRequest)
            #expect(error?.serverCode == "7")
            #expect(error?.message.contains("scope") == true)
        }
    }

    @Test func `a second client of the same account elsewhere gets the provider's 429`() async throws {
        try await Simulated.run { simulated in
            let key = SimulatorFaultRule(.hang(.init(afterChunks: 1)), provider: .gigachat, path: "/chat", count: 1)
            simulated.simulator.updateFaults([key])
            // Two configurations of one account are two sessions: the pool cannot know that they share a limit.
            let (one, other) = (try simulated.gigaChat(), try simulated.gigaChat { $0.maxConcurrentRequests = 2 })
            var pieces = one.stream("hi").makeAsyncIterator()
            _ = try await pieces.next()
            let error = await #expect(throws: ProviderError.self) { try await other.chat("hi") }
            #expect(error?.code == .rateLimited)
            simulated.simulator.releaseHungRequests()
            while try await pieces.next() != nil { continue }
        }
    }

    @Test(arguments: [GigaChatConfiguration.APIVersion.v1, .v2])
    func `a function is called, and its result answered`(version: GigaChatConfiguration.APIVersion) async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat { $0.apiVersion = version }
            var request = ChatRequest("What is the weather?")
            request.tools = [
                ToolDefinition(
                    name: "weather",
                    parameters: ["type": "object", "properties": ["city": ["type": "string"]]]
                )
            ]
            let asked = try await client.chat(request)
            #expect(try await client.stream(request).collect().toolCalls == asked.toolCalls)
            #expect(asked.finishReason == .toolCalls)
            let call = try #require(asked.toolCalls.first)
            #expect(call.arguments?["city"]?.string != nil)
            request.messages += [asked.message, .tool(#"{"t":20}"#, for: call)]
            #expect(try await client.chat(request).finishReason == .stop)
        }
    }

    @Test func `the role of a result in v2 can be what a stand demands`() async throws {
        try await Simulated.run({ $0.gigachat.toolResultRole = .function }) { simulated in
            let call = ToolCall(name: "weather", arguments: [:])
            let request = ChatRequest(messages: [
                .user("weather?"), .assistant("", toolCalls: [call]), .tool("{}", for: call),
            ])
            let refused = try simulated.gigaChat { $0.apiVersion = .v2 }
            let error = await #expect(throws: ProviderError.self) { try await refused.chat(request) }
            #expect(error?.code == .invalidRequest)
            let accepted = try simulated.gigaChat {
                $0.apiVersion = .v2
                $0.functionResultRole = "function"
            }
            #expect(try await accepted.chat(request).finishReason == .stop)
        }
    }

    @Test func `v2 behind a proxy that shuts it is forbidden, not malformed`() async throws {
        try await Simulated.run({ $0.gigachat.isVersion2Forbidden = true }) { simulated in
            let client = try simulated.gigaChat { $0.apiVersion = .v2 }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .forbidden)
            #expect(error?.message.contains("HTML") == true)
        }
    }

    @Test func `a model that is not there is named as such`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat()
            var request = ChatRequest("hi")
            request.model = "NonExistentModel"
            let error = await #expect(throws: ProviderError.self) { try await client.chat(request) }
            #expect(error?.code == .modelNotFound)
        }
    }

    @Test func `what only GigaChat has`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat()
            let models = try await client.models()
            #expect(models.contains { $0.id == "GigaChat" })
            #expect(try await client.model("GigaChat").id == "GigaChat")
            #expect(try await client.embeddings(["a", "b"]).map(\.index) == [0, 1])
            #expect(try await client.countTokens(["one two", "three"]).count == 2)
            #expect(try await client.balance().isEmpty == false)
            let file = try await client.uploadFile(Array("hello".utf8), name: "a.txt", contentType: "text/plain")
            #expect(try await client.files().map(\.id) == [file.id])
            #expect(try await client.fileContent(file.id) == Array("hello".utf8))
            try await client.deleteFile(file.id)
            #expect(try await client.files().isEmpty)
        }
    }

    @Test func `requests of one session share the prompt cache`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat { $0.sessionID = "6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e" }
            let first = try await client.chat("a rather long question")
            let second = try await client.chat("a rather long question")
            #expect(second.usage?.cachedPromptTokens ?? 0 > first.usage?.cachedPromptTokens ?? 0)
        }
    }

    @Test func `an extra root and a client certificate work together, without a token`() async throws {
        try await Simulated.run({ $0.tls = SimulatorTLS(clientCertificates: .required) }) { simulated in
            let files = try #require(simulated.simulator.tlsFiles)
            let client = try simulated.gigaChat {
                $0.credentials = .clientCertificate
                $0.session.tls.clientCertificate = .init(
                    certificate: .file(files.clientCertificateFile),
                    privateKey: .file(files.clientKeyFile)
                )
            }
            #expect(try await client.chat("hi").finishReason == .stop)
            #expect(simulated.counts(.gigachat).tokensIssued == 0)
            let without = try simulated.gigaChat { $0.credentials = .accessToken("token") }
            let error = await #expect(throws: ProviderError.self) { try await without.chat("hi") }
            #expect(error?.code == .transport, "the server lets nobody in without a certificate")
        }
    }

    @Test func `without its root GigaChat's certificate is rejected, by the API and by the token endpoint`()
        async throws
    {
        try await Simulated.run({ $0.tls = SimulatorTLS() }) { simulated in
            let client = try simulated.gigaChat { $0.session.tls.additionalRoots = [] }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.underlying?.code == .certificateRejected)
            let careless = try simulated.gigaChat {
                $0.session.tls.additionalRoots = []
                $0.session.tls.verification = .disabledInsecurely
            }
            #expect(try await careless.chat("hi").finishReason == .stop)
        }
    }
}
