import ProviderSimulator
import Testing

@Suite struct OpenAITests {
    private static let path = "/v1/chat/completions"

    private static func chat(_ prompt: String = "hi", stream: Bool = false, _ more: String = "") -> String {
        Sample.chat(prompt, model: "gpt-4o-mini", stream: stream, more)
    }

    @Test func `a chat answers in the reference shape`() async throws {
        try await withSimulator { simulator throws in
            let json = try simulator.openai(Self.path, Self.chat()).json()
            #expect(json.names == ["id", "object", "created", "model", "choices", "usage"])
            #expect(json.choices[0].message.content.string?.contains("«hi»") == true)
            #expect(json.usage.names == ["prompt_tokens", "completion_tokens", "total_tokens"])
        }
    }

    @Test func `the usage chunk comes when it is asked for`() async throws {
        try await withSimulator { simulator throws in
            let plain = try simulator.openai(Self.path, Self.chat(stream: true)).jsonEvents()
            #expect(plain.allSatisfy { $0.usage.isMissing })
            #expect(plain.first?.choices[0].delta.names == ["role"])
            #expect(plain.dropLast().allSatisfy { $0.choices[0].finish_reason.isNull })
            #expect(plain.last?.choices[0].finish_reason.string == "stop")
            #expect(plain.last?.choices[0].delta.isEmptyObject == true)
            let options = #","stream_options":{"include_usage":true}"#
            let asked = try simulator.openai(Self.path, Self.chat(stream: true, options)).jsonEvents()
            #expect(asked.last?.choices.array.isEmpty == true)
            #expect(asked.last?.usage.total_tokens.number != nil)
        }
    }

    @Test func `DeepSeek sends blank lines before JSON and comments before events`() async throws {
        try await withSimulator({
            $0.openai.dialect = .deepSeek
            $0.openai.keepAliveLines = 3
            $0.openai.keepAliveInterval = .milliseconds(1)
            $0.openai.answer = SimulatorAnswer(reasoning: "хм")
        }) { simulator throws in
            let whole = try simulator.openai(Self.path, Self.chat())
            #expect(whole.text.hasPrefix("\n\n\n{"))
            #expect(whole[field: "Content-Type"] == "application/json")
            #expect(try whole.json().choices[0].message.reasoning_content.string == "хм")
            #expect(try whole.json().usage.prompt_cache_hit_tokens.number == 0)
            let stream = try simulator.openai(Self.path, Self.chat(stream: true))
            #expect(stream.text.hasPrefix(": keep-alive\n\n: keep-alive\n\n: keep-alive\n\ndata: "))
            #expect(try stream.jsonEvents()[1].choices[0].delta.reasoning_content.string == "хм")
            #expect(try stream.jsonEvents().last?.usage.isMissing == false)
        }
    }

    @Test func `calls stream in fragments, or whole from Ollama`() async throws {
        let tools = #","tools":[{"type":"function","function":{"name":"sum","parameters":{}}}]"#
        try await withSimulator { simulator throws in
            let events = try simulator.openai(Self.path, Self.chat("sum", stream: true, tools)).jsonEvents()
            let calls = events.map { $0.choices[0].delta.tool_calls[0] }.filter { !$0.isMissing }
            #expect(calls.count > 1)
            #expect(calls[0].id.string?.hasPrefix("call_") == true)
            #expect(calls.dropFirst().allSatisfy { $0.id.isMissing })
            let whole = try simulator.openai(Self.path, Self.chat("sum", tools)).json().choices[0]
            #expect(whole.message.content.isNull)
            #expect(whole.message.tool_calls[0].function.name.string == "sum")
        }
        try await withSimulator({ $0.openai.dialect = .ollama }) { simulator throws in
            let events = try simulator.openai(Self.path, Self.chat("sum", stream: true, tools)).jsonEvents()
            #expect(events.count == 1)
            #expect(events[0].choices[0].delta.tool_calls[0].function.arguments.string == "{}")
        }
    }

    @Test func `keys, models, embeddings and errors`() async throws {
        try await withSimulator({ $0.openai.apiKeys = ["key"] }) { simulator throws in
            #expect(try simulator.openai("/v1/models").json().data.array.count == 3)
            #expect(try simulator.openai("/v1/models", nil, ["Authorization": "Bearer no"]).status == 401)
            #expect(try simulator.openai("/v1/models/gpt-4o").json().id.string == "gpt-4o")
            #expect(try simulator.openai("/v1/models/none").json().error.code.string == "model_not_found")
            #expect(try simulator.openai("/v1/nothing").status == 404)
            let embeddings = try simulator.openai("/v1/embeddings", #"{"model":"e","input":"x","dimensions":3}"#)
            #expect(try embeddings.json().data[0].embedding.array.count == 3)
            let missing = try simulator.openai(Self.path, #"{"messages":[]}"#)
            #expect(missing.status == 400)
            #expect(try missing.json().error.param.string == "model")
        }
    }

    @Test func `generations of one key can be limited`() async throws {
        try await withSimulator({
            $0.openai.concurrentGenerations = 1
            $0.answer.chunkDelay = .seconds(60)
        }) { simulator throws in
            let connection = try simulator.connect(.openai)
            let body = Self.chat(stream: true)
            try connection.send("POST", Self.path, ["Authorization": "Bearer key"], body: body)
            #expect(try connection.head().status == 200)
            #expect(try simulator.openai(Self.path, Self.chat()).status == 429)
            #expect(try simulator.openai(Self.path, Self.chat(), ["Authorization": "Bearer other"]).status == 200)
        }
    }
}
