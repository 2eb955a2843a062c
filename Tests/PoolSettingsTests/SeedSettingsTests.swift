import FoundationEssentials
import HTTPSessionPool
import PoolSettings
import TestSupport
import Testing

/// The settings that the seeds print, under the names that they print them with.
@Suite struct SeedSettingsTests {
    private func load(_ name: String) throws -> PoolSettings.Loaded {
        try PoolSettings.load(.only(file: Fixture.url("settings/seeds/\(name).toml").path))
    }

    // MARK: Seed 002

    @Test func `seed 002's file sets what it says`() throws {
        let loaded = try load("002-configuration")
        #expect(loaded.settings == PoolSettings(), "the file prints the defaults")
        #expect(loaded.warnings.isEmpty && loaded.notes.isEmpty)
        let paths = [
            "enabled", "min_size", "max_size", "idle_timeout", "warmup_on_startup", "health_check_interval",
            "acquire_timeout",
        ]
        #expect(Set(loaded.givenPaths) == Set(paths))
        let file = Fixture.url("settings/seeds/002-configuration.toml").path
        #expect(loaded.origin(of: "idle_timeout") == .toml(file: file, line: 5, column: 16))
        #expect("\(loaded.origin(of: "acquire_timeout"))" == "\(file):8:19")
    }

    @Test func `seed 002's variables set what they say`() throws {
        var sources = PoolSettings.Sources()
        sources.file = .none
        var environment: [String: String] = [:]
        let lines = String(decoding: try Fixture.bytes("settings/seeds/002-variables.sh"), as: UTF8.self)
        for line in lines.split(separator: "\n") {
            let parts = line.dropFirst("export ".count).split(separator: "=").map(String.init)
            environment[parts[0]] = parts[1]
        }
        try #require(environment.count == 7)
        sources.environment = environment
        let loaded = try PoolSettings.load(sources)
        #expect(loaded.settings == PoolSettings())
        #expect(loaded.warnings.isEmpty && loaded.notes.isEmpty)
        #expect(loaded.givenPaths.count == 7)
        for path in loaded.givenPaths {
            #expect(loaded.origin(of: path) == .variable("POOL_SETTINGS__" + path.uppercased()))
        }
    }

    @Test func `seed 002's variables count over its file`() throws {
        var sources = PoolSettings.Sources()
        sources.file = .path(Fixture.url("settings/seeds/002-high-traffic.toml").path)
        sources.environment = ["POOL_SETTINGS__MAX_SIZE": "12", "POOL_SETTINGS__ACQUIRE_TIMEOUT": "2.5"]
        let settings = try PoolSettings.load(sources).settings
        #expect(settings.minSize == 5)
        #expect(settings.maxSize == 12)
        #expect(settings.idleTimeout == .seconds(600))
        #expect(settings.acquireTimeout == .milliseconds(2_500))
    }

    @Test func `seed 002's defaults are the defaults`() {
        let settings = PoolSettings()
        #expect(settings.enabled)
        #expect(settings.minSize == 2)
        #expect(settings.maxSize == 10)
        #expect(settings.idleTimeout == .seconds(300))
        #expect(settings.warmupOnStartup)
        #expect(settings.healthCheckInterval == .seconds(60))
        #expect(settings.acquireTimeout == .seconds(5))
    }

    @Test(arguments: [("002-high-traffic", "high_traffic"), ("002-low-traffic", "low_traffic")])
    func `seed 002's tuning is a preset too`(_ file: String, _ preset: String) throws {
        try expectPreset(preset, equals: try load(file).settings)
    }

    @Test func `seed 002's high traffic gives each request a connection`() throws {
        let limits = try load("002-high-traffic").settings.sessionConfiguration.limits
        #expect(limits.maxConcurrentRequests == 20)
        #expect(limits.maxConnections == 20)
    }

    @Test func `seed 002's switch gives every caller a private session`() async throws {
        let disabled = try load("002-disabled").settings
        #expect(disabled.poolConfiguration.maxSessions == 0)
        let url = "http://127.0.0.1:9"
        let unpooled = SessionPool(configuration: disabled.poolConfiguration)
        let (first, second) = (try await unpooled.session(for: url), try await unpooled.session(for: url))
        #expect(first !== second)
        #expect(unpooled.statistics.sessions.isEmpty)
        let pooled = SessionPool(configuration: PoolSettings().poolConfiguration)
        let (third, fourth) = (try await pooled.session(for: url), try await pooled.session(for: url))
        #expect(third === fourth)
        await unpooled.shutdown(grace: .zero)
        await pooled.shutdown(grace: .zero)
    }

