import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(1)))
struct YandexGPTEndToEndTests {
    private static let base = "/foundationModels/v1"

    /// A stream whose bytes are cut after every `length` of them.
    private func cut(_ fixture: String, every length: Int) throws -> LoopbackReply {
        let bytes = try Fixture.bytes(fixture)
        var steps = [LoopbackReply.Step.send(LoopbackReply.head(status: 200, headers: ["Transfer-Encoding: chunked"]))]
        for start in stride(from: 0, to: bytes.count, by: length) {
            steps.append(.send(LoopbackReply.chunk(Array(bytes[start..<min(start + length, bytes.count)]))))
        }
        return LoopbackReply(steps + [.send(LoopbackReply.chunk([]))])
    }

    @Test func `a chat has the key, the folder and an id`() async throws {
        let reply = try LoopbackReply.json("yandexgpt/completion.json", headers: ["x-request-id: r-1"])
        try await Provided.run({ _ in reply }) { provided in
            let client = try provided.yandexGPT { $0.dataLogging = false }
            let answer = try await client.chat("hi")
            #expect(answer.text == "Пять.")
            #expect(answer.requestID == "r-1")
            let sent = try #require(provided.server.requests.first)
            #expect(sent.target == Self.base + "/completion")
            #expect(sent["Authorization"] == "Api-Key key-0123")
            #expect(sent["x-folder-id"] == "b1g")
            #expect(sent["x-data-logging-enabled"] == "false")
            #expect(sent["x-client-request-id"]?.count == 36)
        }
    }

    /// RFC 9110, 15.4.8: 307 and 308 repeat the request with its body, and the body of this one is a credential.
    @Test(arguments: [301, 302, 303, 307, 308])
    func `a token endpoint's redirect is not followed, whatever the session does`(_ status: Int) async throws {
        try await LoopbackServer.serving { _ in
            .text(#"{"iamToken":"stolen","access_token":"stolen","expires_at":9999999999999}"#)
        } _: { stranger in
            try await Provided.run({ _ in .redirect(to: stranger.url + "/steal", status: status) }) { provided in
                let yandex = try provided.yandexGPT(.oauthToken("y0_secret")) { $0.session.maxRedirects = 5 }
                await #expect(throws: ProviderError.self) { _ = try await yandex.chat("hi") }
                let giga = try provided.gigaChat { $0.session.maxRedirects = 5 }
                await #expect(throws: ProviderError.self) { _ = try await giga.chat("hi") }
                #expect(stranger.requests.isEmpty)
            }
        }
    }

    @Test func `an older stand has another path`() async throws {
        let reply = try LoopbackReply.json("yandexgpt/completion.json")
        try await Provided.run({ _ in reply }) { provided in
            let client = try provided.yandexGPT {
                $0.baseURL = provided.server.url + "/llm/v1alpha"
                $0.completionPath = "/chat/completions"
            }
            _ = try await client.chat("hi")
            #expect(provided.server.requests.first?.target == "/llm/v1alpha/chat/completions")
        }
    }

    @Test(arguments: [1, 7, 64, 100_000])
    func `a stream may be cut anywhere`(length: Int) async throws {
        let stream = try cut("yandexgpt/stream.ndjson", every: length)
        try await Provided.run({ _ in stream }) { provided in
            let client = try provided.yandexGPT()
            var texts: [String] = []
            for try await delta in client.stream("hi") { if let text = delta.text { texts.append(text) } }
            #expect(texts == ["Раз", ", два", ", три", "."])
            _ = try await client.stream("hi").collect()
            #expect(provided.server.acceptedConnections == 1)
        }
    }

    @Test func `an object that is cut in two is a truncated stream`() async throws {
        let bytes = try Fixture.bytes("yandexgpt/stream.ndjson")
        let half = LoopbackReply.bytes(Array(bytes.prefix(bytes.count * 3 / 4)))
        try await Provided.run({ _ in half }) { provided in
            let error = await #expect(throws: ProviderError.self) {
                try await provided.yandexGPT().stream("hi").collect()
            }
            #expect(error?.code == .streamTruncated)
            #expect(error?.partial?.text.hasPrefix("Раз, два") == true)
        }
    }

    @Test func `a quota is a rate limit`() async throws {
        let quota = try LoopbackReply.json("yandexgpt/error-429.json", status: 429)
        try await Provided.run({ _ in quota }) { provided in
            let error = await #expect(throws: ProviderError.self) { try await provided.yandexGPT().chat("hi") }
            #expect(error?.code == .rateLimited)
            #expect(error?.message.contains("allowed 10 requests") == true)
        }
    }

