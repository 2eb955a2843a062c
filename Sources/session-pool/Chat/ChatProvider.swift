internal import AIProviders
internal import HTTPSessionPool
internal import PoolSettings

/// A provider that `chat` can ask.
enum ChatProvider: String, CaseIterable, Sendable {
    case gigachat, yandexgpt, naparnik, openai

    /// What is told to a client on top of the environment.
    struct Settings: Sendable {
        var baseURL: String?
        var authURL: String?
        var model: String?
        /// The longest that an answer may take, streamed or not.
        var timeout: Duration?
        var usesPool = true

        /// Applies what all sessions have.
        func apply(to session: inout SessionConfiguration) {
            // One question and the program ends: what keeps a session fit for the next one is only in the way.
            session.minConnections = 0
            session.health.interval = nil
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

    /// The provider's client, configured by the settings and the environment.
    ///
    /// - Parameters:
    ///   - settings: What the command line says.
    ///   - loaded: The pool's settings.
    /// - Returns: The client.
    /// - Throws: ``CommandFailure`` that names what is missing or wrong.
    func client(_ settings: Settings, _ loaded: PoolSettings.Loaded) throws(CommandFailure) -> any ChatClient {
        let client: any ChatClient
        do throws(ProviderError) {
            switch self {
            case .gigachat: client = try gigaChat(settings, loaded)
            case .yandexgpt: client = try yandexGPT(settings, loaded)
            case .naparnik: client = try naparnik(settings, loaded)
            case .openai: client = try openAI(settings, loaded)
            }
        } catch {
            throw CommandFailure(error)
        }
        // The others have a model by default.
        if let openAI = client as? OpenAICompatibleClient, openAI.configuration.model == nil {
            throw CommandFailure(.configuration, "openai: The model is missing: give it with --model or OPENAI_MODEL")
        }
        return client
    }

    private func gigaChat(_ settings: Settings, _ loaded: PoolSettings.Loaded) throws(ProviderError) -> any ChatClient {
        var configuration = try loaded.gigaChat()
        if let url = settings.baseURL { configuration.baseURL = url }
        if let url = settings.authURL { configuration.authURL = url }
        if let model = settings.model { configuration.model = model }
        if !settings.usesPool { configuration.usePool = false }
        configuration.checksHealthByCompletion = false
        settings.apply(to: &configuration.session)
        return try GigaChatClient(configuration)
    }

    private func yandexGPT(_ settings: Settings, _ loaded: PoolSettings.Loaded) throws(ProviderError) -> any ChatClient
    {
        var configuration = try loaded.yandexGPT()
        if let url = settings.baseURL { configuration.baseURL = url }
        if let model = settings.model { configuration.model = model }
        if !settings.usesPool { configuration.usePool = false }
        configuration.checksHealthByCompletion = false
        settings.apply(to: &configuration.session)
        return try YandexGPTClient(configuration)
    }

    private func naparnik(_ settings: Settings, _ loaded: PoolSettings.Loaded) throws(ProviderError) -> any ChatClient {
        var configuration = try loaded.naparnik()
        if let url = settings.baseURL { configuration.baseURL = url }
        if let model = settings.model { configuration.model = model }
        if !settings.usesPool { configuration.usePool = false }
        configuration.checksHealthByCompletion = false
        settings.apply(to: &configuration.session)
        return try NaparnikClient(configuration)
    }

    private func openAI(
        _ settings: Settings,
        _ loaded: PoolSettings.Loaded
    ) throws(ProviderError) -> any ChatClient {
        var environment = ProcessEnvironment.current
        // Another base URL than OpenAI's decides whether a key is needed.
        if let url = settings.baseURL { environment["OPENAI_BASE_URL"] = url }
        var configuration = try loaded.openAICompatible(environment)
        if let model = settings.model { configuration.model = model }
        if !settings.usesPool { configuration.usePool = false }
        configuration.checksHealthByCompletion = false
        settings.apply(to: &configuration.session)
        return try OpenAICompatibleClient(configuration)
    }
}
