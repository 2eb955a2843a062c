import AIProviders
import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import PoolSettings

/// What settings mean for the providers' clients.
struct ClientSettingsTests {
    private static let credentials = [
        "GIGACHAT_CREDENTIALS": "dXNlcjpzZWNyZXQ=", "YC_FOLDER_ID": "b1g", "YC_API_KEY": "key",
        "ONEC_AI_TOKEN": "token",
        "OPENAI_API_KEY": "key",
    ]

    private static let roots = "/etc/ssl/certs/ca-certificates.crt"

    /// Settings of a file and of variables.
    private static func load(_ toml: String, _ variables: [String: String] = [:]) throws -> PoolSettings.Loaded {
        let directory = try TemporaryDirectory("clients")
        var sources = PoolSettings.Sources.only(file: try directory.write("pool.toml", "[pool_settings]\n" + toml))
        sources.environment = variables
        sources.readsVariables = true
        return try PoolSettings.load(sources)
    }

    /// The session of every client.
    private static func sessions(
        _ loaded: PoolSettings.Loaded,
        _ variables: [String: String] = [:]
    ) throws -> [SessionConfiguration] {
        let environment = credentials.merging(variables) { _, new in new }
        return [
            try loaded.gigaChat(environment).session, try loaded.yandexGPT(environment).session,
            try loaded.naparnik(environment).session, try loaded.openAICompatible(environment).session,
        ]
    }

    @Test func `a variable that demands certificates counts over a file that does not`() throws {
        let loaded = try Self.load("insecure = true")
        let gigaChat = try Self.sessions(loaded, ["GIGACHAT_VERIFY_SSL_CERTS": "true"])[0]
        let naparnik = try loaded.naparnik(["NAPARNIK_API_KEY": "key", "NAPARNIK_VERIFY_SSL": "true"]).session
        #expect(gigaChat.tls.verification == .full && naparnik.tls.verification == .full)
        let others = try Self.sessions(loaded)
        #expect(others.allSatisfy { $0.tls.verification == .disabledInsecurely })
    }

    @Test func `an option brings no value of its neighbour's with it`() throws {
        let usual = try Self.sessions(try Self.load("")).map(\.timeouts.acquire)
        #expect(try Self.sessions(try Self.load("block = true")).map(\.timeouts.acquire) == usual)
        // A file's max_per_host is weaker than the client's variable, whoever sets max_size.
        let loaded = try Self.load("max_per_host = 7", ["POOL_SETTINGS__MAX_SIZE": "30"])
        let gigaChat = try Self.sessions(loaded, ["GIGACHAT_MAX_CONNECTIONS": "3"])[0]
        #expect(gigaChat.limits.maxConnections == 3)
        #expect(try Self.sessions(loaded)[0].limits.maxConnections == 7)
    }

    @Test func `code may name another scope after the settings`() throws {
        var configuration = try Self.load("").gigaChat(Self.credentials)
        #expect(configuration.maxConcurrentRequests == nil)
        configuration.scope = .corporate
        #expect(configuration.maxConcurrentRequests == nil)
        let limited = try Self.load("[pool_settings.limits]\nconcurrency = 4").gigaChat(Self.credentials)
        #expect(limited.maxConcurrentRequests == 4)
    }

