import FoundationEssentials
@testable import PoolSettings
import TestSupport
import Testing

/// Of several sources the strongest one counts, option by option.
@Suite struct PrecedenceTests {
    /// The sources of one run: what each one gives, and what must come out.
    private struct Plan {
        var toml: [String] = []
        var json: [(path: [String], json: String)] = []
        var variables: [String: String] = [:]
        var sources = PoolSettings.Sources()
        /// The value that must count, and the rank of the source that gave it.
        var expected: [String: (value: PoolSettings.Value, rank: Int)] = [:]
    }

    /// What these presets say, for the options that the plan uses.
    private static let presets: [String: [String: PoolSettings.Value]] = [
        "low_traffic": ["warmup_on_startup": .bool(false)],
        "batch": [
            "max_sessions": .integer(5), "max_total_connections": .integer(50),
            "timeout.idle": .duration(.seconds(120)),
        ],
        "high_throughput": [
            "max_sessions": .integer(50), "max_total_connections": .integer(1_000),
            "timeout.idle": .duration(.seconds(30)),
        ],
    ]

    private static func plan(_ sample: inout Sample) throws -> Plan {
        var plan = Plan()
        for option in Sample.free {
            for rank in 2...6 where sample.random.chance(30) {
                let value = sample.value(for: option)
                try give(value, to: option, rank, &plan, &sample)
                plan.expected[option.path] = (value, rank)
            }
        }
        if sample.random.chance(70) {
            let name = sample.pick(presets.keys.sorted())
            plan.variables["POOL_SETTINGS__PRESET"] = name
            for (path, value) in presets[name] ?? [:] where plan.expected[path] == nil {
                plan.expected[path] = (value, 1)
            }
        }
        return plan
    }

    private static func give(
        _ value: PoolSettings.Value,
        to option: PoolSettings.Option,
        _ rank: Int,
        _ plan: inout Plan,
        _ sample: inout Sample
    ) throws {
        // Other names mean the same; those that translate their values do not take every one.
        let names = [option.path] + option.aliases.filter { $0.translate == nil }.map(\.name)
        let name = sample.pick(names)
        switch rank {
        case 2: plan.toml.insert("\(name) = \(sample.toml(value))", at: sample.random.below(plan.toml.count + 1))
        case 3: plan.json.append((name.split(separator: ".").map(String.init), value.json))
        case 4: plan.variables[PoolSettings.Option.variable(name)] = sample.variable(value)
        case 5:
            let reading = try option.read(SettingsNode(value, origin: .code)).get()
            plan.sources.code.append(PoolSettings.Assignment(keyPath: option.keyPath, apply: reading.apply))
        default: plan.sources.set(name, text: sample.variable(value), option: "--set")
        }
    }

    @Test(arguments: UInt64(0)..<200) func `the strongest source counts for each option alone`(_ seed: UInt64) throws {
        var sample = Sample(seed: seed)
        var plan = try Self.plan(&sample)
        let directory = try TemporaryDirectory()
        try directory.write(
            sample.pick([".ccproxy.toml", "ccproxy.toml", "session-pool.toml"]),
            """
            title = "another program's"
            [pool_settings]
            \(plan.toml.joined(separator: "\n"))

            """
        )
        let document = "{\"pool_settings\": \(plan.json.isEmpty ? "{}" : nestedJSON(plan.json))}"
        plan.variables["POOL_CONFIG_JSON"] =
            sample.random.chance(50) ? document : try directory.write("pool.json", document)
        plan.sources.environment = plan.variables
        plan.sources.directory = directory.path

        let loaded = try PoolSettings.load(plan.sources)
        for option in PoolSettings.options where option.path != "preset" {
            let origin = loaded.origin(of: option.path)
            guard let expected = plan.expected[option.path] else {
                // What no source gives and the preset does not name is the default; other presets' values stay out.
                #expect(origin.rank <= 1, "\(option.path) from \(origin)")
                continue
            }
            let value = option.value(in: loaded.settings)
            #expect(value == expected.value, "\(option.path) from \(origin)")
            #expect(origin.rank == expected.rank, "\(option.path) from \(origin)")
        }
        // Random values may cost money, or exceed each other.
        let others = loaded.warnings.filter {
            $0.path != "pool_settings.health.mode" && !$0.path.hasPrefix("pool_settings.providers.")
        }
        #expect(others.isEmpty, "\(others)")
    }

    @Test func `later code counts over earlier code`() throws {
        var sources = PoolSettings.Sources()
        sources.environment = ["POOL_SETTINGS__MAX_SIZE": "40"]
        sources.file = .none
        sources.set(\.maxSize, to: 20)
        sources.set(\.maxSize, to: 30)
        sources.set(\.maxPerHost, to: nil)
        let loaded = try PoolSettings.load(sources)
        #expect(loaded.settings.maxSize == 30)
        #expect(loaded.origin(of: "max_size") == .code)
        #expect(loaded.origin(of: "max_per_host") == .code)
    }

    @Test func `code is checked like files`() throws {
        var sources = PoolSettings.Sources.only(file: Fixture.url("settings/seeds/002-configuration.toml").path)
        sources.set(\.maxSize, to: 0)
        sources.set(\.retry, to: PoolSettings.Retry())
        let error = try #require(throws: ConfigurationError.self) { try PoolSettings.load(sources) }
        #expect(
            error.issues.map(\.description) == [
                "pool_settings.max_size: must be a whole number from 1 to 10000 (got 0) [from code]",
                "pool_settings: code sets what is no single option [from code]",
            ]
        )
        var settings = PoolSettings()
        try settings.validate()
        settings.minSize = 11
        settings.retry.statuses = [404]
        let second = try #require(throws: ConfigurationError.self) { try settings.validate() }
        #expect(second.issues.map(\.path) == ["pool_settings.retry.statuses[0]", "pool_settings.min_size"])
    }

    // MARK: Discovery

    @Test func `the first file that exists counts, and a named one goes before them`() throws {
        let directory = try TemporaryDirectory()
        let home = try directory.makeDirectory("xdg/session-pool")
        var sources = PoolSettings.Sources()
        sources.directory = directory.path
        sources.environment = ["XDG_CONFIG_HOME": directory.file("xdg")]
        func file() throws -> [String] {
            try PoolSettings.load(sources).files.map { $0.replacing(directory.path, with: "") }
        }

        #expect(try file() == [])
        try directory.write("xdg/session-pool/config.toml", "[pool_settings]\n")
        #expect(try file() == ["/xdg/session-pool/config.toml"])
        for name in ["session-pool.toml", "ccproxy.toml", ".ccproxy.toml"] {
            try directory.write(name, "[pool_settings]\n")
            #expect(try file() == ["/\(name)"])
        }
        sources.environment?["POOL_CONFIG_FILE"] = "\(home)/config.toml"
        #expect(try file() == ["/xdg/session-pool/config.toml"])
        sources.file = .path(directory.file("ccproxy.toml"))
        #expect(try file() == ["/ccproxy.toml"])
        sources.file = .none
        #expect(try file() == [])
    }

    @Test func `a file that is there and cannot be read is an error`() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("ccproxy.toml")
        var sources = PoolSettings.Sources()
        sources.directory = directory.path
        sources.environment = [:]
        let error = try #require(throws: ConfigurationError.self) { try PoolSettings.load(sources) }
        #expect(
            error.issues.map(\.description) == ["\(directory.file("ccproxy.toml")): cannot be read: Is a directory"]
        )
    }
}
