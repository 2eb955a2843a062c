import HTTPSessionPool
import TestSupport

@testable import AIProviders

/// A loopback server and a pool of its own, for as long as a test runs.
struct Provided: Sendable {
    let server: LoopbackServer
    let pool: SessionPool

    /// Runs `body` beside a server that answers with `handler`.
    static func run<Result>(
        _ handler: @escaping LoopbackServer.Handler,
        _ body: (Provided) async throws -> Result
    ) async throws -> Result {
        try await LoopbackServer.serving(handler) { server in
            let pool = SessionPool()
            do {
                let result = try await body(Provided(server: server, pool: pool))
                await pool.shutdown(grace: .zero)
                return result
            } catch {
                await pool.shutdown(grace: .zero)
                throw error
            }
        }
    }

    /// A client for the OpenAI format.
    func openAI(
        _ change: (inout OpenAICompatibleConfiguration) -> Void = { _ in }
    ) throws -> OpenAICompatibleClient {
        var configuration = OpenAICompatibleConfiguration(baseURL: server.url + "/v1", apiKey: "key-0123", model: "m-1")
        configuration.pool = pool
        configuration.session.proxy = .none
        change(&configuration)
        return try OpenAICompatibleClient(configuration)
    }

    /// A client for GigaChat whose tokens come from the same server.
    func gigaChat(
        _ change: (inout GigaChatConfiguration) -> Void = { _ in },
        now: @escaping @Sendable () -> TokenState.Instant = { .now }
    ) throws -> GigaChatClient {
        var configuration = GigaChatConfiguration(credentials: .authorizationKey("a2V5LTAxMjM="))
        configuration.baseURL = server.url + "/api/v1"
        configuration.authURL = server.url + "/oauth"
        configuration.pool = pool
        configuration.session.proxy = .none
        change(&configuration)
        return try GigaChatClient(configuration, now: now)
    }

    /// A client for YandexGPT.
    func yandexGPT(
        _ credentials: YandexGPTConfiguration.Credentials = .apiKey("key-0123"),
        _ change: (inout YandexGPTConfiguration) -> Void = { _ in }
    ) throws -> YandexGPTClient {
        var configuration = YandexGPTConfiguration(folderID: "b1g", credentials: credentials)
        configuration.baseURL = server.url + "/foundationModels/v1"
        configuration.iamURL = server.url
        configuration.pool = pool
        configuration.session.proxy = .none
        change(&configuration)
        return try YandexGPTClient(configuration)
    }

    /// A client for 1C:Naparnik.
    func naparnik(
        _ api: NaparnikConfiguration.API = .conversations,
        _ change: (inout NaparnikConfiguration) -> Void = { _ in }
    ) throws -> NaparnikClient {
        var configuration = NaparnikConfiguration(token: "token-0123", api: api)
        configuration.baseURL = server.url
        configuration.pool = pool
        configuration.session.proxy = .none
        change(&configuration)
        return try NaparnikClient(configuration)
    }
}

extension LoopbackReply {
    /// A fixture as a whole JSON answer.
    static func json(_ fixture: String, status: Int = 200, headers: [String] = []) throws -> LoopbackReply {
        let type = ["Content-Type: application/json; charset=utf-8"]
        return bytes(try Fixture.bytes(fixture), status: status, headers: type + headers)
    }

    /// A fixture as a stream of events, each in a chunk of its own.
    static func events(_ fixture: String, gates: [Gate] = []) throws -> LoopbackReply {
        let text = String(decoding: try Fixture.bytes(fixture), as: UTF8.self)
        var pieces: [String] = []
        var rest = text[...]
        while let end = rest.firstRange(of: "\n\n") {
            pieces.append(String(rest[..<end.upperBound]))
            rest = rest[end.upperBound...]
        }
        return chunked(pieces, headers: ["Content-Type: text/event-stream", "X-Request-Id: r-1"], gates: gates)
    }

    /// A token as GigaChat gives it, valid for half an hour.
    static func token(_ name: String) -> LoopbackReply {
        let expiry = Int64((UnixTime.now.sinceEpoch + .seconds(1_800)) / .milliseconds(1))
        return text(#"{"access_token":"\#(name)","expires_at":\#(expiry)}"#)
    }
}

extension Substring {
    /// The first range of `text`.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
