internal import HTTPSessionPool
internal import PoolSettings

/// `config`: shows the settings in effect, and checks files.
struct ConfigCommand: Command {
    /// What it does, by its first operand.
    private enum Action {
        case show(PoolSettings.Sources, showsOrigins: Bool, asJSON: Bool)
        case check([String])
        case options
    }

    static let specification = CommandSpecification(
        name: "config",
        summary: "Show the pool's settings and where each comes from, or check a settings file.",
        operands: "show | check FILE... | options",
        options: [
            .flag("origin", "show: the file and line, variable or preset beside each value."),
            .flag("json", "show: print one JSON object instead of TOML."),
            .value("config", "PATH", "show: the settings file (default: POOL_CONFIG_FILE, or the first that exists)."),
            .value("config-json", "PATH", "show: a JSON file over it (default: POOL_CONFIG_JSON)."),
            .value(
                "set",
                "NAME=VALUE",
                "show: an option, over everything else; may be given often.",
                isRepeatable: true
            ),
        ],
        details: [
            """
            Each source counts over those before it: defaults, the preset, TOML, JSON, variables, --set.
            Files are looked for as .ccproxy.toml, ccproxy.toml, session-pool.toml, then as
            session-pool/config.toml in $XDG_CONFIG_HOME. A variable is POOL_SETTINGS__ and the option's
            name in capitals, with __ for each dot: POOL_SETTINGS__RETRY__MAX_RETRIES.
            """,
            """
            check looks at the files alone, not at variables. options lists every option as a Markdown table.
            Settings that cannot be used give exit code 78 and one line for each problem.
            """,
        ]
    )

    private let action: Action

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let words = ["show", "check", "options"]
        guard let first = arguments.operands.first else {
            throw UsageError(message: "config needs one of \(words.joined(separator: ", "))")
        }
        let rest = Array(arguments.operands.dropFirst())
        switch first {
        case "show":
            action = .show(
                try Self.sources(arguments),
                showsOrigins: arguments.has("origin"),
                asJSON: arguments.has("json")
            )
        case "check":
            guard !rest.isEmpty else { throw UsageError(message: "config check needs a file") }
            action = .check(rest)
        case "options": action = .options
        default: throw UsageError.unknown("action of config:", first, of: words)
        }
        if first != "check", let extra = rest.first {
            throw UsageError(message: "config \(first) takes no argument, but was given '\(extra)'")
        }
        let given = arguments.flags.union(arguments.values.keys).sorted()
        if first != "show", let option = given.first {
            throw UsageError(message: "--\(option) is for config show only")
        }
    }

    /// The sources that `--config`, `--config-json` and `--set` name.
    static func sources(_ arguments: ParsedArguments) throws(UsageError) -> PoolSettings.Sources {
        var sources = PoolSettings.Sources()
        if let path = try arguments.string("config") { sources.file = .path(path) }
        if let path = try arguments.string("config-json") { sources.json = .path(path) }
        for text in arguments.strings("set") {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError(message: "--set is '\(text)': give a name and a value, such as max_size=20")
            }
            sources.set(parts[0], text: parts[1], option: "--set")
        }
        return sources
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        switch action {
        case .show(let sources, let showsOrigins, let asJSON):
            guard let loaded = ConfigReport.load(sources) else { return .configuration }
            let report = SettingsReport(loaded, showsOrigins: showsOrigins)
            try Console.write(asJSON ? report.json : report.toml)
            return .success
        case .check(let files):
            var code = ExitCode.success
            for file in files where !(try ConfigReport.check(file)) { code = .configuration }
            return code
        case .options:
            try Console.write(OptionTable.markdown(titles: OptionTable.titles))
            return .success
        }
    }
}

/// Says what is wrong with settings.
enum ConfigReport {
    /// Reads the settings; nil when they cannot be used, which standard error says then.
    ///
    /// - Parameters:
    ///   - sources: Where they come from.
    ///   - warns: Whether standard error also says what is probably not meant; otherwise the caller does.
    /// - Returns: The settings.
    static func load(_ sources: PoolSettings.Sources, warns: Bool = true) -> PoolSettings.Loaded? {
        do throws(ConfigurationError) {
            let loaded = try PoolSettings.load(sources)
            if warns { warn(loaded.warnings) }
            return loaded
        } catch {
            warn(error.warnings)
            Console.note("\(error)\n")
            return nil
        }
    }

    /// Makes the process-wide pool that the settings describe.
    static func bootstrap(
        _ loaded: PoolSettings.Loaded,
        observer: (any PoolObserver)? = nil
    ) throws(CommandFailure) {
        var configuration = loaded.settings.poolConfiguration
        configuration.observer = observer
        do throws(SessionError) {
            try SessionPool.bootstrap(configuration)
        } catch {
            throw CommandFailure(.configuration, error.message)
        }
    }

    /// Checks a file alone; whether it can be used.
    static func check(_ file: String) throws(CommandFailure) -> Bool {
        guard let loaded = load(.only(file: file)) else { return false }
        let count = loaded.givenPaths.count
        var text = "\(file): ok, \(count) \(count == 1 ? "setting" : "settings")\n"
        for note in loaded.notes { text += "  note: \(note)\n" }
        let unapplied = loaded.givenPaths.filter { !PoolSettings.isApplied($0) }
        if !unapplied.isEmpty { text += "  not applied by this version: \(unapplied.joined(separator: ", "))\n" }
        try Console.write(text)
        return true
    }

    private static func warn(_ warnings: [PoolSettings.Issue]) {
        for warning in warnings { Console.note("config: warning: \(warning)\n") }
    }
}
