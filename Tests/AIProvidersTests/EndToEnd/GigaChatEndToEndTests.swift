import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(1)))
struct GigaChatEndToEndTests {
    /// Numbers its tokens, and chats only with those who show the newest.
    private final class Account: Sendable {
        let tokens = Observed(0)
        let chat: LoopbackReply

        init(_ fixture: String = "gigachat/v1-chat.json") throws {
            chat = try .json(fixture, headers: ["X-Request-Id: r-1"])
        }

        func answer(_ request: LoopbackRequest) -> LoopbackReply {
            if request.target == "/oauth" {
                let number = tokens.update { tokens in
                    tokens += 1
                    return tokens
                }
                return .token("token-\(number)")
            }
            guard request["Authorization"] == "Bearer token-\(tokens.value)" else {
                return .text(#"{"status":401,"message":"Token has expired"}"#, status: 401)
            }
            return chat
        }
    }

    @Test func `the first chat fetches a token and the next ones use it`() async throws {
        let account = try Account()
        try await Provided.run({ account.answer($0) }) { provided in
            let client = try provided.gigaChat()
            let answer = try await client.chat("Сколько будет 2+3?")
            #expect(answer.text == "Пять.")
            #expect(answer.requestID == "r-1")
            _ = try await client.chat("hi")
            let requests = provided.server.requests
            #expect(requests.map(\.target) == ["/oauth", "/api/v1/chat/completions", "/api/v1/chat/completions"])
            #expect(requests[0]["Authorization"] == "Basic a2V5LTAxMjM=")
            #expect(requests[0]["RqUID"]?.count == 36)
            #expect(requests[0].text == "scope=GIGACHAT_API_PERS")
            #expect(requests[1]["Authorization"] == "Bearer token-1")
            #expect(requests[1]["Content-Type"] == "application/json")
        }
    }

    @Test func `1000 concurrent chats cause one token request`() async throws {
        let account = try Account()
        try await Provided.run({ account.answer($0) }) { provided in
            let client = try provided.gigaChat { $0.scope = .corporate }
            try await withThrowingTaskGroup { group in
                for _ in 0..<1_000 { group.addTask { _ = try await client.chat("hi") } }
                try await group.waitForAll()
            }
            #expect(account.tokens.value == 1)
            #expect(provided.server.requests.count == 1_001)
            #expect(provided.server.acceptedConnections <= 11)
        }
    }

    @Test func `a person's account has one request in flight, however many ask`() async throws {
        let account = try Account()
        // Answers that take a moment: two at a time would be seen.
        try await Provided.run({ account.answer($0).after(.pause(.milliseconds(1))) }) { provided in
            let client = try provided.gigaChat()
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 { group.addTask { _ = try await client.chat("hi") } }
                try await group.waitForAll()
            }
            #expect(provided.server.counts.peakRequestsInFlight == 1)
        }
    }

    @Test func `a token that ended early is renewed once for all, and each chat is repeated once`() async throws {
        let account = try Account()
        try await Provided.run({ account.answer($0) }) { provided in
            let client = try provided.gigaChat { $0.scope = .corporate }
            _ = try await client.chat("hi")
            // Somebody else fetches a token, which ends the one in use.
            account.tokens.update { $0 = 5 }
            try await withThrowingTaskGroup { group in
                for _ in 0..<100 { group.addTask { _ = try await client.chat("hi") } }
                try await group.waitForAll()
            }
            #expect(account.tokens.value == 6)
            let chats = provided.server.requests.filter { $0.target != "/oauth" }
            #expect(chats.count { $0["Authorization"] == "Bearer token-6" } == 100)
            #expect(chats.count { $0["Authorization"] == "Bearer token-1" } <= 101)
        }
    }

