import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(1)))
struct SessionTests {
    @Test func `clients of one account share a session, whichever of them asks first`() async throws {
        let chat = try LoopbackReply.json("openai/chat.json")
        try await Provided.run({ _ in chat }) { provided in
            let (one, two) = (try provided.openAI(), try provided.openAI())
            for client in [one, two, one, two] { #expect(try await client.chat("hi").text == "Five.") }
            #expect(provided.server.acceptedConnections == 1)
            #expect(try await one.session().id == two.session().id)
        }
    }

    @Test func `clients of two accounts never share one`() async throws {
        let chat = try LoopbackReply.json("openai/chat.json")
        try await Provided.run({ _ in chat }) { provided in
            let one = try provided.openAI()
            let other = try provided.openAI { $0.apiKey = "key-9876" }
            #expect(try await one.session().id != other.session().id)
            _ = try await one.chat("hi")
            _ = try await other.chat("hi")
            #expect(provided.server.acceptedConnections == 2)
        }
    }

    @Test func `a private session is another one, works, and is closed by its owner`() async throws {
        let chat = try LoopbackReply.json("openai/chat.json")
        try await Provided.run({ _ in chat }) { provided in
            let client = try provided.openAI()
            let pooled = try await client.session()
            let own = try await client.session(usePool: false)
            #expect(own.id != pooled.id)
            #expect(try await client.chat(ChatRequest("hi"), on: own).text == "Five.")
            try await provided.server.waitForOpenConnections(1)
            await own.close()
            try await provided.server.waitForOpenConnections(0)
            #expect(try await client.chat("hi").text == "Five.", "the pool's session is not touched")
        }
    }

    @Test func `a client without the pool keeps one session of its own until it is closed`() async throws {
        let chat = try LoopbackReply.json("openai/chat.json")
        try await Provided.run({ _ in chat }) { provided in
            let client = try provided.openAI { $0.usePool = false }
            for _ in 0..<3 { _ = try await client.chat("hi") }
            #expect(provided.server.acceptedConnections == 1)
            #expect(provided.pool.statistics.sessions.isEmpty)
            await client.close()
            try await provided.server.waitForOpenConnections(0)
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.underlying?.code == .sessionClosed)
        }
    }

    @Test func `all clients promise the same call`() async throws {
        try await Provided.run({ _ in .text("") }) { provided in
            let clients: [any ChatClient] = [
                try provided.gigaChat(), try provided.yandexGPT(), try provided.naparnik(), try provided.openAI(),
            ]
            for client in clients {
                let pooled = try await client.session(usePool: true)
                #expect(try await client.session(usePool: true).id == pooled.id)
                let own = try await client.session(usePool: false)
                #expect(own.id != pooled.id)
                await own.close()
            }
            #expect(provided.pool.statistics.sessions.count == clients.count)
        }
    }

    @Test(arguments: ["", "not a url", "ftp://h/v1", "https://user:pw@h/v1", "https://h:70000/v1"])
    func `a base URL that cannot be used is refused when the client is made`(url: String) {
        let error = #expect(throws: ProviderError.self) {
            try OpenAICompatibleClient(OpenAICompatibleConfiguration(baseURL: url))
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("pw") == false)
    }
}
