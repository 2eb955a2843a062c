import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(1)))
struct NaparnikEndToEndTests {
    private static let conversations = "/chat_api/v1/conversations/"
    private static let messages = conversations + "conv-1/messages"

    /// Begins conversations, and answers messages and acknowledgements with the fixtures in their order.
    private func server(_ fixtures: String...) throws -> LoopbackServer.Handler {
        let replies = try fixtures.map { try LoopbackReply.events("naparnik/\($0).sse") }
        let count = Observed(0)
        return { request in
            guard request.target == Self.messages else { return .text(#"{"uuid":"conv-1"}"#) }
            let number = count.update { count in
                count += 1
                return count
            }
            return replies[min(number, replies.count) - 1]
        }
    }

    @Test func `a question begins a conversation, with the headers of the web client`() async throws {
        try await Provided.run(try server("answer")) { provided in
            let answer = try await provided.naparnik().chat("Напиши запрос")
            #expect(answer.text == "Запрос готов")
            #expect(answer.finishReason == .stop)
            #expect(answer.usage?.totalTokens == 85)
            let requests = provided.server.requests
            #expect(requests.map(\.target) == [Self.conversations, Self.messages])
            for request in requests {
                #expect(request["Authorization"] == "token-0123", "no Bearer")
                #expect(request["Content-Type"] == "application/json", "and no charset")
                #expect(request["Session-Id"]?.isEmpty == true)
                #expect(request["Origin"] == provided.server.url)
                #expect(request["Referer"] == provided.server.url + "/chat/")
            }
            #expect(requests[1]["Accept"] == "text/event-stream")
            #expect(requests[1].text.contains(#""parent_uuid":null"#))
            #expect(
                JSONValue(parsing: requests[0].body) == [
                    "is_chat": true, "skill_name": "custom", "ui_language": "russian", "programming_language": "",
                    "script_language": "ru",
                ]
            )
        }
    }

    @Test func `an answer that is sent back goes on with its conversation`() async throws {
        try await Provided.run(try server("answer")) { provided in
            let client = try provided.naparnik()
            var request = ChatRequest("1")
            request.messages.append(try await client.chat(request).message)
            request.messages.append(.user("2"))
            _ = try await client.chat(request)
            let requests = provided.server.requests
            #expect(requests.map(\.target) == [Self.conversations, Self.messages, Self.messages])
            #expect(requests[2].text.contains(#""parent_uuid":"a-1""#))
            #expect(provided.server.acceptedConnections == 1)
        }
    }

    @Test func `tools are acknowledged within the stream`() async throws {
        try await Provided.run(try server("tool-calls", "after-acknowledgement")) { provided in
            let answer = try await provided.naparnik().stream("Найди стандарт").collect()
            #expect(answer.text == "Нашёл стандарт")
            #expect(answer.reasoning == "смотрю")
            #expect(answer.toolCalls.isEmpty)
            let acknowledgement = try #require(provided.server.requests.last)
            #expect(JSONValue(parsing: acknowledgement.body)?["parent_uuid"] == "a-1")
            #expect(JSONValue(parsing: acknowledgement.body)?["content"]?[0]?["status"] == "accepted")
            #expect(provided.server.acceptedConnections == 1)
        }
    }

    @Test func `own tools come back to the caller, and their results go on with the turn`() async throws {
        try await Provided.run(try server("tool-calls", "after-acknowledgement")) { provided in
            let client = try provided.naparnik()
            var request = ChatRequest("Прочти файл")
            request.tools = [ToolDefinition(name: "ReadSystemFile")]
            let asked = try await client.chat(request)
            #expect(asked.finishReason == .toolCalls)
            let call = try #require(asked.toolCalls.first { $0.name == "ReadSystemFile" })
            request.messages += [asked.message, .tool("содержимое", for: call)]
            #expect(try await client.chat(request).text == "Нашёл стандарт")
            let sent = try #require(provided.server.requests.last)
            #expect(JSONValue(parsing: sent.body)?["content"]?[1]?["content"] == "содержимое")
        }
    }

    @Test func `heartbeats of a hung server are no progress`() async throws {
        let hung = LoopbackReply(
            [.send(LoopbackReply.head(status: 200, headers: ["Transfer-Encoding: chunked"]))]
                + (0..<200).flatMap { number -> [LoopbackReply.Step] in
                    [.send(LoopbackReply.chunk(Array(": heartbeat \(number)\n\n".utf8))), .pause(.milliseconds(20))]
                } + [.hold]
        )
        try await Provided.run({ $0.target == Self.messages ? hung : .text(#"{"uuid":"conv-1"}"#) }) { provided in
            let client = try provided.naparnik { $0.session.timeouts.noProgress = .milliseconds(300) }
            let error = await #expect(throws: ProviderError.self) { try await client.chat("hi") }
            #expect(error?.code == .transport)
            #expect(error?.underlying?.code == .noProgress)
            try await provided.server.waitForOpenConnections(0)
        }
    }

    @Test func `an answer that is not finished is a truncated stream`() async throws {
        try await Provided.run(try server("truncated")) { provided in
            let error = await #expect(throws: ProviderError.self) { try await provided.naparnik().chat("hi") }
            #expect(error?.code == .streamTruncated)
            #expect(error?.partial?.text == "Запр")
            #expect(error?.requestID == "r-1")
        }
    }

    @Test func `a rate limit says how long to wait`() async throws {
        let limit = try LoopbackReply.json("naparnik/error-429.json", status: 429)
        try await Provided.run({ _ in limit }) { provided in
            let error = await #expect(throws: ProviderError.self) { try await provided.naparnik().chat("hi") }
            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .seconds(123))
        }
    }

    @Test func `two requests run at once, and no more`() async throws {
        try await Provided.run(try server("answer")) { provided in
            let client = try provided.naparnik()
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { _ = try await client.chat("hi") } }
                try await group.waitForAll()
            }
            #expect(provided.server.counts.peakRequestsInFlight <= 2)
        }
    }

    @Test func `the completions interface is asked in OpenAI's format`() async throws {
        let reply = LoopbackReply.text(#"{"result":{"text":"да"}}"#)
        let stream = try LoopbackReply.events("openai/stream.sse")
        try await Provided.run({ $0.text.contains(#""stream":true"#) ? stream : reply }) { provided in
            let client = try provided.naparnik(.completions) { $0.baseURL = provided.server.url + "/api/v1" }
            #expect(try await client.chat("hi").text == "да")
            #expect(try await client.stream("hi").collect().text == "One, two")
            let sent = try #require(provided.server.requests.first)
            #expect(sent.target == "/api/v1/chat/completions")
            #expect(sent["Authorization"] == "Bearer token-0123")
            #expect(
                sent.text == #"{"messages":[{"content":"hi","role":"user"}],"model":"naparnik-pro","stream":false}"#
            )
        }
    }
}