    @Test func `an account that is refused for good costs one renewal and one repetition`() async throws {
        let refusal = LoopbackReply.text(#"{"status":401,"message":"Unauthorized"}"#, status: 401)
        try await Provided.run({ $0.target == "/oauth" ? .token("token") : refusal }) { provided in
            let error = await #expect(throws: ProviderError.self) { try await provided.gigaChat().chat("hi") }
            #expect(error?.code == .unauthorized)
            #expect(provided.server.requests.count == 4)
        }
    }

    @Test func `a token of somebody else's is not renewed`() async throws {
        let refusal = LoopbackReply.text(#"{"status":401,"message":"Unauthorized"}"#, status: 401)
        try await Provided.run({ _ in refusal }) { provided in
            let client = try provided.gigaChat { $0.credentials = .accessToken("static-token") }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .unauthorized)
            #expect(provided.server.requests.map { $0["Authorization"] } == ["Bearer static-token"])
        }
    }

    @Test func `the token endpoint's refusal is the chat's error, and is not asked for again at once`() async throws {
        let refusal = #"{"code":6,"message":"credentials doesn't match db data: a2V5LTAxMjM="}"#
        try await Provided.run({ _ in .text(refusal, status: 401) }) { provided in
            let start = TokenState.Instant.now
            let client = try provided.gigaChat(now: { start })
            for _ in 0..<5 {
                let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
                #expect(error?.code == .unauthorized)
                #expect(error?.message.contains("a2V5LTAxMjM=") == false)
                #expect(error?.message.hasPrefix("The access token could not be fetched") == true)
            }
            #expect(provided.server.requests.map(\.target) == ["/oauth"])
        }
    }

    @Test func `a request with its own authorization needs no token`() async throws {
        let account = try Account()
        account.tokens.update { $0 = 9 }
        try await Provided.run({ account.answer($0) }) { provided in
            var request = ChatRequest("hi")
            request.headers = ["authorization": "Bearer token-9"]
            _ = try await provided.gigaChat().chat(request)
            #expect(provided.server.requests.map(\.target) == ["/api/v1/chat/completions"])
        }
    }

    @Test func `a client without the pool closes its session for tokens too`() async throws {
        let account = try Account()
        try await Provided.run({ account.answer($0) }) { provided in
            let client = try provided.gigaChat { $0.usePool = false }
            _ = try await client.chat("hi")
            #expect(provided.server.openConnections == 2)
            await client.close()
            try await provided.server.waitForOpenConnections(0)
        }
    }

    @Test func `a user and a password get a token from the API itself`() async throws {
        let chat = try LoopbackReply.json("gigachat/v1-chat.json")
        let token = LoopbackReply.text(#"{"tok":"user-token","exp":4102444800}"#)
        try await Provided.run({ $0.target == "/api/v1/token" ? token : chat }) { provided in
            let client = try provided.gigaChat { $0.credentials = .password(user: "user", password: "pass") }
            _ = try await client.chat("hi")
            _ = try await client.chat("hi")
            let requests = provided.server.requests
            #expect(requests.map(\.target).count { $0 == "/api/v1/token" } == 1)
            #expect(requests[0]["Authorization"] == "Basic dXNlcjpwYXNz")
            #expect(requests[1]["Authorization"] == "Bearer user-token")
        }
    }

    @Test func `without tokens there is no authorization header`() async throws {
        let chat = try LoopbackReply.json("gigachat/v1-chat.json")
        try await Provided.run({ _ in chat }) { provided in
            let client = try provided.gigaChat {
                $0.credentials = .clientCertificate
                $0.session.tls.clientCertificate = .init(
                    certificate: .file(Self.certificate),
                    privateKey: .file(Self.certificate)
                )
            }
            // The server speaks no TLS, so the certificate is never read.
            _ = try await client.chat("hi")
            #expect(provided.server.requests.map { $0["Authorization"] } == [nil])
        }
    }

    private static let certificate = "/etc/ssl/certs/ca-certificates.crt"

    @Test func `both protocols stream, and a kept connection serves one stream after the other`() async throws {
        let streams = [
            "/api/v1/chat/completions": try LoopbackReply.events("gigachat/v1-stream.sse"),
            "/api/v2/chat/completions": try LoopbackReply.events("gigachat/v2-stream.sse"),
        ]
        try await Provided.run({ $0.target == "/oauth" ? .token("t") : streams[$0.target] ?? .text("", status: 404) }) {
            provided in
            let v1 = try provided.gigaChat()
            let v2 = try provided.gigaChat { $0.apiVersion = .v2 }
            for _ in 0..<3 {
                #expect(try await v1.stream("hi").collect().text == "Раз, два, три.")
                #expect(try await v2.stream("hi").collect().text == "Раз, два.")
            }
            #expect(try await v1.stream("hi").collect().requestID == "r-1")
            // One connection for the tokens of both clients, one for all streams.
            #expect(provided.server.acceptedConnections == 2)
            let chats = provided.server.requests.filter { $0.target != "/oauth" }
            #expect(chats.allSatisfy { $0["Accept"] == "text/event-stream" })
        }
    }

    @Test func `a loop that is left frees the account's only permit`() async throws {
        let (stream, chat) = (
            try LoopbackReply.events("gigachat/v1-stream.sse"), try LoopbackReply.json("gigachat/v1-chat.json")
        )
        let held = LoopbackReply(Array(stream.steps.prefix(2)) + [.hold])
        try await Provided.run({ request in
            request.target == "/oauth" ? .token("t") : request.text.contains(#""stream":true"#) ? held : chat
        }) { provided in
            let client = try provided.gigaChat()
            for try await delta in client.stream("hi") where delta.text != nil {
                #expect(delta == .text("Раз"))
                break
            }
            #expect(try await client.chat("hi").text == "Пять.", "the permit is free")
            try await provided.server.waitUntil("the abandoned stream is closed") { $0.requestsInFlight == 0 }
        }
    }

    @Test func `what only GigaChat has`() async throws {
        let replies = [
            "/api/v1/models": try LoopbackReply.json("gigachat/models.json"),
            "/api/v1/models/GigaChat%2F2": .text(#"{"id":"GigaChat/2","object":"model","owned_by":"s","type":"chat"}"#),
            "/api/v1/embeddings": try .json("gigachat/embeddings.json"),
            "/api/v1/tokens/count": try .json("gigachat/tokens-count.json"),
            "/api/v1/balance": try .json("gigachat/balance.json"),
        ]
        let missing = LoopbackReply.text(#"{"status":404,"message":"No such model"}"#, status: 404)
        try await Provided.run({ $0.target == "/oauth" ? .token("t") : replies[$0.target] ?? missing }) { provided in
            let client = try provided.gigaChat()
            #expect(try await client.models().map(\.id) == ["GigaChat-2", "Embeddings"])
            #expect(try await client.model("GigaChat/2").type == "chat")
            let error = await #expect(throws: ProviderError.self) { try await client.model("none") }
            #expect(error?.code == .modelNotFound)
            let embeddings = try await client.embeddings(["a", "b"])
            #expect(embeddings.map(\.vector) == [[1, 0.125], [0.5, -1.25]])
            #expect(embeddings.map(\.tokens) == [9, 4])
            #expect(try await client.countTokens(["a", "b"]).map(\.tokens) == [2, 3])
            #expect(try await client.balance().map(\.tokens) == [900_000, 12])
        }
    }

    @Test func `files go up as a form and come down as bytes`() async throws {
        let file = #"{"id":"f-1","object":"file","bytes":3,"created_at":1,"filename":"a.txt","purpose":"general"}"#
        let image: [UInt8] = [0xFF, 0xD8, 0x00, 0x0A]
        let replies: [String: LoopbackReply] = [
            "POST /api/v1/files": .text(file), "GET /api/v1/files": .text(#"{"data":[\#(file)]}"#),
            "GET /api/v1/files/f-1/content": .bytes(image),
            "POST /api/v1/files/f-1/delete": .text(#"{"id":"f-1","deleted":true}"#),
        ]
        try await Provided.run({ request in
            request.target == "/oauth"
                ? .token("t") : replies["\(request.method) \(request.target)"] ?? .text("", status: 404)
        }) { provided in
            let client = try provided.gigaChat()
            let sent = try await client.uploadFile(Array("abc".utf8), name: "a\".txt", contentType: "text/plain")
            #expect(sent.id == "f-1")
            #expect(try await client.files() == [sent])
            #expect(try await client.fileContent("f-1") == image)
            try await client.deleteFile("f-1")
            let upload = try #require(provided.server.requests.first { $0.target == "/api/v1/files" })
            let boundary = try #require(upload["Content-Type"]?.split(separator: "=").last)
            #expect(
                upload.text == """
                    --\(boundary)\r
                    Content-Disposition: form-data; name="purpose"\r
                    \r
                    general\r
                    --\(boundary)\r
                    Content-Disposition: form-data; name="file"; filename="a%22.txt"\r
                    Content-Type: text/plain\r
                    \r
                    abc\r
                    --\(boundary)--\r

                    """
            )
        }
    }
}