    // MARK: Seed 001

    @Test func `seed 001's synchronous pool`() throws {
        let loaded = try load("001-sync")
        #expect(loaded.settings.maxSessions == 10)
        #expect(loaded.settings.maxSize == 20)
        #expect(loaded.settings.block)
        #expect(loaded.settings.timeout.total == .seconds(30))
        #expect(loaded.settings.timeout.connect == .seconds(5))
        #expect(loaded.settings.timeout.idle == .seconds(25))
        #expect(loaded.notes.count == 6, "each older name is worth a note")
        #expect(loaded.notes.allSatisfy { $0.severity == .note })
        #expect(loaded.warnings.isEmpty)
    }

    @Test func `seed 001's asynchronous pool`() throws {
        let loaded = try load("001-async")
        #expect(loaded.settings.maxTotalConnections == 100)
        #expect(loaded.settings.maxPerHost == 30)
        #expect(loaded.settings.timeout.connect == .seconds(2))
        #expect(loaded.settings.timeout.idle == .seconds(10))
        #expect(loaded.settings.limits.requestsPerMinute == 1_000)
        let pool = loaded.settings.poolConfiguration
        #expect(pool.maxTotalConnections == 100)
        #expect(pool.session.limits.maxConnections == 30)
        #expect(loaded.warnings.map(\.path) == ["pool_settings.max_per_host"], "10 requests cannot use 30 connections")
    }

    @Test func `seed 001's client and logging`() throws {
        let settings = try load("001-client").settings
        #expect(settings.idleTimeout == .seconds(30))
        #expect(settings.httpVersion == .http2)
        #expect(settings.followRedirects)
        #expect(settings.timeout.idle == .seconds(25))
        #expect(settings.timeout.write == .seconds(10))
        #expect(settings.acquireTimeout == .seconds(5))
        #expect(settings.logLevel == .debug)
        #expect(settings.logRequests)
        #expect(settings.sessionConfiguration.maxRedirects == 5)
        #expect(settings.sessionConfiguration.httpVersion == .http2)
    }

    @Test func `seed 001's strategies`() throws {
        let settings = try load("001-strategies").settings
        #expect(settings.minSize == 5 && settings.maxSize == 50)
        #expect(settings.sizing.adjustmentInterval == .seconds(60))
        #expect(settings.healthCheckInterval == .seconds(300))
        #expect(settings.health.unhealthyAfter == 3)
        #expect(settings.warmup.connections == 3)
        #expect(settings.failover.strategy == .roundRobin)
        #expect(settings.regions.map(\.name) == ["us-east", "us-west", "eu-west"])
        #expect(settings.retry.maxRetries == 3)
        #expect(settings.breaker.failureThreshold == 5)
        #expect(settings.breaker.callTimeout == .seconds(30))
        #expect(settings.breaker.resetTimeout == .seconds(60))
    }

    @Test(arguments: [
        ("001-high-throughput", "high_throughput"), ("001-low-latency", "low_latency"), ("001-batch", "batch"),
    ])
    func `seed 001's guidelines are presets too`(_ file: String, _ preset: String) throws {
        let loaded = try load(file)
        #expect(loaded.warnings.isEmpty)
        try expectPreset(preset, equals: loaded.settings)
    }

    private func expectPreset(_ name: String, equals settings: PoolSettings) throws {
        var sources = PoolSettings.Sources()
        sources.file = .none
        sources.environment = ["POOL_SETTINGS__PRESET": name]
        var preset = try PoolSettings.load(sources).settings
        #expect(preset.preset?.rawValue == name)
        preset.preset = nil
        #expect(preset == settings)
        #expect(settings != PoolSettings())
    }

    // MARK: Seed 003

    @Test func `seed 003's names`() throws {
        let settings = try load("003-names").settings
        #expect(settings.minSize == 5 && settings.maxSize == 20)
        #expect(settings.idleTimeout == .seconds(120))
        #expect(settings.maxAge == .seconds(1_800))
        #expect(settings.acquireTimeout == .milliseconds(2_500))
        #expect(settings.healthCheckInterval == .seconds(30))
        #expect(!settings.validateOnAcquire)
        #expect(settings.connectionsPerHost == 4)
    }
}
