internal import ProviderSimulator

/// `simulate`: the four providers on loopback, until a signal comes.
struct SimulateCommand: Command {
    /// What the servers' certificate is.
    private enum Certificate: String, CaseIterable {
        case valid, expired
        case wrongHost = "wrong-host"
    }

    static let specification = CommandSpecification(
        name: "simulate",
        summary: "Run GigaChat, YandexGPT, 1C:Naparnik and an OpenAI-compatible provider on loopback.",
        options: [
            .value("port", "N", "First of four consecutive ports, 1 to 65532 (default: four free ones)."),
            .flag("tls", "TLS for all four, with a CA made at the start."),
            .value("certificate", "KIND", "With --tls: valid (default), expired or wrong-host."),
            .value("latency", "MS", "Time before every chat's answer begins (default: 0)."),
            .value("chunk-delay", "MS", "Pause between two chunks of a stream (default: 0)."),
            .value("chunks", "N", "Chunks of a stream, 1 to 100000 (default: 8)."),
            .value("text", "TEXT", "What the models answer (default: a text with an echo of the prompt)."),
            .value("credential", "TEXT", "The only key or token that is let in (default: any well-formed one)."),
            .value("token-life", "SECONDS", "Life of the access tokens of GigaChat and IAM."),
            .value("fault", "FAULT", "What goes wrong; may be given more than once.", isRepeatable: true),
        ],
        details: [
            FaultArgument.help,
            """
            When the servers accept connections, one line of JSON with the providers' URLs is printed to standard
            output; ca_file is in it with --tls only. Ctrl-C or SIGTERM stops them, with exit code 0.
            """,
        ]
    )

    private let configuration: SimulatorConfiguration

    init(_ arguments: ParsedArguments) throws(UsageError) {
        var configuration = SimulatorConfiguration()
        configuration.port = try arguments.integer("port", in: 1...65_532).map { UInt16($0) } ?? 0
        let certificate = try arguments.choice("certificate", as: Certificate.self)
        if arguments.has("tls") {
            var tls = SimulatorTLS()
            switch certificate ?? .valid {
            case .valid: tls.certificate = .valid
            case .expired: tls.certificate = .expired
            case .wrongHost: tls.certificate = .wrongHost
            }
            configuration.tls = tls
        } else if certificate != nil {
            throw UsageError(message: "--certificate needs --tls")
        }
        if let latency = try arguments.duration("latency", unit: .milliseconds(1), named: "milliseconds") {
            configuration.answer.latency = latency
        }
        if let delay = try arguments.duration("chunk-delay", unit: .milliseconds(1), named: "milliseconds") {
            configuration.answer.chunkDelay = delay
        }
        if let chunks = try arguments.integer("chunks", in: 1...100_000) { configuration.answer.chunks = chunks }
        configuration.answer.text = try arguments.string("text")
        if let credential = try arguments.string("credential") { Self.allow(only: credential, &configuration) }
        if let life = try arguments.duration("token-life", unit: .seconds(1), named: "seconds", isZeroAllowed: false) {
            configuration.gigachat.tokenLife = life
            configuration.yandexgpt.iamTokenLife = life
        }
        for fault in arguments.strings("fault") { configuration.faults += try FaultArgument(fault).rules }
        self.configuration = configuration
    }

    private static func allow(only credential: String, _ configuration: inout SimulatorConfiguration) {
        configuration.gigachat.authorizationKeys = [credential]
        configuration.gigachat.staticTokens = [credential]
        configuration.yandexgpt.apiKeys = [credential]
        configuration.naparnik.tokens = [credential]
        configuration.openai.apiKeys = [credential]
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        let simulator: ProviderSimulator
        do throws(SimulatorError) {
            simulator = try ProviderSimulator(configuration: configuration)
        } catch {
            throw CommandFailure(error.code == .portUnavailable ? .unavailable : .failure, "\(error)")
        }
        interruption.beforeExit { simulator.removeFiles() }
        defer { simulator.stop() }
        let endpoints = simulator.endpoints
        let outcome = await interruption.cancelling { () -> CommandFailure? in
            do throws(CommandFailure) {
                try Console.writeJSON(endpoints, isCompact: true)
            } catch {
                return error
            }
            await untilCancelled()
            return nil
        }
        if let outcome { throw outcome }
        return .success
    }
}