    @Test func `what code sets before the variables is kept, and weaker than they`() throws {
        let gigaChat = try GigaChatConfiguration.fromEnvironment(Self.credentials) { $0.profanityCheck = true }
        #expect(gigaChat.profanityCheck == true)
        let variables = ["OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "https://there.example/v1"]
        let openAI = try OpenAICompatibleConfiguration.fromEnvironment(variables) {
            $0.baseURL = "https://here.example"
        }
        #expect(openAI.baseURL == "https://there.example/v1")
    }

    @Test func `what nobody sets is the client's own, but for the connections that settings keep warm`() throws {
        let loaded = try Self.load("")
        let environment = Self.credentials
        var gigaChat = GigaChatConfiguration(credentials: .authorizationKey("dXNlcjpzZWNyZXQ=")).session
        // One request at a time needs one connection.
        gigaChat.minConnections = 1
        gigaChat.limits.maxConcurrentRequests = 1
        var yandex = YandexGPTConfiguration(folderID: "b1g", credentials: .apiKey("key")).session
        yandex.minConnections = 2
        var naparnik = NaparnikConfiguration(token: "token").session
        naparnik.minConnections = 2
        var openAI = OpenAICompatibleConfiguration.openAI(apiKey: "key").session
        openAI.minConnections = 2
        #expect(try Self.sessions(loaded) == [gigaChat, yandex, naparnik, openAI])
        let made = try loaded.gigaChat(environment)
        #expect(made.usePool && !made.checksHealthByCompletion && made.tokenRefreshLeeway == nil)
        #expect(made.scope == .personal && made.maxConcurrentRequests == nil)
    }

    @Test func `a setting reaches every client, the default's value as well`() throws {
        // 60 s is the pool's default and not the clients'.
        let toml = """
            min_size = 1
            idle_timeout = 120
            acquire_timeout = 7
            follow_redirects = true
            proxy = "none"
            ca_file = "\(Self.roots)"
            timeout.total = 60
            timeout.first_byte = 40
            health.mode = "connect"
            """
        for session in try Self.sessions(try Self.load(toml)) {
            #expect(session.minConnections == 1 && session.idleTimeout == .seconds(120) && session.maxRedirects == 5)
            #expect(session.timeouts.acquire == .seconds(7) && session.timeouts.total == .seconds(60))
            #expect(session.timeouts.firstByte == .seconds(40) && session.timeouts.connect == .seconds(10))
            #expect(session.proxy == .none && session.health.mode == .connect)
            #expect(session.tls.additionalRoots == [.file(Self.roots)])
        }
    }

    @Test func `the account's limits: the provider's own, then that of all, then the provider's default`() throws {
        let file = """
            limits.concurrency = 4
            [pool_settings.providers.gigachat]
            scope = "GIGACHAT_API_B2B"
            auth.refresh_ahead = 90
            [pool_settings.providers.yandexgpt]
            concurrency = 30
            auth.refresh_ahead = "2m"
            """
        let loaded = try Self.load(file)
        let gigaChat = try loaded.gigaChat(Self.credentials)
        #expect(gigaChat.scope == .business && gigaChat.maxConcurrentRequests == 4)
        #expect(gigaChat.tokenRefreshLeeway == .seconds(90))
        let yandex = try loaded.yandexGPT(Self.credentials)
        #expect(yandex.session.limits.maxConcurrentRequests == 30 && yandex.session.limits.maxConnections == 30)
        #expect(yandex.tokenRefreshLeeway == .seconds(120))
        #expect(try loaded.naparnik(Self.credentials).session.limits.maxConcurrentRequests == 4)
        #expect(try loaded.openAICompatible(Self.credentials).session.limits.maxConcurrentRequests == 4)
    }

    @Test func `max_size lowers the limit of an account and never raises it`() throws {
        let few = try Self.sessions(try Self.load("max_size = 2"))
        #expect(few.map(\.limits.maxConcurrentRequests) == [1, 2, 2, 2])
        let many = try Self.sessions(try Self.load("max_size = 50"))
        #expect(many.map(\.limits.maxConcurrentRequests) == [1, 10, 2, 50])
        let both = try Self.load("max_size = 5\nproviders.naparnik.concurrency = 8")
        #expect(try Self.sessions(both).map(\.limits.maxConcurrentRequests) == [1, 5, 5, 5])
        #expect(both.warnings.map(\.path) == ["pool_settings.providers.naparnik.concurrency"])
    }

    @Test func `the provider's variables count over files, and variables of the settings over both`() throws {
        let file = """
            timeout.first_byte = 40
            max_per_host = 7
            providers.gigachat.scope = "GIGACHAT_API_B2B"
            providers.gigachat.auth.refresh_ahead = 90
            """
        let own = [
            "GIGACHAT_TIMEOUT": "50", "GIGACHAT_SCOPE": "GIGACHAT_API_CORP", "GIGACHAT_MAX_CONNECTIONS": "1",
            "GIGACHAT_TOKEN_EXPIRY_BUFFER_MS": "1500", "GIGACHAT_CA_BUNDLE_FILE": "/etc/hosts",
        ].merging(Self.credentials) { $1 }
        let loaded = try Self.load(file)
        let configuration = try loaded.gigaChat(own)
        #expect(configuration.session.timeouts.firstByte == .seconds(50) && configuration.scope == .corporate)
        #expect(configuration.session.limits.maxConnections == 1 && configuration.session.minConnections == 1)
        #expect(configuration.tokenRefreshLeeway == .milliseconds(1_500))
        #expect((configuration.maxConcurrentRequests ?? configuration.scope.defaultConcurrency) == 10)

        let stronger = try Self.load(
            file,
            [
                "POOL_SETTINGS__TIMEOUT__FIRST_BYTE": "60",
                "POOL_SETTINGS__PROVIDERS__GIGACHAT__SCOPE": "GIGACHAT_API_PERS",
                "POOL_SETTINGS__MAX_PER_HOST": "9", "POOL_SETTINGS__CA_FILE": Self.roots,
            ]
        )
        let changed = try stronger.gigaChat(own)
        #expect(changed.session.timeouts.firstByte == .seconds(60) && changed.scope == .personal)
        #expect(changed.session.limits.maxConnections == 9)
        #expect((changed.maxConcurrentRequests ?? changed.scope.defaultConcurrency) == 1)
        #expect(Set(changed.session.tls.additionalRoots) == [.file(Self.roots), .file("/etc/hosts")])
    }

    @Test func `pooling is switched off for clients as well`() throws {
        let loaded = try Self.load("enabled = false")
        #expect(try !loaded.gigaChat(Self.credentials).usePool && !loaded.yandexGPT(Self.credentials).usePool)
        #expect(try !loaded.naparnik(Self.credentials).usePool && !loaded.openAICompatible(Self.credentials).usePool)
    }

    @Test func `checks by completion are the clients', are warned of, and are free for the pool's other sessions`()
        throws
    {
        let loaded = try Self.load("health.mode = \"completion\"")
        #expect(try loaded.gigaChat(Self.credentials).checksHealthByCompletion)
        #expect(try loaded.yandexGPT(Self.credentials).checksHealthByCompletion)
        #expect(try loaded.naparnik(Self.credentials).checksHealthByCompletion)
        #expect(try loaded.openAICompatible(Self.credentials).checksHealthByCompletion)
        #expect(loaded.settings.sessionConfiguration.health.mode == .http)
        #expect(loaded.warnings.map(\.path) == ["pool_settings.health.mode"])
        #expect(loaded.warnings.first?.rule.contains("paid") == true)
    }

    @Test func `what code sets after the settings counts`() throws {
        let loaded = try Self.load("timeout.first_byte = 40\nenabled = false")
        var configuration = YandexGPTConfiguration(folderID: "b1g", credentials: .apiKey("key"))
        loaded.apply(to: &configuration)
        #expect(configuration.session.timeouts.firstByte == .seconds(40) && !configuration.usePool)
        configuration.usePool = true
        _ = try YandexGPTClient(configuration)
    }

    @Test func `credentials come from the environment and nowhere else`() throws {
        let loaded = try Self.load("")
        let error = #expect(throws: ProviderError.self) { try loaded.gigaChat([:]) }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("GIGACHAT_CREDENTIALS") == true)
        let broken = #expect(throws: ConfigurationError.self) {
            try Self.load("[pool_settings.providers.gigachat]\ncredentials = \"c2VjcmV0\"")
        }
        #expect(broken.map { !"\($0)".contains("c2VjcmV0") } == true)
    }

