import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(1)))
struct OpenAIEndToEndTests {
    @Test func `a chat has the headers that were configured`() async throws {
        let chat = try LoopbackReply.json("openai/chat.json", headers: ["x-request-id: r-7"])
        try await Provided.run({ _ in chat }) { provided in
            let client = try provided.openAI {
                $0.organization = "org-1"
                $0.project = "project-1"
                $0.headers = ["X-Extra": "1"]
            }
            var request = ChatRequest("hi")
            request.requestID = "mine-1"
            request.headers = ["X-Extra": "2"]
            let answer = try await client.chat(request)
            #expect(answer.text == "Five.")
            #expect(answer.requestID == "r-7")
            let sent = try #require(provided.server.requests.first)
            #expect(sent.target == "/v1/chat/completions")
            #expect(sent["Authorization"] == "Bearer key-0123")
            #expect(sent["OpenAI-Organization"] == "org-1")
            #expect(sent["OpenAI-Project"] == "project-1")
            #expect(sent["X-Extra"] == "2")
            #expect(sent["X-Client-Request-Id"] == "mine-1")
            #expect(sent.text == #"{"messages":[{"content":"hi","role":"user"}],"model":"m-1","stream":false}"#)
        }
    }

    @Test func `DeepSeek's blank lines before the answer are skipped`() async throws {
        let body = String(decoding: try Fixture.bytes("openai/chat.json"), as: UTF8.self)
        let slow = LoopbackReply.chunked(["\n", "\n\n", "\n", body], headers: ["Content-Type: application/json"])
        try await Provided.run({ _ in slow }) { provided in
            let answer = try await provided.openAI().chat("hi")
            #expect(answer.text == "Five.")
        }
    }

    @Test func `models and embeddings`() async throws {
        let replies = [
            "/v1/models": try LoopbackReply.json("openai/models.json"),
            "/v1/embeddings": try LoopbackReply.json("openai/embeddings.json"),
        ]
        try await Provided.run({ replies[$0.target] ?? .text("", status: 404) }) { provided in
            let client = try provided.openAI { $0.embeddingModel = "e-1" }
            #expect(try await client.models().map(\.ownedBy) == ["Yandex", "library"])
            #expect(try await client.embeddings(["a"]).map(\.vector) == [[0.5, 1]])
            let nameless = try provided.openAI()
            let error = await #expect(throws: ProviderError.self) { try await nameless.embeddings(["a"]) }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test func `a wrong key is named as such, without the key`() async throws {
        let refusal = try LoopbackReply.json("openai/error.json", status: 401)
        try await Provided.run({ _ in refusal }) { provided in
            let error = await #expect(throws: ProviderError.self) { try await provided.openAI().chat("hi") }
            #expect(error?.code == .unauthorized)
            #expect(error?.serverCode == "invalid_api_key")
            #expect(error.map { "\($0)".contains("sk-proj") } == false)
        }
    }

    @Test func `a server that is not there is a retryable transport error`() async throws {
        let port = try ReservedPort()
        let client = try OpenAICompatibleClient(
            OpenAICompatibleConfiguration(baseURL: "http://127.0.0.1:\(port.number)/v1", model: "m")
        )
        let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
        #expect(error?.code == .transport)
        #expect(error?.underlying?.code == .connectionFailed)
        #expect(error?.isRetryable == true)
    }

    @Test func `a header or a certificate that cannot be used is the caller's error`() async throws {
        try await Provided.run({ _ in .text("") }) { provided in
            var request = ChatRequest("hi")
            request.headers = ["X-Bad": "a\r\nb: c"]
            let header = await #expect(throws: ProviderError.self) { try await provided.openAI().chat(request) }
            #expect(header?.code == .invalidRequest)
            let client = try provided.openAI {
                $0.baseURL = "https://127.0.0.1:1/v1"
                $0.session.tls.additionalRoots = [.file("/nowhere/ca.pem")]
            }
            let file = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(file?.code == .invalidConfiguration)
            #expect(provided.server.requests.isEmpty)
        }
    }

    @Test func `HTML in place of JSON is a malformed answer`() async throws {
        let page = LoopbackReply.text("<html><title>Login</title></html>", headers: ["Content-Type: text/html"])
        try await Provided.run({ _ in page }) { provided in
            let client = try provided.openAI()
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .malformedResponse)
            let streamed = await #expect(throws: ProviderError.self) { try await client.stream("hi").collect() }
            #expect(streamed?.code == .malformedResponse)
            #expect(streamed?.message.contains("Login") == true)
        }
    }
}
