import Foundation
import ProviderSimulator
import Testing

@Suite struct YandexIAMTests {
    @Test func `an IAM token says its end in RFC 3339 and works until then`() async throws {
        try await withSimulator({ $0.yandexgpt.apiKeys = [] }) { simulator throws in
            let body = #"{"yandexPassportOauthToken":"y0_x"}"#
            let json = try simulator.exchange(.yandexgpt, "POST", "/iam/v1/tokens", body: body).json()
            let token = try #require(json.iamToken.string)
            #expect(token.hasPrefix("t1."))
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            let text = try #require(json.expiresAt.string)
            #expect(text.count == "2026-01-01T12:00:00.123456789Z".count)
            // Foundation reads milliseconds at most: the last six digits go.
            let expiry = try style.parse(String(text.dropLast(7)) + "Z")
            #expect((11.9 * 3600...12.1 * 3600).contains(expiry.timeIntervalSinceNow))
            let fields = ["Authorization": "Bearer \(token)"]
            let path = "/foundationModels/v1/completion"
            #expect(try simulator.yandex(path, Sample.completion(), fields).status == 200)
            simulator.expireTokens()
            #expect(try simulator.yandex(path, Sample.completion(), fields).status == 401)
            #expect(simulator.statistics[.yandexgpt].tokensIssued == 1)
        }
    }

    @Test func `a JWT and a service account get a token, nothing gets an error, a revoked one is dead`() async throws {
        try await withSimulator { simulator throws in
            let path = "/iam/v1/tokens"
            let token = try simulator.exchange(.yandexgpt, "POST", path, body: #"{"jwt":"a.b.c"}"#).json().iamToken
                .string
            let fields = ["Authorization": "Bearer \(try #require(token))"]
            let account = #"{"serviceAccountId":"aje"}"#
            let second = try simulator.exchange(
                .yandexgpt,
                "POST",
                path + ":createForServiceAccount",
                fields,
                body: account
            )
            #expect(second.status == 200)
            #expect(try simulator.exchange(.yandexgpt, "POST", path, body: "{}").status == 400)
            #expect(try simulator.exchange(.yandexgpt, "POST", path, body: #"{"jwt":"abc"}"#).status == 400)
            let revoked = try simulator.exchange(
                .yandexgpt,
                "POST",
                path + ":revoke",
                fields,
                body: #"{"iamToken":"\#(token ?? "")"}"#
            )
            #expect(revoked.status == 200)
            #expect(try simulator.yandex("/foundationModels/v1/completion", Sample.completion(), fields).status == 401)
        }
    }
}

@Suite struct YandexOpenAITests {
    private static let tools = """
        ,"tools":[{"type":"function","function":{"name":"something","parameters":{"type":"object",\
        "properties":{"numbers":{"type":"array","items":{"type":"integer"}}}}}}]
        """

    private static func chat(_ model: String, _ prompt: String = "привет", stream: Bool = false, _ more: String = "")
        -> String
    {
        Sample.chat(prompt, model: "gpt://b1gfolder/\(model)/latest", stream: stream, more)
    }

    @Test func `a whole answer ends with a line feed and may lose the folder`() async throws {
        try await withSimulator { simulator throws in
            let own = try simulator.yandex("/v1/chat/completions", Self.chat("yandexgpt"))
            #expect(own.text.hasSuffix("}\n"))
            #expect(try own.json().model.string == "gpt://b1gfolder/yandexgpt/latest")
            #expect(try own.json().usage.total_tokens.number != nil)
            let foreign = try simulator.yandex("/v1/chat/completions", Self.chat("qwen3-235b-a22b-fp8")).json()
            #expect(foreign.model.string == "gpt://qwen3-235b-a22b-fp8/latest")
        }
    }

