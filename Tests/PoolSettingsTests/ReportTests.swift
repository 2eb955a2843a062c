import FoundationEssentials
@testable import PoolSettings
import TestSupport
import Testing

/// What `config show` prints, and how settings are read again.
@Suite struct ReportTests {
    private func load(_ directory: TemporaryDirectory, _ name: String) throws -> PoolSettings.Loaded {
        try PoolSettings.load(.only(file: directory.file(name)))
    }

    @Test(arguments: UInt64(0)..<100) func `what is shown reads back as the same settings`(_ seed: UInt64) throws {
        var sample = Sample(seed: seed)
        var sources = PoolSettings.Sources()
        sources.environment = [:]
        sources.file = .none
        let extra = ["regions", "no_proxy", "failover.strategy", "limits.requests_per_minute"]
        for option in PoolSettings.options {
            guard !Sample.entangled.contains(option.path) || extra.contains(option.path), sample.random.chance(60)
            else {
                continue
            }
            var value = sample.value(for: option)
            if option.path == "limits.requests_per_minute" { value = .integer(6_000) }
            if option.path == "failover.strategy" { value = .text("primary_backup") }
            let reading = try option.read(SettingsNode(value, origin: .code)).get()
            sources.code.append(PoolSettings.Assignment(keyPath: option.keyPath, apply: reading.apply))
        }
        sources.set(\.regions, to: [PoolSettings.Region(name: "\"a\"\\ é", url: "https://a.example.com/v1")])
        sources.set(\.proxy, to: .url(PoolSettings.Secret("http://proxy.example:3128")))
        let loaded = try PoolSettings.load(sources)

        let directory = try TemporaryDirectory()
        for showsOrigins in [false, true] {
            try directory.write("shown.toml", SettingsReport(loaded, showsOrigins: showsOrigins).toml)
            #expect(try load(directory, "shown.toml").settings == loaded.settings)
        }
        try directory.write("shown.json", SettingsReport(loaded, showsOrigins: false).json)
        #expect(try load(directory, "shown.json").settings == loaded.settings)
    }

