import ProviderSimulator
import Testing

@Suite struct GigaChatTests {
    static let functions = """
        ,"function_call":"auto","functions":[{"name":"weather","parameters":{"type":"object",\
        "properties":{"location":{"type":"string"},"days":{"type":"integer"}}}}]
        """

    @Test func `a chat answers in the recorded shape and echoes the prompt`() async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.gigachat("/api/v1/chat/completions", Sample.chat("вопрос № 7 🦆"))
            let json = try response.json()
            #expect(response.status == 200)
            #expect(response[field: "Content-Type"] == "application/json; charset=utf-8")
            #expect(response[field: "Server"] == "SynGX")
            #expect(json.names == ["choices", "created", "model", "object", "usage"])
            #expect(json.choices[0].names == ["message", "index", "finish_reason"])
            #expect(json.choices[0].message.names == ["content", "role"])
            #expect(json.choices[0].message.content.string?.contains("«вопрос № 7 🦆»") == true)
            #expect(json.choices[0].finish_reason.string == "stop")
            #expect(json.model.string?.hasPrefix("GigaChat:") == true)
            let counts = ["prompt_tokens", "completion_tokens", "total_tokens", "precached_prompt_tokens"]
            #expect(json.usage.names == Set(counts))
            #expect(!response.text.contains("\": "), "JSON on the wire is compact")
        }
    }

    @Test func `a stream has an event per chunk, usage at its end and DONE`() async throws {
        try await withSimulator({ $0.answer.chunks = 5 }) { simulator throws in
            let whole = try simulator.gigachat("/api/v1/chat/completions", Sample.chat())
            let response = try simulator.gigachat("/api/v1/chat/completions", Sample.chat(stream: true))
            #expect(response[field: "Content-Type"] == "text/event-stream")
            #expect(response.isChunked)
            #expect(response.texts.allSatisfy { $0.hasPrefix("data: ") && $0.hasSuffix("\n\n") })
            #expect(response.texts.last == "data: [DONE]\n\n")
            let events = try response.jsonEvents()
            #expect(events.count == 6)
            #expect(events[0].choices[0].delta.names == ["content", "role"])
            #expect(events[1].choices[0].delta.names == ["content"])
            #expect(events.dropLast().allSatisfy { $0.usage.isMissing && $0.choices[0].finish_reason.isMissing })
            #expect(events[5].choices[0].finish_reason.string == "stop")
            #expect(try events[5].usage.names == whole.json().usage.names)
            #expect(events.allSatisfy { $0.object.string == "chat.completion" && $0.id.isMissing })
            let text = events.compactMap(\.choices[0].delta.content.string).joined()
            #expect(try text == whole.json().choices[0].message.content.string)
        }
    }

    @Test func `both path prefixes work`() async throws {
        try await withSimulator { simulator throws in
            #expect(try simulator.gigachat("/v1/chat/completions", Sample.chat()).status == 200)
            #expect(try simulator.gigachat("/v1/models").status == 200)
        }
    }

    @Test func `request and session ids are echoed or generated`() async throws {
        try await withSimulator { simulator throws in
            let fields = ["X-Request-ID": "r-1", "X-Session-ID": "s-1", "X-Client-ID": "c-1"]
            let echoed = try simulator.gigachat("/api/v1/models", nil, fields)
            #expect(echoed[field: "X-Request-Id"] == "r-1")
            #expect(echoed[field: "X-Session-Id"] == "s-1")
            #expect(echoed[field: "X-Client-Id"] == "c-1")
            let generated = try simulator.gigachat("/api/v1/models")
            #expect(generated[field: "X-Request-Id"]?.utf8.count == 36)
            #expect(generated[field: "X-Request-Id"] != generated[field: "X-Session-Id"])
        }
    }

    @Test func `a repeated session id finds its prompt in the cache`() async throws {
        try await withSimulator { simulator throws in
            let cached = try (0..<2).map { _ in
                try simulator.gigachat("/api/v1/chat/completions", Sample.chat(), ["X-Session-ID": "s"])
                    .json().usage.precached_prompt_tokens.number
            }
            #expect(cached[0] == 0)
            #expect(try #require(cached[1]) > 0)
        }
    }

    @Test(arguments: [
        (
            #"{"model":"GigaChat","messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]}"#, 422,
            "Invalid params: system message must be the first message"
        ),
        (#"{"model":"No","messages":[{"role":"user","content":"a"}]}"#, 404, "No such model"),
        (#"{"model":"GigaChat","messages":[]}"#, 422, "Invalid params: messages is empty"),
        (
            #"{"model":"GigaChat","messages":[{"role":"user","content":"a"}],"repetition_penalty":0}"#, 422,
            "Invalid params: repetition_penalty must be greater than zero"
        ),
        (
            #"{"model":"GigaChat","messages":[{"role":"function","name":"f","content":"text"}]}"#, 422,
            "Invalid params: function message content must be a JSON object in a string"
        ),
        (#"{"model":"GigaChat","#, 400, "Your request contains invalid JSON syntax."),
    ])
    func `bad requests are refused`(body: String, status: Int, message: String) async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.gigachat("/api/v1/chat/completions", body)
            #expect(response.status == status)
            #expect(try response.json().names == ["status", "message"])
            #expect(try response.json().message.string == message)
        }
    }

    @Test func `a function is called with an object of arguments, then answered`() async throws {
        try await withSimulator { simulator throws in
            let body = Sample.chat("Какая погода на 3 дня?", Self.functions)
            let choice = try simulator.gigachat("/api/v1/chat/completions", body).json().choices[0]
            #expect(choice.finish_reason.string == "function_call")
            #expect(choice.message.function_call.name.string == "weather")
            #expect(choice.message.function_call.arguments.days.number == 3)
            #expect(choice.message.functions_state_id.string?.utf8.count == 36)
            let history = """
                {"model":"GigaChat","messages":[{"role":"user","content":"погода?"},\
                {"role":"assistant","content":"","function_call":{"name":"weather","arguments":{}}},\
                {"role":"function","name":"weather","content":"{\\"t\\":7}"}]\(Self.functions)}
                """
            let answer = try simulator.gigachat("/api/v1/chat/completions", history).json().choices[0]
            #expect(answer.finish_reason.string == "stop")
        }
    }

    @Test func `a streamed function call is one event with its finish reason`() async throws {
        try await withSimulator { simulator throws in
            let body = Sample.chat("вызови weather", stream: true, Self.functions)
            let events = try simulator.gigachat("/api/v1/chat/completions", body).jsonEvents()
            #expect(events.count == 1)
            #expect(events[0].choices[0].delta.function_call.arguments.location.string == "вызови weather")
            #expect(events[0].choices[0].finish_reason.string == "function_call")
        }
    }

    @Test func `without function_call no function is called`() async throws {
        try await withSimulator { simulator throws in
            let functions = Self.functions.replacing(#""function_call":"auto","#, with: "")
            let body = Sample.chat("вызови weather", functions)
            let answer = try simulator.gigachat("/api/v1/chat/completions", body).json()
            #expect(answer.choices[0].finish_reason.string == "stop")
        }
    }

    @Test func `an answer fits the schema that is asked for`() async throws {
        try await withSimulator { simulator throws in
            let format = """
                ,"response_format":{"type":"json_schema","schema":{"type":"object",\
                "properties":{"answer":{"type":"string"},"n":{"type":"integer"}}}}
                """
            let content = try simulator.gigachat("/api/v1/chat/completions", Sample.chat("n = 3", format))
                .json().choices[0].message.content.string
            let json = try JSONValue(try #require(content))
            #expect(json.answer.string == "n = 3")
            #expect(json.n.number == 3)
        }
    }

    @Test func `models, embeddings, token counts and balance have the recorded shapes`() async throws {
        try await withSimulator { simulator throws in
            let models = try simulator.gigachat("/api/v1/models").json()
            #expect(models.data.array.count == 20)
            #expect(models.data[0].names == ["id", "object", "owned_by", "type"])
            #expect(try simulator.gigachat("/api/v1/models/GigaChat").json() == models.data[0])
            let embeddings = try simulator.gigachat("/api/v1/embeddings", #"{"model":"Embeddings","input":["a","b"]}"#)
            let data = try embeddings.json().data.array
            #expect(data.map(\.embedding.array.count) == [1024, 1024])
            #expect(data.allSatisfy { $0.usage.prompt_tokens.number == 1 })
            let counts = try simulator.gigachat(
                "/api/v1/tokens/count",
                #"{"model":"GigaChat","input":["First text","Second text"]}"#
            ).json()
            #expect(counts.array.map(\.tokens.number) == [2, 2])
            #expect(counts.array.map(\.characters.number) == [10, 11])
            #expect(try simulator.gigachat("/api/v1/balance").json().balance[0].names == ["usage", "value"])
        }
    }

    @Test func `customers who pay by use have no balance`() async throws {
        try await withSimulator({ $0.gigachat.balance = nil }) { simulator throws in
            #expect(try simulator.gigachat("/api/v1/balance").status == 403)
        }
    }

    @Test func `a private person gets one chat at a time, a company ten`() async throws {
        try await withSimulator({ $0.answer.chunkDelay = .seconds(60) }) { simulator throws in
            // All stay open to the end: nothing here tells when the server has noticed that a client left.
            var open: [RawConnection] = []
            for (scope, limit) in [("GIGACHAT_API_PERS", 1), ("GIGACHAT_API_B2B", 10)] {
                let token = try simulator.gigachatToken(scope, key: limit == 1 ? Sample.key : "Y29tcGFueTprZXk=")
                for _ in 0..<limit {
                    let connection = try simulator.connect(.gigachat)
                    let body = Sample.chat(stream: true)
                    try connection.send(
                        "POST",
                        "/api/v1/chat/completions",
                        ["Authorization": "Bearer \(token)"],
                        body: body
                    )
                    #expect(try connection.head().status == 200)
                    open.append(connection)
                }
                let refused = try simulator.gigachat("/api/v1/chat/completions", Sample.chat(), token: token)
                #expect(refused.status == 429)
                #expect(try refused.json().message.string == "Too many requests")
                #expect(try simulator.gigachat("/api/v1/models", token: token).status == 200, "only chats are limited")
            }
            #expect(open.count == 11)
            #expect(simulator.statistics[.gigachat].generationsRefused == 2)
            #expect(simulator.statistics[.gigachat].peakGenerationsInFlight == 11)
        }
    }

    @Test func `the next chat is admitted as soon as the answer was read`() async throws {
        try await withSimulator { simulator throws in
            let token = try simulator.gigachatToken()
            for round in 0..<200 {
                let body = Sample.chat(stream: round.isMultiple(of: 2))
                #expect(try simulator.gigachat("/api/v1/chat/completions", body, token: token).status == 200)
            }
        }
    }
}