    @Test func `only third-party models stream their usage, unrequested`() async throws {
        try await withSimulator { simulator throws in
            let own = try simulator.yandex("/v1/chat/completions", Self.chat("yandexgpt", stream: true)).jsonEvents()
            #expect(own.allSatisfy { $0.usage.isMissing })
            let response = try simulator.yandex("/v1/chat/completions", Self.chat("qwen3-235b-a22b-fp8", stream: true))
            let events = try response.jsonEvents()
            #expect(events[0].choices[0].delta.names == ["role"])
            #expect(events.last?.choices.array.isEmpty == true)
            #expect(events.last?.usage.total_tokens.number != nil)
            #expect(events.dropLast(2).allSatisfy { $0.choices[0].finish_reason.isMissing })
            #expect(response.texts.last == "data: [DONE]\n\n")
            #expect(response[field: "Cache-Control"] == "no-cache")
        }
    }

    @Test func `yandexgpt streams a call in one chunk whose id is the name`() async throws {
        try await withSimulator { simulator throws in
            let body = Self.chat("yandexgpt", "something 5 4", stream: true, Self.tools)
            let events = try simulator.yandex("/v1/chat/completions", body).jsonEvents()
            #expect(events.count == 1)
            let call = events[0].choices[0].delta.tool_calls[0]
            #expect(call.id.string == "something")
            #expect(call.function.arguments.string == #"{"numbers":[5,4]}"#)
            #expect(events[0].choices[0].finish_reason.string == "tool_calls")
        }
    }

    @Test(arguments: [("qwen3-235b-a22b-fp8", "function"), ("gemma-3-27b-it", "")])
    func `others continue a call with empty strings`(model: String, firstType: String) async throws {
        try await withSimulator { simulator throws in
            let body = Self.chat(model, "something 5 4", stream: true, Self.tools)
            let events = try simulator.yandex("/v1/chat/completions", body).jsonEvents()
            let calls = events.map { $0.choices[0].delta.tool_calls[0] }.filter { !$0.isMissing }
            #expect(calls[0].id.string == "something")
            #expect(calls[0].type.string == firstType)
            #expect(calls[0].function.arguments.string == "")
            #expect(calls.dropFirst().allSatisfy { $0.id.string == "" && $0.type.string == "" })
            #expect(calls.dropFirst().allSatisfy { $0.function.name.string == "" })
            #expect(calls.compactMap(\.function.arguments.string).joined() == #"{"numbers":[5,4]}"#)
        }
    }

    @Test func `a dialect can be forced`() async throws {
        try await withSimulator({ $0.yandexgpt.dialect = .qwen }) { simulator throws in
            let body = Self.chat("yandexgpt", stream: true)
            let events = try simulator.yandex("/v1/chat/completions", body).jsonEvents()
            #expect(events.last?.usage.isMissing == false)
        }
    }

    @Test func `Bearer takes an API key, errors have OpenAI's form`() async throws {
        try await withSimulator { simulator throws in
            let fields = ["Authorization": "Bearer key", "OpenAI-Project": "b1gfolder"]
            #expect(try simulator.yandex("/v1/chat/completions", Self.chat("yandexgpt"), fields).status == 200)
            let missing = try simulator.exchange(.yandexgpt, "POST", "/v1/chat/completions", body: "{}")
            #expect(missing.status == 401)
            #expect(try missing.json().error.names == ["message", "type", "param", "code"])
            let wrong = fields.merging(["OpenAI-Project": "b1gother"]) { $1 }
            #expect(try simulator.yandex("/v1/chat/completions", Self.chat("yandexgpt"), wrong).status == 400)
        }
    }

    @Test func `models and embeddings`() async throws {
        try await withSimulator { simulator throws in
            let models = try simulator.yandex("/v1/models", nil, ["OpenAI-Project": "b1gmine"]).json()
            #expect(models.data[0].id.string == "gpt://b1gmine/yandexgpt/latest")
            #expect(models.data[0].owned_by.string == "Yandex")
            let body = #"{"model":"emb://b1g/text-search-doc/latest","input":["hello"]}"#
            let embeddings = try simulator.yandex("/v1/embeddings", body).json()
            #expect(embeddings.data[0].embedding.array.count == 256)
        }
    }
}