    @Test func `each value has its origin beside it`() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("pool.toml", "[pool_settings]\npreset = \"high_traffic\"\nmax_size = 30\n")
        var sources = PoolSettings.Sources()
        sources.file = .path(file)
        sources.environment = [
            "POOL_SETTINGS__RETRY__BASE": "250ms", "POOL_CONFIG_JSON": #"{"pool_settings": {"block": false}}"#,
        ]
        sources.set(\.maxWaiters, to: 7)
        sources.set("eviction", text: "fifo", option: "--set")
        let report = SettingsReport(try PoolSettings.load(sources), showsOrigins: true)
        let lines = Set(report.toml.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") })
        for line in [
            "preset = \"high_traffic\" # \(file):2:10", "max_size = 30 # \(file):3:12",
            "idle_timeout = 600 # preset high_traffic", "max_sessions = 10 # default",
            "block = false # env POOL_CONFIG_JSON $.pool_settings.block",
            "base = 0.25 # env POOL_SETTINGS__RETRY__BASE; not applied by this version",
            "max_waiters = 7 # code", "eviction = \"fifo\" # option --set",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        let json = try JSONDecoder().decode(Shown.self, from: Data(report.json.utf8))
        #expect(json.pool_settings.max_size == Shown.Leaf(value: 30, origin: "\(file):3:12", applied: true))
        #expect(json.files == [file])
        #expect(json.not_applied.contains("retry.base"))
        #expect(!json.not_applied.contains("max_size"))
    }

    private struct Shown: Decodable {
        struct Leaf: Decodable, Equatable { let value: Int, origin: String, applied: Bool }
        struct Settings: Decodable { let max_size: Leaf }
        let pool_settings: Settings
        let files, not_applied: [String]
    }

    // MARK: Secrets

    @Test func `a secret comes from a file or a variable, and is never shown`() throws {
        let directory = try TemporaryDirectory()
        let token = try directory.write("token", "hunter2-of-operators\n")
        let file = try directory.write(
            "pool.toml",
            """
            [pool_settings]
            stats.host = "0.0.0.0"
            stats.token_file = "\(token)"
            cluster.url_env = "MY_REDIS"
            proxy_env = "MY_PROXY"
            """
        )
        var sources = PoolSettings.Sources()
        sources.file = .path(file)
        sources.environment = [
            "MY_REDIS": "redis://:hunter2-redis@redis.example/0",
            "MY_PROXY": "http://user:hunter2-proxy@proxy.example:3128",
        ]
        let loaded = try PoolSettings.load(sources)
        let settings = loaded.settings
        #expect(settings.stats.token?.reveal() == "hunter2-of-operators")
        #expect(settings.cluster.url?.reveal() == "redis://:hunter2-redis@redis.example/0")
        #expect(settings.proxy == .url(PoolSettings.Secret("http://user:hunter2-proxy@proxy.example:3128")))
        #expect("\(loaded.origin(of: "stats.token"))" == "file \(token), named by \(file):3:20")
        #expect("\(loaded.origin(of: "proxy"))" == "env MY_PROXY, named by \(file):5:13")

        var other = settings
        other.stats.token = PoolSettings.Secret("hunter2-other")
        var dumped = ""
        dump(loaded, to: &dumped)
        let report = SettingsReport(loaded, showsOrigins: true)
        let texts = [
            report.toml, report.json, dumped, "\(settings)", String(reflecting: settings), "\(loaded)",
            String(reflecting: loaded),
            "\(other.changes(since: settings))", "\(settings.poolConfiguration)",
        ]
        for text in texts { #expect(!text.contains("hunter2"), "\(text)") }
        #expect(report.toml.contains("# token: ***"))
        #expect(report.toml.contains("# proxy: \"http://***@proxy.example:3128\""))
        #expect(other.changes(since: settings).map(\.path) == ["stats.token"])
    }

    @Test(arguments: [
        "POOL_SETTINGS__STATS__TOKEN", "POOL_SETTINGS__PROXY", "POOL_SETTINGS__CLUSTER__URL",
        "POOL_SETTINGS__CLIENT_KEY_PASSWORD", "POOL_SETTINGS__STATS__TOKEN_ENV", "POOL_SETTINGS__REGIONS",
    ])
    func `a secret in the wrong shape is not in the error`(_ variable: String) throws {
        var sources = PoolSettings.Sources()
        sources.file = .none
        for text in [
            "a\u{1}hunter2@b", "ftp://hunter2:hunter2@host", "[{\"name\": \"a\", \"url\": \"https://hunter2@b\"}]",
        ] {
            sources.environment = [variable: text, "POOL_SETTINGS__MAX_SIZE": "0"]
            let error = try #require(throws: ConfigurationError.self) { try PoolSettings.load(sources) }
            #expect(!"\(error)".contains("hunter2"), "\(error)")
            #expect(!String(reflecting: error).contains("hunter2"))
        }
    }

    /// What `docker --env-file` makes of a document in quotes, and what else is no path.
    @Test(arguments: [
        #"'{"pool_settings":{"proxy":"http://user:hunter2@proxy:3128"}}'"#, #""{\"proxy\":\"hunter2\"}""#,
        "[hunter2]\n{", "http://user:hunter2@host/config.json", "key=hunter2", "user:hunter2@host", "'hunter2'",
    ])
    func `a document that is no path is not shown`(_ text: String) throws {
        for variable in ["POOL_CONFIG_JSON", "POOL_CONFIG_FILE"] {
            var sources = PoolSettings.Sources()
            sources.directory = "/nonexistent"
            sources.environment = [variable: text]
            let error = try #require(throws: ConfigurationError.self) { try PoolSettings.load(sources) }
            #expect(!"\(error)".contains("hunter2"), "\(error)")
            #expect("\(error)".contains(variable))
        }
    }

    @Test func `a document may begin with a byte order mark, and a blank variable is not set`() throws {
        var sources = PoolSettings.Sources()
        sources.directory = "/nonexistent"
        sources.environment = [
            "POOL_CONFIG_JSON": "\u{FEFF}{\"pool_settings\": {\"max_size\": 7, \"preset\": \"high_traffic\"}}",
            "POOL_SETTINGS__MIN_SIZE": "  ", "POOL_SETTINGS__PRESET": "none",
        ]
        let loaded = try PoolSettings.load(sources)
        #expect(loaded.settings.maxSize == 7)
        #expect(loaded.settings.minSize == PoolSettings().minSize)
        #expect(loaded.settings.preset == nil, "a variable can switch a file's preset off")
    }

    @Test func `variables that are nearly right are named`() throws {
        var sources = PoolSettings.Sources()
        sources.directory = "/nonexistent"
        sources.environment = [
            "POOL_SETTINGS_MAX_SIZE": "3", "pool_settings__max_size": "4", "POOL_SETTINGS__MAX_SIZE__X": "5",
        ]
        let warnings = try PoolSettings.load(sources).warnings.map(\.description)
        #expect(warnings.count == 3)
        #expect(warnings.allSatisfy { $0.contains("did you mean \"POOL_SETTINGS__MAX_SIZE\"?") }, "\(warnings)")
    }

    // MARK: Reading again

    @Test(arguments: [String?.none, "", "# nothing yet\n"])
    func `a file that was found and is gone, or empty, means no defaults`(_ rest: String?) throws {
        let directory = try TemporaryDirectory()
        try directory.write("session-pool.toml", "[pool_settings]\nmax_size = 20\n")
        var sources = PoolSettings.Sources()
        sources.directory = directory.path
        sources.environment = [:]
        var loaded = try PoolSettings.load(sources)
        if let rest {
            // Foundation leaks its buffer when it reads an empty file.
            try directory.write("session-pool.toml", rest.isEmpty ? "\n" : rest)
        } else {
            try FileManager.default.removeItem(atPath: directory.file("session-pool.toml"))
        }
        let error = try #require(throws: ConfigurationError.self) { try loaded.reload() }
        #expect("\(error)".contains("session-pool.toml"))
        #expect(loaded.settings.maxSize == 20)
    }

    @Test func `settings that cannot be used change nothing, others change all at once`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("pool.toml", "[pool_settings]\nmax_size = 20\n")
        var loaded = try load(directory, "pool.toml")
        #expect(try loaded.reload() == [])

        try directory.write("pool.toml", "[pool_settings]\nmax_size = 30\nmin_size = 40\n")
        let error = try #require(throws: ConfigurationError.self) { try loaded.reload() }
        #expect(error.issues.map(\.path) == ["pool_settings.min_size"] || error.issues.count == 1)
        #expect(loaded.settings.maxSize == 20 && loaded.settings.minSize == 2)

        try directory.write("pool.toml", "[pool_settings]\nmax_size = 30\ntimeout.idle = \"90s\"\nstats.port = 9000\n")
        let changes = try loaded.reload()
        #expect(
            changes.map(\.description) == [
                "max_size: 10 -> 30 (drain)".replacing("10", with: "20"), "timeout.idle: 30 -> 90 (live)",
                "stats.port: 8000 -> 9000 (restart)",
            ]
        )
        #expect(loaded.settings.maxSize == 30)

        try FileManager.default.removeItem(atPath: directory.file("pool.toml"))
        #expect(throws: ConfigurationError.self) { try loaded.reload() }
        #expect(loaded.settings.timeout.idle == .seconds(90))
    }

    @Test func `an empty difference means equal settings`() {
        var sample = Sample(seed: 3)
        var settings = PoolSettings()
        #expect(settings.changes(since: PoolSettings()).isEmpty)
        for option in PoolSettings.options {
            let node = SettingsNode(sample.change(of: option), origin: .code)
            guard case .success(let reading) = option.read(node) else {
                Issue.record("no value for \(option.path)")
                continue
            }
            reading.apply(&settings)
            #expect(settings.changes(since: PoolSettings()).last?.path == option.path)
        }
        #expect(settings.changes(since: PoolSettings()).count == PoolSettings.options.count)
    }
}