    @Test func `an OAuth token is exchanged once, and again when the IAM token is refused`() async throws {
        let chat = try LoopbackReply.json("yandexgpt/completion.json")
        let tokens = Observed(0)
        try await Provided.run({ request in
            if request.target == "/iam/v1/tokens" {
                let number = tokens.update { tokens in
                    tokens += 1
                    return tokens
                }
                return .text(#"{"iamToken":"t1.\#(number)","expiresAt":"2999-01-01T12:00:00.123456789Z"}"#)
            }
            return request["Authorization"] == "Bearer t1.\(tokens.value)" ? chat : .text("{}", status: 401)
        }) { provided in
            let client = try provided.yandexGPT(.oauthToken("y0_token"))
            _ = try await client.chat("hi")
            _ = try await client.chat("hi")
            #expect(tokens.value == 1)
            #expect(provided.server.requests.first?.text == #"{"yandexPassportOauthToken":"y0_token"}"#)
            tokens.update { $0 = 2 }
            _ = try await client.chat("hi")
            #expect(tokens.value == 3)
        }
    }

    @Test func `a service account's JWT is asked for at every exchange`() async throws {
        let chat = try LoopbackReply.json("yandexgpt/completion.json")
        let token = LoopbackReply.text(#"{"iamToken":"t1.a","expiresAt":"2999-01-01T12:00:00Z"}"#)
        try await Provided.run({ $0.target == "/iam/v1/tokens" ? token : chat }) { provided in
            let client = try provided.yandexGPT(.serviceAccount { "header.claims.signature" })
            _ = try await client.chat("hi")
            #expect(provided.server.requests.first?.text == #"{"jwt":"header.claims.signature"}"#)

            struct NoKey: Error {}
            let keyless = try provided.yandexGPT(.serviceAccount { throw NoKey() })
            let error = await #expect(throws: ProviderError.self) { try await keyless.chat("hi") }
            #expect(error?.code == .unauthorized)
        }
    }

    @Test func `a virtual machine's token comes from its metadata service`() async throws {
        let chat = try LoopbackReply.json("yandexgpt/completion.json")
        let token = LoopbackReply.text(#"{"access_token":"t1.vm","expires_in":43000,"token_type":"Bearer"}"#)
        try await Provided.run({ $0.target == "/metadata/token" ? token : chat }) { provided in
            let client = try provided.yandexGPT(.metadataService(url: provided.server.url + "/metadata/token"))
            _ = try await client.chat("hi")
            let requests = provided.server.requests
            #expect(requests[0]["Metadata-Flavor"] == "Google")
            #expect(requests[1]["Authorization"] == "Bearer t1.vm")
        }
    }

    @Test func `an asynchronous completion is polled until it is done, through failures that pass`() async throws {
        let running = try LoopbackReply.json("yandexgpt/operation-running.json")
        let done = try LoopbackReply.json("yandexgpt/operation-done.json")
        let polls = Observed(0)
        try await Provided.run({ request in
            guard request.target == "/operations/d7q0operation" else { return running }
            let number = polls.update { polls in
                polls += 1
                return polls
            }
            return number == 2 ? .text("{}", status: 503) : number < 5 ? running : done
        }) { provided in
            let client = try provided.yandexGPT()
            let operation = try await client.startChat(ChatRequest("hi"))
            #expect(!operation.isDone)
            #expect(try await operation.wait(pollInterval: .milliseconds(1)).text == "Готово.")
            #expect(polls.value == 5)
            #expect(provided.server.requests.first?.text.contains("stream") == false)
        }
    }

    @Test func `waiting for an operation ends at once when its task is cancelled`() async throws {
        let running = try LoopbackReply.json("yandexgpt/operation-running.json")
        try await Provided.run({ _ in running }) { provided in
            let operation = try await provided.yandexGPT().startChat(ChatRequest("hi"))
            let waiter = Task { try await operation.wait(pollInterval: .seconds(3_600)) }
            waiter.cancel()
            let error = await #expect(throws: ProviderError.self) { try await waiter.value }
            #expect(error?.code == .cancelled)
            try await operation.cancel()
            #expect(provided.server.requests.last?.target == "/operations/d7q0operation:cancel")
        }
    }

    @Test func `tokens and vectors`() async throws {
        let replies = [
            Self.base + "/tokenize": try LoopbackReply.json("yandexgpt/tokens.json"),
            Self.base + "/tokenizeCompletion": try LoopbackReply.json("yandexgpt/tokens.json"),
            Self.base + "/textEmbedding": try LoopbackReply.json("yandexgpt/embedding.json"),
        ]
        try await Provided.run({ replies[$0.target] ?? .text("", status: 404) }) { provided in
            let client = try provided.yandexGPT()
            #expect(try await client.tokenize("да").map(\.id) == [1, 16_861])
            #expect(try await client.tokenize(ChatRequest("да")).map(\.isSpecial) == [true, false])
            let embedding = try await client.embedding("да")
            #expect(embedding.vector == [0.25, -0.5])
            #expect(embedding.tokens == 3)
            #expect(provided.server.requests.last?.text.contains("emb://b1g/text-search-doc/latest") == true)
        }
    }

    @Test func `the OpenAI-compatible interface of the same provider`() async throws {
        let reply = try LoopbackReply.json("openai/chat.json")
        try await Provided.run({ _ in reply }) { provided in
            var configuration = OpenAICompatibleConfiguration.yandex(folder: "b1g", apiKey: "key-0123")
            configuration.baseURL = provided.server.url + "/v1"
            configuration.pool = provided.pool
            configuration.session.proxy = .none
            _ = try await OpenAICompatibleClient(configuration).chat("hi")
            let sent = try #require(provided.server.requests.first)
            #expect(sent["OpenAI-Project"] == "b1g")
            #expect(sent.text.contains("gpt://b1g/yandexgpt/latest"))
        }
    }
}
