import Foundation
import ProviderSimulator

/// Starts a simulator, runs a blocking body beside it on a thread of its own, and stops it.
func withSimulator(
    _ configure: (inout SimulatorConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (ProviderSimulator) throws -> Void
) async throws {
    var configuration = SimulatorConfiguration()
    configure(&configuration)
    let simulator = try ProviderSimulator(configuration: configuration)
    defer { simulator.stop() }
    try await onThread { try body(simulator) }
}

/// Runs a blocking body on a thread of its own.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(BlockingExecutor()) { try body() }
}

extension ProviderSimulator {
    /// The port of a provider's server.
    func port(_ provider: SimulatorProvider) throws -> UInt16 {
        let text =
            switch provider {
            case .gigachat: endpoints.gigachat.baseURL
            case .yandexgpt: endpoints.yandexgpt.baseURL
            case .naparnik: endpoints.naparnik.baseURL
            case .openai: endpoints.openai.baseURL
            }
        guard let port = URLComponents(string: text)?.port else { throw MissingPort(url: text) }
        return UInt16(port)
    }

    /// A connection to a provider.
    func connect(_ provider: SimulatorProvider) throws -> RawConnection {
        try RawConnection(port: try port(provider))
    }

    /// Sends one request on a connection of its own and reads the answer.
    func exchange(
        _ provider: SimulatorProvider,
        _ method: String,
        _ path: String,
        _ fields: [String: String] = [:],
        body: String = ""
    ) throws -> RawResponse {
        let connection = try connect(provider)
        try connection.send(method, path, fields, body: body)
        return try connection.response(hasBody: method != "HEAD")
    }

    /// An access token of GigaChat.
    func gigachatToken(_ scope: String = "GIGACHAT_API_PERS", key: String = Sample.key) throws -> String {
        let response = try oauth(scope: scope, key: key)
        guard let token = try response.json().access_token.string else { throw UnexpectedAnswer(response: response) }
        return token
    }

    /// The answer of GigaChat's OAuth endpoint.
    func oauth(scope: String? = "GIGACHAT_API_PERS", key: String = Sample.key, id: String? = Sample.uuid) throws
        -> RawResponse
    {
        var fields = ["Authorization": "Basic \(key)", "Content-Type": "application/x-www-form-urlencoded"]
        fields["RqUID"] = id
        return try exchange(
            .gigachat,
            "POST",
            "/api/v2/oauth",
            fields,
            body: scope.map { "scope=\($0)" } ?? ""
        )
    }

    /// A request to GigaChat with a fresh token.
    func gigachat(_ path: String, _ body: String? = nil, token: String? = nil, _ fields: [String: String] = [:]) throws
        -> RawResponse
    {
        var fields = fields
        fields["Authorization"] = "Bearer \(try token ?? gigachatToken())"
        return try exchange(.gigachat, body == nil ? "GET" : "POST", path, fields, body: body ?? "")
    }

    /// A request to YandexGPT.
    func yandex(_ path: String, _ body: String? = nil, _ fields: [String: String] = [:]) throws -> RawResponse {
        let fields = ["Authorization": "Api-Key key"].merging(fields) { $1 }
        return try exchange(.yandexgpt, body == nil ? "GET" : "POST", path, fields, body: body ?? "")
    }

    /// A request to Naparnik.
    func naparnik(_ path: String, _ body: String? = nil, _ fields: [String: String] = [:]) throws -> RawResponse {
        let fields = ["Authorization": "token", "Content-Type": "application/json"].merging(fields) { $1 }
        return try exchange(.naparnik, body == nil ? "GET" : "POST", path, fields, body: body ?? "")
    }

    /// A request to the OpenAI-compatible provider.
    func openai(_ path: String, _ body: String? = nil, _ fields: [String: String] = [:]) throws -> RawResponse {
        let fields = ["Authorization": "Bearer key"].merging(fields) { $1 }
        return try exchange(.openai, body == nil ? "GET" : "POST", path, fields, body: body ?? "")
    }
}

/// An endpoint has no port.
struct MissingPort: Error {
    let url: String
}

/// An answer lacks what the test needs of it.
struct UnexpectedAnswer: Error {
    let response: RawResponse
}

/// Requests that many tests send.
enum Sample {
    static let key = "Y2xpZW50OnNlY3JldA=="
    static let uuid = "6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e"

    /// A chat of GigaChat version 1, OpenAI and Naparnik's plain form.
    static func chat(_ prompt: String = "привет", model: String = "GigaChat", stream: Bool = false, _ more: String = "")
        -> String
    {
        let streaming = stream ? #","stream":true"# : ""
        return #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(prompt)"}]\#(streaming)\#(more)}"#
    }

    /// A completion of Yandex's native API.
    static func completion(_ prompt: String = "привет", options: String = "{}", _ more: String = "") -> String {
        """
        {"modelUri":"gpt://b1gfolder/yandexgpt/latest","completionOptions":\(options),\
        "messages":[{"role":"user","text":"\(prompt)"}]\(more)}
        """
    }
}