    @Test(.timeLimit(.minutes(1))) func `a probe is sent in the mode that the settings ask for`() async throws {
        let simulator = try ProviderSimulator(configuration: SimulatorConfiguration())
        defer { simulator.stop() }
        let chats = "POST /v1/chat/completions"
        for (mode, isPaid) in [("completion", true), ("http", false)] {
            let loaded = try Self.load("health.mode = \"\(mode)\"\nproxy = \"none\"")
            var configuration = try loaded.openAICompatible(
                [
                    "OPENAI_BASE_URL": simulator.endpoints.openai.baseURL, "OPENAI_API_KEY": "key",
                    "OPENAI_MODEL": "gpt-4o-mini",
                ]
            )
            let pool = SessionPool(configuration: loaded.settings.poolConfiguration)
            configuration.pool = pool
            // Less than a settings file may ask for.
            configuration.session.health.interval = .milliseconds(10)
            configuration.session.health.timeout = .seconds(50)
            let client = try OpenAICompatibleClient(configuration)
            let before = simulator.statistics[.openai].requestsByPath[chats] ?? 0
            let session = try await client.session()
            try await eventually { session.health.checks >= 3 }
            await pool.shutdown()
            let after = simulator.statistics[.openai].requestsByPath[chats] ?? 0
            #expect(isPaid ? after - before >= 3 : after == before, "\(mode)")
        }
    }
}
