import HTTPSessionPool
import ProviderSimulator
import TestSupport

@testable import AIProviders

/// A simulator and a pool of its own, for as long as a test runs.
struct Simulated: Sendable {
    let simulator: ProviderSimulator
    let pool: SessionPool

    /// Runs `body` beside a simulator.
    static func run<Result>(
        _ change: (inout SimulatorConfiguration) -> Void = { _ in },
        _ body: (Simulated) async throws -> Result
    ) async throws -> Result {
        var configuration = SimulatorConfiguration()
        change(&configuration)
        let simulated = Simulated(
            simulator: try ProviderSimulator(configuration: configuration),
            pool: SessionPool()
        )
        do {
            let result = try await body(simulated)
            await simulated.end()
            return result
        } catch {
            await simulated.end()
            throw error
        }
    }

    private func end() async {
        await pool.shutdown(grace: .zero)
        simulator.stop()
    }

    /// What one provider has counted.
    func counts(_ provider: SimulatorProvider) -> SimulatorStatistics.Provider {
        simulator.statistics[provider]
    }

    /// Makes a session trust the simulator.
    func trust(_ session: inout SessionConfiguration) {
        session.proxy = .none
        if let file = simulator.endpoints.caFile { session.tls.additionalRoots = [.file(file)] }
    }

    func gigaChat(_ change: (inout GigaChatConfiguration) -> Void = { _ in }) throws -> GigaChatClient {
        var configuration = GigaChatConfiguration(credentials: .client(id: "cid", secret: "secret"))
        configuration.baseURL = simulator.endpoints.gigachat.baseURL
        configuration.authURL = simulator.endpoints.gigachat.authURL
        configuration.pool = pool
        trust(&configuration.session)
        change(&configuration)
        return try GigaChatClient(configuration)
    }

    func yandexGPT(
        _ credentials: YandexGPTConfiguration.Credentials = .apiKey("key-0123"),
        _ change: (inout YandexGPTConfiguration) -> Void = { _ in }
    ) throws -> YandexGPTClient {
        var configuration = YandexGPTConfiguration(folderID: "b1gfolder", credentials: credentials)
        configuration.baseURL = simulator.endpoints.yandexgpt.baseURL
        configuration.iamURL = simulator.endpoints.yandexgpt.iamURL
        configuration.pool = pool
        trust(&configuration.session)
        change(&configuration)
        return try YandexGPTClient(configuration)
    }

    func naparnik(
        _ api: NaparnikConfiguration.API = .conversations,
        _ change: (inout NaparnikConfiguration) -> Void = { _ in }
    ) throws -> NaparnikClient {
        var configuration = NaparnikConfiguration(token: "token-0123", api: api)
        configuration.baseURL = simulator.endpoints.naparnik.baseURL
        configuration.pool = pool
        trust(&configuration.session)
        change(&configuration)
        return try NaparnikClient(configuration)
    }

    func openAI(
        _ change: (inout OpenAICompatibleConfiguration) -> Void = { _ in }
    ) throws -> OpenAICompatibleClient {
        var configuration = OpenAICompatibleConfiguration.openAI(apiKey: "key-0123", model: "gpt-4o-mini")
        configuration.baseURL = simulator.endpoints.openai.baseURL
        configuration.pool = pool
        trust(&configuration.session)
        change(&configuration)
        return try OpenAICompatibleClient(configuration)
    }

    func yandexOpenAI(
        model: String = "yandexgpt/latest",
        _ change: (inout OpenAICompatibleConfiguration) -> Void = { _ in }
    ) throws -> OpenAICompatibleClient {
        var configuration = OpenAICompatibleConfiguration.yandex(folder: "b1gfolder", apiKey: "key-0123", model: model)
        configuration.baseURL = simulator.endpoints.yandexgpt.openAIBaseURL
        configuration.pool = pool
        trust(&configuration.session)
        change(&configuration)
        return try OpenAICompatibleClient(configuration)
    }

    /// A client of every protocol.
    func client(_ dialect: Dialect) throws -> any ChatClient {
        switch dialect {
        case .gigaChat1: try gigaChat()
        case .gigaChat2: try gigaChat { $0.apiVersion = .v2 }
        case .yandexGPT: try yandexGPT()
        case .yandexOpenAI: try yandexOpenAI()
        case .naparnik: try naparnik()
        case .naparnikCompletions: try naparnik(.completions)
        case .openAI: try openAI()
        }
    }
}

/// The protocols that clients speak.
enum Dialect: String, CaseIterable, Sendable {
    case gigaChat1, gigaChat2, yandexGPT, yandexOpenAI, naparnik, naparnikCompletions, openAI

    /// Who speaks it.
    var provider: SimulatorProvider {
        switch self {
        case .gigaChat1, .gigaChat2: .gigachat
        case .yandexGPT, .yandexOpenAI: .yandexgpt
        case .naparnik, .naparnikCompletions: .naparnik
        case .openAI: .openai
        }
    }

    /// Those whose streams are server-sent events.
    static let ofEvents = allCases.filter { $0 != .yandexGPT }

    /// What chats are sent to.
    var chatPath: String {
        switch self {
        case .yandexGPT: "/completion"
        case .naparnik: "/messages"
        default: "/chat/completions"
        }
    }
}
