import HTTPSessionPool
import TestSupport

@testable import AIProviders

/// A report about what a service sends: a folder of `Fixtures/providers` with the answer and what must come of it.
///
/// `case.json` names the source, the client and the operation; `body` is the answer, and `then.json` the answer to the second
/// request of a round trip, whose fields `expect.request` lists.
struct ProviderCase: Decodable {
    /// A long run of one character, which stands in `body` as `@FILL@`.
    struct Fill: Decodable {
        var character: String
        var count: Int
    }

    var client: String
    var operation: String
    var status: Int?
    var contentType: String
    var tools: [String]?
    var options: [String: JSONValue]?
    var expect: [String: JSONValue]
    var fill: Fill?

    /// What came of it.
    struct Outcome {
        var response: ChatResponse?
        var deltas: [ChatDelta] = []
        var models: [ModelInfo]?
        var error: ProviderError?
        var sent: JSONValue?
    }

    static func named(_ name: String) throws -> ProviderCase {
        try Fixture.json("providers/\(name)/case.json", as: ProviderCase.self)
    }

    /// The answer's bytes.
    func body(_ name: String) throws -> [UInt8] {
        let bytes = try Fixture.bytes("providers/\(name)/body")
        guard let fill else { return bytes }
        let run = String(repeating: fill.character, count: fill.count)
        return Array(String(decoding: bytes, as: UTF8.self).split(separator: "@FILL@").joined(separator: run).utf8)
    }

    /// Plays the answer to the client and notes what comes of it.
    func run(_ name: String) async throws -> Outcome {
        let first = LoopbackReply.bytes(
            try body(name),
            status: status ?? 200,
            headers: ["Content-Type: \(contentType)"]
        )
        let second = operation == "roundtrip" ? try LoopbackReply.json("providers/\(name)/then.json") : first
        let conversation = LoopbackReply.text(#"{"uuid":"c-1"}"#, headers: ["Content-Type: application/json"])
        let handler: LoopbackServer.Handler = { request in
            if request.target == "/oauth" { return .token("token-0123") }
            if request.target.hasSuffix("/conversations/") { return conversation }
            return request.text.contains(#""role":"tool""#) ? second : first
        }
        return try await Provided.run(handler) { provided in
            var outcome = Outcome()
            do {
                try await play(try makeClient(provided), &outcome)
            } catch let error as ProviderError {
                outcome.error = error
            }
            outcome.sent = provided.server.requests.last.flatMap { JSONValue(parsing: $0.body) }
            return outcome
        }
    }

    private func makeClient(_ provided: Provided) throws -> any ChatClient {
        switch client {
        case "gigachat": return try provided.gigaChat()
        case "gigachat2":
            return try provided.gigaChat {
                $0.apiVersion = .v2
                $0.profanityCheck = options?["profanityCheck"]?.bool
            }
        case "yandex": return try provided.yandexGPT()
        case "naparnik": return try provided.naparnik()
        default: return try provided.openAI()
        }
    }

    private func play(_ client: any ChatClient, _ outcome: inout Outcome) async throws {
        var request = ChatRequest("hi")
        request.tools = (tools ?? []).map { ToolDefinition(name: $0) }
        switch operation {
        case "models":
            outcome.models = try await (client as? any ModelListing)?.models()
        case "stream":
            var accumulator = ChatAccumulator()
            for try await delta in client.stream(request) {
                outcome.deltas.append(delta)
                accumulator.add(delta)
            }
            outcome.response = accumulator.response
        default:
            let response = try await client.chat(request)
            outcome.response = response
            guard operation == "roundtrip", let call = response.toolCalls.first else { return }
            request.messages += [response.message, .tool("{}", for: call)]
            outcome.response = try await client.chat(request)
        }
    }
}

extension JSONValue {
    /// The member at a path such as `messages.1.content`.
    func at(_ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(Optional(self)) { value, part in
            Int(part).flatMap { value?[$0] } ?? value?[String(part)]
        }
    }
}
