import ProviderSimulator
import Testing

@Suite struct NaparnikTests {
    /// A conversation of the test, and what it has said so far.
    private struct Conversation {
        let simulator: ProviderSimulator
        let id: String

        init(_ simulator: ProviderSimulator) throws {
            self.simulator = simulator
            let body = #"{"is_chat":true,"skill_name":"custom","ui_language":"russian"}"#
            id = try #require(try simulator.naparnik("/chat_api/v1/conversations/", body).json().uuid.string)
        }

        func say(_ body: String) throws -> RawResponse {
            try simulator.naparnik("/chat_api/v1/conversations/\(id)/messages", body)
        }

        func ask(_ question: String, parent: String? = nil, tools: String = "[]") throws -> RawResponse {
            let parent = parent.map { "\"\($0)\"" } ?? "null"
            return try say(
                """
                {"role":"user","parent_uuid":\(parent),\
                "content":{"content":{"instruction":"\(question)"},"tools":\(tools)}}
                """
            )
        }

        func acknowledge(_ parent: String, _ items: String) throws -> RawResponse {
            try say(#"{"role":"tool","parent_uuid":"\#(parent)","content":[\#(items)]}"#)
        }
    }

    @Test func `an answer is echo, start, deltas, final, then the end of the stream`() async throws {
        try await withSimulator { simulator throws in
            let response = try Conversation(simulator).ask("вопрос")
            #expect(response[field: "Content-Type"] == "text/event-stream")
            #expect(!response.text.contains("[DONE]"))
            let events = try response.jsonEvents()
            #expect(events[0].role.string == "user")
            #expect(events[0].finished.bool == true)
            #expect(events[0].content.isNull)
            #expect(events[1].role.string == "assistant")
            #expect(events[1].content.isNull)
            let deltas = events.compactMap(\.content_delta.content.string)
            let final = try #require(events.last)
            #expect(deltas.count == 8)
            #expect(final.content.content.string == deltas.joined())
            #expect(final.content.content.string?.contains("«вопрос»") == true)
            #expect(final.content.tool_calls.isNull)
            #expect(final.finished.bool == true)
            #expect(final.details.max_context_length.number == 262_144)
            #expect(Set(events.dropFirst().compactMap(\.uuid.string)).count == 1)
        }
    }

    @Test func `history follows the parent`() async throws {
        try await withSimulator { simulator throws in
            let conversation = try Conversation(simulator)
            let first = try #require(try conversation.ask("раз").jsonEvents().last?.uuid.string)
            let second = try conversation.ask("два", parent: first).jsonEvents().last
            #expect(second?.content.content.string?.hasPrefix("(2) ") == true)
            let alone = try conversation.ask("три").jsonEvents().last
            #expect(alone?.content.content.string?.hasPrefix("(") == false)
            #expect(try conversation.ask("четыре", parent: Sample.uuid).status == 422)
        }
    }

    @Test func `the server's tools are called, acknowledged and answered`() async throws {
        try await withSimulator({ $0.naparnik.toolRounds = 2 }) { simulator throws in
            let conversation = try Conversation(simulator)
            var events = try conversation.ask("стандарты").jsonEvents()
            for _ in 0..<2 {
                let final = try #require(events.last)
                #expect(final.details.finish_reason.string == "tool_calls")
                let call = final.content.tool_calls[0]
                #expect(call.function.name.string == "mcp__knowledge-hub__Search_ITS")
                let parent = try #require(final.uuid.string)
                let id = try #require(call.id.string)
                events = try conversation.acknowledge(
                    parent,
                    #"{"tool_call_id":"\#(id)","status":"accepted","content":null}"#
                ).jsonEvents()
                #expect(events[0].role.string == "tool")
            }
            #expect(events.last?.details.finish_reason.string == "stop")
            #expect(events.last?.content.content.string?.contains("найдено 10 результатов") == true)
        }
    }

    @Test func `the client's own tools are called by name, a rejection reaches the answer`() async throws {
        try await withSimulator { simulator throws in
            let conversation = try Conversation(simulator)
            let tools = #"[{"name":"FormEdit","parameters":{"type":"object","properties":{"x":{"type":"string"}}}}]"#
            let final = try #require(try conversation.ask("вызови FormEdit", tools: tools).jsonEvents().last)
            let id = try #require(final.content.tool_calls[0].id.string)
            let parent = try #require(final.uuid.string)
            let item = #"{"tool_call_id":"\#(id)","status":"rejected","content":"недоступен"}"#
            let answer = try conversation.acknowledge(parent, item).jsonEvents()
            #expect(answer.last?.content.content.string?.contains("[недоступен]") == true)
        }
    }

