internal import HTTPSessionPool
internal import PoolServer

/// `serve`: the process-wide pool, and a server that shows it, until a signal comes.
struct ServeCommand: Command {
    static let specification = CommandSpecification(
        name: "serve",
        summary: "Run the pool with its statistics server: a page, /pool/stats, /metrics, /readyz.",
        options: [
            .value("host", "ADDRESS", "Where to listen (default: 127.0.0.1); any other host needs --token-file."),
            .value("port", "N", "Port, 0 to 65535; 0 takes a free one (default: 8000)."),
            .value("token-file", "FILE", "A file with the token that clients must send."),
            .value("drain", "SECONDS", "How long requests may go on after the first signal (default: 30)."),
            .value("load", "N", "Keep N callers per provider busy against simulated providers, 1 to 1000."),
            .value("fault", "FAULT", "With --load: what goes wrong; see simulate --help.", isRepeatable: true),
        ],
        details: [
            """
            When the server accepts connections, one line of JSON with its URL is printed to standard output. Ctrl-C or
            SIGTERM ends it: /readyz says 503, requests go on for as long as --drain allows, the rest is aborted, and the
            exit code is 0. A second signal ends it at once.
            """
        ]
    )

    /// The line that is printed when the server is there.
    private struct Endpoint: Encodable {
        let url: String
    }

    private let configuration: PoolServerConfiguration
    private let tokenFile: String?
    private let grace: Duration
    private let callers: Int?
    private let faults: [FaultArgument]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        var configuration = PoolServerConfiguration()
        if let host = try arguments.string("host") { configuration.host = host }
        if let port = try arguments.integer("port", in: 0...65_535) { configuration.port = UInt16(port) }
        self.configuration = configuration
        tokenFile = try arguments.string("token-file")
        grace = try arguments.duration("drain", unit: .seconds(1), named: "seconds") ?? .seconds(30)
        callers = try arguments.integer("load", in: 1...1_000)
        var faults: [FaultArgument] = []
        for fault in arguments.strings("fault") { faults.append(try FaultArgument(fault)) }
        self.faults = faults
        guard faults.isEmpty || callers != nil else { throw UsageError(message: "--fault needs --load") }
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        let readiness = Readiness()
        let load = try callers.map { callers throws(CommandFailure) in
            try SimulatedLoad(callers: callers, faults: faults.flatMap(\.rules))
        }
        var configuration = configuration
        configuration.token = try tokenFile.map { path throws(CommandFailure) in try TokenFile.read(path) }
        configuration.readiness = { readiness.reasons }
        let server: PoolServer
        do throws(PoolServerError) {
            server = try PoolServer(.shared, configuration: configuration)
        } catch {
            load?.stop()
            throw CommandFailure(error.code == .invalidConfiguration ? .configuration : .unavailable, error.message)
        }
        defer { server.stop() }
        interruption.onHangUp { Console.note("session-pool: there are no settings to read again\n") }
        let failure = await interruption.cancelling { () -> CommandFailure? in
            do throws(CommandFailure) {
                try Console.writeJSON(Endpoint(url: server.url), isCompact: true)
            } catch {
                return error
            }
            if let load { await load.run() } else { await untilCancelled() }
            readiness.beginDrain()
            return nil
        }
        if let failure { throw failure }
        let aborted = await SessionPool.shared.shutdown(grace: grace)
        load?.stop()
        if aborted > 0 { Console.note("session-pool: \(aborted) requests were aborted\n") }
        return .success
    }
}
