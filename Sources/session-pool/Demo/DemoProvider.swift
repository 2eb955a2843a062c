internal import AIProviders
internal import HTTPSessionPool
internal import PoolSettings
internal import ProviderSimulator

/// A provider of the demo: its client, and how many chats its account may run at once.
struct DemoProvider: Sendable {
    /// The simulator's name of it.
    let id: SimulatorProvider
    /// Chats that the account may run at once.
    let limit: Int
    /// Its client.
    let client: any ChatClient

    /// The three providers at a simulator, each with the limit that its client has by default.
    ///
    /// - Parameters:
    ///   - endpoints: Where the simulator listens.
    ///   - usesPool: Whether the clients take their sessions from the shared pool.
    ///   - settings: What the clients are configured by, if not by their defaults.
    /// - Returns: The providers, in the order in which they are shown.
    /// - Throws: ``ProviderError`` when a client cannot be made.
    static func all(
        at endpoints: SimulatorEndpoints,
        usesPool: Bool,
        settings: PoolSettings.Loaded? = nil
    ) throws(ProviderError) -> [DemoProvider] {
        func prepare(_ session: inout SessionConfiguration) {
            session.tls.additionalRoots = endpoints.caFile.map { [.file($0)] } ?? []
            session.proxy = .none
            // A machine that is busy with something else is no failure of a run that counts connections.
            session.timeouts.connect = .seconds(60)
        }

        // The authorization key of the cabinet is Base64; this one says demo:demo.
        var gigaChat = GigaChatConfiguration(credentials: .authorizationKey("ZGVtbzpkZW1v"))
        settings?.apply(to: &gigaChat)
        gigaChat.baseURL = endpoints.gigachat.baseURL
        gigaChat.authURL = endpoints.gigachat.authURL
        prepare(&gigaChat.session)
        gigaChat.usePool = usesPool

        var yandex = YandexGPTConfiguration(folderID: "b1gdemo", credentials: .apiKey("demo-key"))
        settings?.apply(to: &yandex)
        yandex.baseURL = endpoints.yandexgpt.baseURL
        prepare(&yandex.session)
        yandex.usePool = usesPool

        var naparnik = NaparnikConfiguration(token: "demo-token")
        settings?.apply(to: &naparnik)
        naparnik.baseURL = endpoints.naparnik.baseURL
        prepare(&naparnik.session)
        naparnik.usePool = usesPool

        return [
            DemoProvider(
                id: .gigachat,
                limit: gigaChat.maxConcurrentRequests ?? gigaChat.scope.defaultConcurrency,
                client: try GigaChatClient(gigaChat)
            ),
            DemoProvider(
                id: .yandexgpt,
                limit: yandex.session.limits.maxConcurrentRequests,
                client: try YandexGPTClient(yandex)
            ),
            DemoProvider(
                id: .naparnik,
                limit: naparnik.session.limits.maxConcurrentRequests,
                client: try NaparnikClient(naparnik)
            ),
        ]
    }
}
