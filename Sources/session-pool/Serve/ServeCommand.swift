internal import HTTPSessionPool
internal import PoolServer
internal import PoolSettings

/// `serve`: the process-wide pool, and a server that shows it, until a signal comes.
struct ServeCommand: Command {
    static let specification = CommandSpecification(
        name: "serve",
        summary: "Run the pool with its statistics server: a page, /pool/stats, /metrics, /readyz.",
        options: [
            .value("host", "ADDRESS", "Where to listen: stats.host (default: 127.0.0.1)."),
            .value("port", "N", "Port, 0 to 65535; 0 takes a free one: stats.port (default: 8000)."),
            .value("token-file", "FILE", "The token that clients must send; any host but loopback needs one."),
            .value("drain", "SECONDS", "How long requests may go on at the end: drain_timeout (default: 30)."),
            .value("config", "PATH", "The settings file (default: as config show finds it)."),
            .value("config-json", "PATH", "A JSON file over it."),
            .value("set", "NAME=VALUE", "An option, over everything else.", isRepeatable: true),
            .value("load", "N", "Keep N callers per provider busy against simulated providers, 1 to 1000."),
            .value("fault", "FAULT", "With --load: what goes wrong; see simulate --help.", isRepeatable: true),
        ],
        details: [
            """
            When the server accepts connections, one line of JSON with its URL is printed to standard output. Ctrl-C or
            SIGTERM ends it: /readyz says 503, requests go on for as long as --drain allows, the rest is aborted, and the
            exit code is 0. A second signal ends it at once. SIGHUP reads the settings again, checks them and says what
            has changed; log_level and log_requests count from then on, the others from the next start.

            The log goes to standard error: text on a terminal, otherwise a JSON object per line. A start that fails is
            told in plain text.
            """
        ]
    )

    /// The line that is printed when the server is there.
    private struct Endpoint: Encodable {
        let url: String
    }

    private let sources: PoolSettings.Sources
    private let callers: Int?
    private let faults: [FaultArgument]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        var sources = try ConfigCommand.sources(arguments)
        if let host = try arguments.string("host") { sources.set("stats.host", text: host, option: "--host") }
        if let port = try arguments.integer("port", in: 0...65_535) {
            sources.set("stats.port", text: "\(port)", option: "--port")
        }
        if let file = try arguments.string("token-file") {
            sources.set("stats.token_file", text: file, option: "--token-file")
        }
        if let grace = try arguments.duration("drain", unit: .seconds(1), named: "seconds") {
            sources.set("drain_timeout", text: "\(grace.milliseconds.fixed(0))ms", option: "--drain")
        }
        self.sources = sources
        callers = try arguments.integer("load", in: 1...1_000)
        var faults: [FaultArgument] = []
        for fault in arguments.strings("fault") { faults.append(try FaultArgument(fault)) }
        self.faults = faults
        guard faults.isEmpty || callers != nil else { throw UsageError(message: "--fault needs --load") }
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        guard let loaded = ConfigReport.load(sources, warns: false) else { return .configuration }
        let log = try Log(level: loaded.settings.logLevel, logsRequests: loaded.settings.logRequests)
        let outcome: Result<ExitCode, CommandFailure>
        do throws(CommandFailure) {
            outcome = .success(try await serve(loaded, log, interruption))
        } catch {
            outcome = .failure(error)
        }
        await log.flush()
        return try outcome.get()
    }

    private func serve(
        _ loaded: PoolSettings.Loaded,
        _ log: Log,
        _ interruption: Interruption
    ) async throws(CommandFailure) -> ExitCode {
        for warning in loaded.warnings { log.write(.warning, "\(warning)") }
        let reloader = SettingsReloader(loaded, log: log)
        interruption.onHangUp { reloader.reload() }
        try ConfigReport.bootstrap(loaded, observer: PoolLog(log))
        let readiness = Readiness()
        let load = try callers.map { callers throws(CommandFailure) in
            try SimulatedLoad(callers: callers, faults: faults.flatMap(\.rules), settings: loaded)
        }
        interruption.beforeExit { load?.removeFiles() }
        defer { load?.stop() }
        let server = try start(loaded.settings, readiness)
        defer { server.stop() }
        let chats = load?.start()
        let failure = await interruption.cancelling { () -> CommandFailure? in
            do throws(CommandFailure) {
                try Console.writeJSON(Endpoint(url: server.url), isCompact: true)
            } catch {
                return error
            }
            await untilCancelled()
            return nil
        }
        log.write(.info, "no more requests; those that run go on")
        readiness.beginDrain()
        load?.stopAsking()
        let aborted = await SessionPool.shared.shutdown(grace: loaded.settings.drainTimeout)
        await chats?.value
        if let failure { throw failure }
        if aborted > 0 { log.write(.warning, "\(aborted) requests were aborted") }
        return .success
    }

    private func start(
        _ settings: PoolSettings,
        _ readiness: Readiness
    ) throws(CommandFailure) -> PoolServer {
        var configuration = PoolServerConfiguration()
        configuration.host = settings.stats.host
        configuration.port = UInt16(clamping: settings.stats.port)
        configuration.token = settings.stats.token?.reveal()
        let interval = settings.healthCheckInterval
        configuration.healthCheckInterval = interval == .zero ? nil : interval
        configuration.readiness = { readiness.reasons }
        do throws(PoolServerError) {
            return try PoolServer(.shared, configuration: configuration)
        } catch {
            throw CommandFailure(error.code == .invalidConfiguration ? .configuration : .unavailable, error.message)
        }
    }
}
