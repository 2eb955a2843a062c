internal import AIProviders
internal import HTTPSessionPool

/// A provider that `chat` can ask.
enum ChatProvider: String, CaseIterable, Sendable {
    case gigachat, yandexgpt, naparnik, openai

    /// What is told to a client on top of the environment.
    struct Settings: Sendable {
        var baseURL: String?
        var authURL: String?
        var model: String?
        var caFile: String?
        /// The longest that an answer may take, streamed or not.
        var timeout: Duration?
        var usesPool = true

        /// Applies what all sessions have.
        func apply(to session: inout SessionConfiguration) {
            if let caFile { session.tls.additionalRoots.append(.file(caFile)) }
            guard let timeout else { return }
            session.timeouts.total = timeout
            session.timeouts.streamTotal = timeout
            session.timeouts.acquire = session.timeouts.acquire.map { min($0, timeout) }
            session.timeouts.connect = session.timeouts.connect.map { min($0, timeout) }
            session.timeouts.firstByte = session.timeouts.firstByte.map { min($0, timeout) }
            session.timeouts.idle = session.timeouts.idle.map { min($0, timeout) }
            session.timeouts.noProgress = session.timeouts.noProgress.map { min($0, timeout) }
        }
    }

    /// The provider's client, configured by the environment.
    ///
    /// - Throws: ``ProviderError`` that names the variable which is missing or wrong.
    func client(_ settings: Settings) throws(ProviderError) -> any ChatClient {
        switch self {
        case .gigachat: try gigaChat(settings)
        case .yandexgpt: try yandexGPT(settings)
        case .naparnik: try naparnik(settings)
        case .openai: try openAI(settings)
        }
    }

    private func gigaChat(_ settings: Settings) throws(ProviderError) -> any ChatClient {
        var configuration = try GigaChatConfiguration.fromEnvironment()
        if let url = settings.baseURL { configuration.baseURL = url }
        if let url = settings.authURL { configuration.authURL = url }
        if let model = settings.model { configuration.model = model }
        configuration.usePool = settings.usesPool
        settings.apply(to: &configuration.session)
        return try GigaChatClient(configuration)
    }

    private func yandexGPT(_ settings: Settings) throws(ProviderError) -> any ChatClient {
        var configuration = try YandexGPTConfiguration.fromEnvironment()
        if let url = settings.baseURL { configuration.baseURL = url }
        if let model = settings.model { configuration.model = model }
        configuration.usePool = settings.usesPool
        settings.apply(to: &configuration.session)
        return try YandexGPTClient(configuration)
    }

    private func naparnik(_ settings: Settings) throws(ProviderError) -> any ChatClient {
        var configuration = try NaparnikConfiguration.fromEnvironment()
        if let url = settings.baseURL { configuration.baseURL = url }
        if let model = settings.model { configuration.model = model }
        configuration.usePool = settings.usesPool
        settings.apply(to: &configuration.session)
        return try NaparnikClient(configuration)
    }

    private func openAI(_ settings: Settings) throws(ProviderError) -> any ChatClient {
        var environment = ProcessEnvironment.current
        // Another base URL than OpenAI's decides whether a key is needed.
        if let url = settings.baseURL { environment["OPENAI_BASE_URL"] = url }
        var configuration = try OpenAICompatibleConfiguration.fromEnvironment(environment)
        if let model = settings.model { configuration.model = model }
        configuration.usePool = settings.usesPool
        settings.apply(to: &configuration.session)
        return try OpenAICompatibleClient(configuration)
    }
}
