import FoundationEssentials
import HTTPSessionPool
@testable import PoolSettings
import TestSupport
import Testing

/// The table of options agrees with itself, with the typed settings and with what the pool takes.
@Suite struct RegistryTests {
    @Test func `every name is there once`() {
        var names: Set<String> = []
        for option in PoolSettings.options {
            for name in [option.path] + option.aliasNames {
                #expect(names.insert(name).inserted, "\(name)")
            }
            #expect(!option.summary.isEmpty && option.summary.hasSuffix("."), "\(option.path)")
            #expect(!option.source.isEmpty, "\(option.path)")
        }
        for option in PoolSettings.options { #expect(!Registry.shared.groups.contains(option.path), "\(option.path)") }
    }

    @Test func `what runs may go on at the end for as long as in code`() {
        #expect(PoolSettings().drainTimeout == Grace.byDefault)
    }

    @Test func `every typed setting has an option`() {
        // Groups have children that are settings; values of one option may have children of their own.
        func leaves(_ value: Any, _ label: String) -> [String] {
            let children = Mirror(reflecting: value).children
            let isGroup = "\(type(of: value))".first?.isUppercase == true && Self.groups.contains("\(type(of: value))")
            return isGroup ? children.flatMap { leaves($0.value, label + "." + ($0.label ?? "")) } : [label]
        }
        #expect(leaves(PoolSettings(), "").count == PoolSettings.options.count)
    }

    private static let groups: Set<String> = [
        "PoolSettings", "Warmup", "Timeout", "Retry", "Hedge", "Breaker", "Limits", "Health", "Sizing", "Failover",
        "Stats", "Trace", "Cluster", "Providers", "GigaChat", "YandexGPT", "Naparnik", "Account",
    ]

    @Test func `the defaults obey their own rules and read back from what is shown`() throws {
        for option in PoolSettings.options {
            let value = option.value(in: PoolSettings())
            let reading = try option.read(SettingsNode(value, origin: .code)).get()
            #expect(reading.value == value, "\(option.path)")
        }
        try PoolSettings().validate()
    }

    @Test func `the names and defaults are those of the specification`() {
        let expected = [
            ("min_size", "POOL_SETTINGS__MIN_SIZE", "2"), ("max_sessions", "POOL_SETTINGS__MAX_SESSIONS", "10"),
            ("max_per_host", "POOL_SETTINGS__MAX_PER_HOST", "max_size"),
            ("max_age_jitter", "POOL_SETTINGS__MAX_AGE_JITTER", "0.1"),
            ("retry.max_retries", "POOL_SETTINGS__RETRY__MAX_RETRIES", "3"),
            ("retry.jitter", "POOL_SETTINGS__RETRY__JITTER", "\"full\""),
            ("retry.statuses", "POOL_SETTINGS__RETRY__STATUSES", "[408, 425, 429, 500, 502, 503, 504, 529]"),
            ("hedge.delay", "POOL_SETTINGS__HEDGE__DELAY", "\"p95\""),
            ("sizing.factor", "POOL_SETTINGS__SIZING__FACTOR", "1.5"),
            ("cluster.command_timeout", "POOL_SETTINGS__CLUSTER__COMMAND_TIMEOUT", "0.05"),
            (
                "providers.gigachat.scope", "POOL_SETTINGS__PROVIDERS__GIGACHAT__SCOPE", "\"GIGACHAT_API_PERS\""
            ),
            (
                "providers.gigachat.auth.refresh_ahead", "POOL_SETTINGS__PROVIDERS__GIGACHAT__AUTH__REFRESH_AHEAD",
                "10 %, at least 60"
            ),
        ]
        for (path, variable, value) in expected {
            let option = PoolSettings.option(path)
            #expect(option?.variable == variable)
            #expect(option?.defaultText == value, "\(path)")
        }
    }

    @Test func `every setting's documentation tells its default`() throws {
        let folder = Fixture.url("../Sources/PoolSettings/Options")
        var count = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".swift") {
            var comment: [Substring] = []
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for line in text.split(separator: "\n").map({ $0.drop { $0 == " " } }) {
                if line.hasPrefix("///") {
                    comment.append(line)
                    continue
                }
                // A group has a name in capitals and parentheses; its settings have defaults of their own.
                let isGroup = line.hasSuffix("()") && line.split(separator: " ").last?.first?.isUppercase == true
                if line.hasPrefix("public var"), !line.contains("{"), !isGroup {
                    let isTold = comment.contains { $0.contains("Default ") }
                    let isRegion = line.contains("name: String") || line.contains("url: String")
                    #expect(isTold || isRegion, "\(line)")
                    count += 1
                }
                comment = []
            }
        }
        // The accounts of three providers share two settings; a region has four fields.
        #expect(count == PoolSettings.options.count - 4 + 4)
    }

    // MARK: Mapping

    @Test(arguments: PoolSettings.options.map(\.path))
    func `an option changes the pool's configuration exactly if it is said to be applied`(_ path: String) throws {
        let option = try #require(PoolSettings.option(path))
        var sample = Sample(seed: 7)
        // Some options show only beside others.
        var before = PoolSettings()
        switch path {
        case "max_redirects": before.followRedirects = true
        case "no_proxy": before.proxy = .url(PoolSettings.Secret("http://proxy.example:3128"))
        case "client_key", "client_key_password": before.clientCert = "client.pem"
        case "limits.concurrency": before.maxSize = 10_000
        default: break
        }
        var after = before
        try option.read(SettingsNode(sample.change(of: option), origin: .code)).get().apply(&after)
        let isChanged = "\(before.poolConfiguration)" != "\(after.poolConfiguration)"
        guard path != "preset" else { return }
        if PoolSettings.isApplied(path) {
            #expect(isChanged || PoolSettings.isReadByOthers(path), "\(path)")
        } else {
            #expect(!isChanged, "\(path)")
        }
    }

    @Test func `the defaults make the pool's own defaults, but for what the settings say otherwise`() {
        var expected = PoolConfiguration()
        expected.session.timeouts.streamTotal = .seconds(900)
        // Code opens no connection unasked; the settings file keeps two, as its document says.
        expected.session.minConnections = 2
        #expect("\(PoolSettings().poolConfiguration)" == "\(expected)")
    }

    @Test func `zero switches time limits off`() {
        var settings = PoolSettings()
        settings.timeout = PoolSettings.Timeout()
        settings.timeout.total = .zero
        settings.timeout.streamTotal = .zero
        settings.maxAge = .zero
        settings.block = false
        let session = settings.sessionConfiguration
        #expect(session.timeouts.total == nil && session.timeouts.streamTotal == nil)
        #expect(session.timeouts.connect == .seconds(5))
        #expect(session.maxAge > .seconds(100_000_000))
        #expect(session.limits.maxWaiters == 0)
        #expect(settings.poolConfiguration.acquireTimeout == .zero)
    }
}