    @Test func `bad messages and acknowledgements are 422`() async throws {
        try await withSimulator({ $0.naparnik.toolRounds = 1 }) { simulator throws in
            let conversation = try Conversation(simulator)
            let list = try conversation.say(#"{"role":"user","parent_uuid":null,"content":[{"content":"x"}]}"#)
            #expect(list.status == 422)
            #expect(try list.json().error[0].msg.string != nil)
            let unsolicited = try conversation.acknowledge(Sample.uuid, #"{"tool_call_id":"x","status":"accepted"}"#)
            #expect(unsolicited.status == 422)
            #expect(
                try unsolicited.json().error[0].msg.string == "No tool calls found in the previous assistant message"
            )
            let final = try #require(try conversation.ask("x").jsonEvents().last)
            let parent = try #require(final.uuid.string)
            let id = try #require(final.content.tool_calls[0].id.string)
            let content = #"{"tool_call_id":"\#(id)","status":"accepted","content":"must be null"}"#
            #expect(try conversation.acknowledge(parent, content).status == 422)
            #expect(try conversation.ask("y", parent: parent).status == 422)
            #expect(
                try conversation.acknowledge(parent, #"{"tool_call_id":"other","status":"accepted"}"#).status == 422
            )
        }
    }

    @Test func `heartbeats, garbage and bare strings are comments and events among the others`() async throws {
        try await withSimulator({
            $0.naparnik.heartbeats = 3
            $0.naparnik.heartbeatInterval = .milliseconds(1)
            $0.naparnik.hasGarbageLines = true
            $0.naparnik.hasStringDeltas = true
        }) { simulator throws in
            let response = try Conversation(simulator).ask("x")
            #expect(response.texts.count { $0.hasPrefix(": heartbeat 1") } == 3)
            #expect(response.events.contains("не json"))
            #expect(response.text.contains(#""content_delta":""#))
        }
    }

    @Test func `an unknown tool makes two answers in one stream`() async throws {
        try await withSimulator({ $0.naparnik.callsUnknownTool = true }) { simulator throws in
            let events = try Conversation(simulator).ask("x").jsonEvents()
            #expect(events.count { $0.role.string == "assistant" && $0.finished.bool == true } == 2)
            #expect(events.contains { $0.content.content.string == "'Search_ITS' is unknown tool." })
        }
    }

    @Test func `an answer after a rejection can be empty`() async throws {
        try await withSimulator({
            $0.naparnik.toolRounds = 1
            $0.naparnik.isEmptyAfterRejection = true
        }) { simulator throws in
            let conversation = try Conversation(simulator)
            let final = try #require(try conversation.ask("x").jsonEvents().last)
            let id = try #require(final.content.tool_calls[0].id.string)
            let item = #"{"tool_call_id":"\#(id)","status":"rejected","content":"нет"}"#
            let answer = try conversation.acknowledge(try #require(final.uuid.string), item).jsonEvents().last
            #expect(answer?.content.content.string == "")
        }
    }

    @Test func `the token comes plain or after Bearer, as configured`() async throws {
        let body = #"{"skill_name":"custom"}"#
        let path = "/chat_api/v1/conversations/"
        for (format, statuses) in [
            (SimulatorConfiguration.Naparnik.AuthorizationFormat.any, [200, 200]), (.plain, [200, 401]),
            (.bearer, [401, 200]),
        ] {
            try await withSimulator({ $0.naparnik.authorizationFormat = format }) { simulator throws in
                let plain = try simulator.naparnik(path, body, ["Authorization": "token"])
                let bearer = try simulator.naparnik(path, body, ["Authorization": "Bearer token"])
                #expect([plain.status, bearer.status] == statuses)
                let cyrillic = try simulator.naparnik(path, body, ["Authorization": "токен"])
                #expect(cyrillic.status == 401)
                #expect(try cyrillic.json().detail.string == "unauthorized")
            }
        }
    }

    @Test func `charset and slash can matter`() async throws {
        try await withSimulator({
            $0.naparnik.refusesCharset = true
            $0.naparnik.requiresTrailingSlash = true
        }) { simulator throws in
            let body = #"{"skill_name":"custom"}"#
            let charset = ["Content-Type": "application/json; charset=utf-8"]
            #expect(try simulator.naparnik("/chat_api/v1/conversations/", body, charset).status == 400)
            #expect(try simulator.naparnik("/chat_api/v1/conversations", body).status == 404)
            #expect(try simulator.naparnik("/chat_api/v1/conversations/", body).status == 200)
        }
    }

    @Test func `a rate limit tells the wait in its text`() async throws {
        try await withSimulator({
            $0.faults = [SimulatorFaultRule(.failure(.init(status: 429)), path: "/messages")]
        }) { simulator throws in
            let response = try Conversation(simulator).ask("x")
            #expect(response.status == 429)
            let error = try response.json()
            #expect(
                error.error.string == "Rate limit exceeded for message creation. Try again in 123 seconds."
            )
            #expect(error.error_type.string == "rate_limit_exceeded")
        }
    }

    @Test func `a busy conversation can be locked`() async throws {
        try await withSimulator({
            $0.naparnik.locksConversations = true
            $0.answer.chunkDelay = .seconds(60)
        }) { simulator throws in
            let conversation = try Conversation(simulator)
            let connection = try simulator.connect(.naparnik)
            let path = "/chat_api/v1/conversations/\(conversation.id)/messages"
            let body = #"{"role":"user","content":{"content":{"instruction":"x"}}}"#
            try connection.send("POST", path, ["Authorization": "token"], body: body)
            #expect(try connection.head().status == 200)
            #expect(try conversation.ask("y").status == 423)
        }
    }

    @Test func `the plain completion has three shapes`() async throws {
        for shape in [SimulatorConfiguration.Naparnik.CompletionShape.choices, .result, .text] {
            try await withSimulator({ $0.naparnik.completionShape = shape }) { simulator throws in
                for base in ["/chat_api/v1", "/api/v1", ""] {
                    let body = Sample.chat("раз", model: "naparnik-pro")
                    let json = try simulator.naparnik(base + "/chat/completions", body).json()
                    let text =
                        switch shape {
                        case .choices: json.choices[0].message.content
                        case .result: json.result.text
                        case .text: json.text
                        }
                    #expect(text.string?.contains("«раз»") == true)
                }
            }
        }
    }
}
