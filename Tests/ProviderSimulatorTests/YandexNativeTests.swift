import Foundation
import ProviderSimulator
import Testing

@Suite struct YandexNativeTests {
    private static let path = "/foundationModels/v1/completion"
    private static let streaming = #"{"stream":true}"#

    @Test func `a completion is wrapped, its integers are strings`() async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.yandex(Self.path, Sample.completion("раз"), ["x-client-request-id": "c-1"])
            let json = try response.json()
            #expect(json.names == ["result"])
            let alternative = json.result.alternatives[0]
            #expect(alternative.status.string == "ALTERNATIVE_STATUS_FINAL")
            #expect(alternative.message.role.string == "assistant")
            #expect(alternative.message.text.string?.contains("«раз»") == true)
            let counts = ["inputTextTokens", "completionTokens", "totalTokens"].map { json.result.usage[$0].string }
            #expect(counts.allSatisfy { $0.flatMap { Int($0) } != nil })
            #expect(response[field: "x-client-request-id"] == "c-1")
            #expect(response[field: "Server"] == "ycalb")
        }
    }

    @Test func `the path of the guide answers alike`() async throws {
        try await withSimulator { simulator throws in
            let json = try simulator.yandex("/llm/v1alpha/chat/completions", Sample.completion()).json()
            #expect(json.result.alternatives[0].message.text.string?.isEmpty == false)
        }
    }

    @Test func `a stream repeats the whole text so far`() async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.yandex(Self.path, Sample.completion(options: Self.streaming))
            #expect(response[field: "Content-Type"] == "application/json")
            #expect(response.chunks.count == 8)
            #expect(response.texts.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}\n") })
            let messages = try response.texts.map { try JSONValue($0).result.alternatives[0] }
            let texts = messages.compactMap(\.message.text.string)
            #expect(zip(texts, texts.dropFirst()).allSatisfy { $1.hasPrefix($0) && $1 != $0 })
            #expect(messages.dropLast().allSatisfy { $0.status.string == "ALTERNATIVE_STATUS_PARTIAL" })
            #expect(messages.last?.status.string == "ALTERNATIVE_STATUS_FINAL")
        }
    }

    @Test func `a revision is not a prefix of what follows`() async throws {
        try await withSimulator({ $0.yandexgpt.revisesText = true }) { simulator throws in
            let response = try simulator.yandex(Self.path, Sample.completion(options: Self.streaming))
            let texts = try response.texts.compactMap {
                try JSONValue($0).result.alternatives[0].message.text.string
            }
            #expect(zip(texts, texts.dropFirst()).contains { !$1.hasPrefix($0) })
            let whole = try simulator.yandex(Self.path, Sample.completion()).json()
            #expect(texts.last == whole.result.alternatives[0].message.text.string)
        }
    }

    @Test(arguments: [
        SimulatorConfiguration.YandexGPT.Framing.lines, .concatenated, .split, .together,
    ])
    func `the same objects come in every framing`(framing: SimulatorConfiguration.YandexGPT.Framing) async throws {
        try await withSimulator({ $0.yandexgpt.framing = framing }) { simulator throws in
            let response = try simulator.yandex(Self.path, Sample.completion(options: Self.streaming))
            let starts = response.text.ranges(of: #"{"result":"#).count
            #expect(starts == 8)
            switch framing {
            case .lines: #expect(response.texts.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}\n") })
            case .concatenated: #expect(response.texts.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
            case .together: #expect(response.chunks.count == 1)
            case .split:
                #expect(response.chunks.count == 9)
                #expect(response.texts.dropLast().allSatisfy { !$0.hasSuffix("\n") })
            }
        }
    }

    @Test func `the wrapper can be left out`() async throws {
        try await withSimulator({ $0.yandexgpt.wrapsResult = false }) { simulator throws in
            #expect(try simulator.yandex(Self.path, Sample.completion()).json().names.contains("alternatives"))
            let stream = try simulator.yandex(Self.path, Sample.completion(options: Self.streaming))
            #expect(stream.texts.allSatisfy { $0.hasPrefix(#"{"alternatives""#) })
        }
    }

    @Test func `too few tokens truncate the answer`() async throws {
        try await withSimulator { simulator throws in
            for limit in ["\"5\"", "5"] {
                let body = Sample.completion(options: #"{"maxTokens":\#(limit)}"#)
                let alternative = try simulator.yandex(Self.path, body).json().result.alternatives[0]
                #expect(alternative.status.string == "ALTERNATIVE_STATUS_TRUNCATED_FINAL")
            }
        }
    }

    @Test func `a function is called by name with an object, then answered`() async throws {
        try await withSimulator { simulator throws in
            let tools = """
                ,"tools":[{"function":{"name":"something","parameters":{"type":"object",\
                "properties":{"numbers":{"type":"array","items":{"type":"integer"}}}}}}]
                """
            let body = Sample.completion("do something with 5, 4, 1", tools)
            let alternative = try simulator.yandex(Self.path, body).json().result.alternatives[0]
            #expect(alternative.status.string == "ALTERNATIVE_STATUS_TOOL_CALLS")
            let call = alternative.message.toolCallList.toolCalls[0].functionCall
            #expect(call.name.string == "something")
            #expect(call.arguments.numbers.array.map(\.number) == [5, 4, 1])
            let result = """
                {"modelUri":"gpt://b1gfolder/yandexgpt","messages":[{"role":"user","text":"something"},\
                {"role":"user","toolResultList":{"toolResults":[{"functionResult":{"name":"something",\
                "content":"10"}}]}}]\(tools)}
                """
            let answer = try simulator.yandex(Self.path, result).json().result.alternatives[0]
            #expect(answer.status.string == "ALTERNATIVE_STATUS_FINAL")
        }
    }

    @Test(arguments: [
        (Sample.completion().replacing("gpt://", with: "gpt:"), 400, "Failed to parse model URI"),
        (Sample.completion().replacing("yandexgpt", with: "nosuch"), 400, "invalid model_uri"),
        (Sample.completion(options: #"{"temperature":7}"#), 400, "Invalid temperature value"),
        (#"{"modelUri":"#, 400, "Failed to parse the request body"),
    ])
    func `bad requests are refused in the documented form`(body: String, status: Int, message: String) async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.yandex(Self.path, body)
            let error = try response.json().error
            #expect(response.status == status)
            #expect(error.names == ["grpcCode", "httpCode", "message", "httpStatus", "details"])
            #expect(error.grpcCode.number == 3)
            #expect(error.httpCode.number == 400)
            #expect(error.message.string == message)
        }
    }

    @Test func `keys and folders are checked`() async throws {
        try await withSimulator({
            $0.yandexgpt.apiKeys = ["right"]
            $0.yandexgpt.folder = "b1gfolder"
        }) { simulator throws in
            let wrong = try simulator.yandex(Self.path, Sample.completion(), ["Authorization": "Api-Key wrong"])
            #expect(wrong.status == 401)
            #expect(try wrong.json().error.grpcCode.number == 16)
            let fields = ["Authorization": "Api-Key right"]
            #expect(try simulator.yandex(Self.path, Sample.completion(), fields).status == 200)
            let foreign = Sample.completion().replacing("b1gfolder", with: "b1gother")
            let mismatch = try simulator.yandex(Self.path, foreign, fields)
            #expect(mismatch.status == 400)
            #expect(try mismatch.json().error.message.string?.hasPrefix("Specified folder ID") == true)
            let header = fields.merging(["x-folder-id": "b1gother"]) { $1 }
            #expect(try simulator.yandex(Self.path, Sample.completion(), header).status == 400)
        }
    }

    @Test func `the quota of sessions refuses the second generation`() async throws {
        try await withSimulator({
            $0.yandexgpt.concurrentGenerations = 1
            $0.answer.chunkDelay = .seconds(60)
        }) { simulator throws in
            let connection = try simulator.connect(.yandexgpt)
            let body = Sample.completion(options: Self.streaming)
            try connection.send("POST", Self.path, ["Authorization": "Api-Key key"], body: body)
            #expect(try connection.head().status == 200)
            let refused = try simulator.yandex(Self.path, Sample.completion())
            #expect(refused.status == 429)
            #expect(
                try refused.json().error.message.string
                    == "ai.textGenerationCompletionSessionsCount.count gauge quota limit exceed: allowed 1 requests"
            )
        }
    }

    @Test func `the hourly quota runs out`() async throws {
        try await withSimulator({ $0.yandexgpt.requestsPerHour = 2 }) { simulator throws in
            let answers = try (0..<3).map { _ in try simulator.yandex(Self.path, Sample.completion()) }
            #expect(answers.map(\.status) == [200, 200, 429])
            #expect(try answers[2].json().error.message.string?.contains("RequestsPerHour") == true)
        }
    }

    @Test func `an operation is done after its polls, not wrapped`() async throws {
        try await withSimulator({ $0.yandexgpt.operationPolls = 3 }) { simulator throws in
            let started = try simulator.yandex("/foundationModels/v1/completionAsync", Sample.completion("раз")).json()
            #expect(started.done.isMissing)
            let id = try #require(started.id.string)
            let polls = try (0..<3).map { _ in try simulator.yandex("/operations/\(id)").json() }
            #expect(polls.map(\.done.bool) == [nil, nil, true])
            let response = polls[2].response
            #expect(response["@type"].string?.hasSuffix("CompletionResponse") == true)
            #expect(response.alternatives[0].message.text.string?.contains("«раз»") == true)
            #expect(try simulator.yandex("/operations/unknown").status == 404)
            #expect(simulator.statistics[.yandexgpt].requestsByPath["GET /operations/{id}"] == 3)
        }
    }

    @Test func `an operation can fail or be cancelled`() async throws {
        try await withSimulator({
            $0.yandexgpt.operationPolls = 1
            $0.yandexgpt.operationFailure = "internal"
        }) { simulator throws in
            let path = "/foundationModels/v1/completionAsync"
            let failing = try #require(try simulator.yandex(path, Sample.completion()).json().id.string)
            let failed = try simulator.yandex("/operations/\(failing)").json()
            #expect(failed.done.bool == true)
            #expect(failed.error.code.number == 13)
            let streamed = try simulator.yandex(path, Sample.completion(options: Self.streaming))
            #expect(streamed.status == 400)
        }
        try await withSimulator { simulator throws in
            let path = "/foundationModels/v1/completionAsync"
            let id = try #require(try simulator.yandex(path, Sample.completion()).json().id.string)
            let cancelled = try simulator.yandex("/operations/\(id):cancel").json()
            #expect(cancelled.done.bool == true)
            #expect(cancelled.error.code.number == 1)
        }
    }

    @Test func `tokenize and embeddings are not wrapped`() async throws {
        try await withSimulator { simulator throws in
            let model = #""modelUri":"gpt://b1gfolder/yandexgpt/latest""#
            let tokens = try simulator.yandex("/foundationModels/v1/tokenize", #"{\#(model),"text":"раз два"}"#).json()
            #expect(tokens.tokens.array.count == 3)
            #expect(tokens.tokens[0].special.bool == true)
            #expect(tokens.tokens[1].id.string.flatMap { Int($0) } != nil)
            let chat = try simulator.yandex("/foundationModels/v1/tokenizeCompletion", Sample.completion("раз два"))
            #expect(try chat.json().tokens.array.count == 3)
            let body = #"{"modelUri":"emb://b1gfolder/text-search-doc/latest","text":"раз"}"#
            let embedding = try simulator.yandex("/foundationModels/v1/textEmbedding", body).json()
            #expect(embedding.embedding.array.count == 256)
            #expect(embedding.numTokens.string == "1")
        }
    }
}
