internal import AIProviders
internal import ProviderSimulator

/// `demo`: the same chats with and without the pool, against providers simulated in this process.
struct DemoCommand: Command {
    static let specification = CommandSpecification(
        name: "demo",
        summary: "Run the same chats with and without the pool and show what it saves.",
        options: [
            .value("requests", "N", "Chats per provider and run, 1 to 100000 (default: 200)."),
            .value("concurrency", "N", "Callers per provider, 1 to 1000 (default: 16)."),
            .flag("json", "Print one JSON object."),
        ],
        details: [
            """
            The providers are simulated in this process, on loopback and over TLS; no network and no credential is
            needed. Each account's limit is kept: GigaChat 1 chat at once, YandexGPT 10, 1C:Naparnik 2. Exit code 1
            means that a chat failed.
            """
        ]
    )

    /// How long a simulated model thinks: short, so that what the connection costs can be seen beside it.
    private static let modelLatency = Duration.milliseconds(10)
    private static let chunkDelay = Duration.milliseconds(2)

    private let chats: Int
    private let concurrency: Int
    private let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        chats = try arguments.integer("requests", in: 1...100_000) ?? 200
        concurrency = try arguments.integer("concurrency", in: 1...1_000) ?? 16
        printsJSON = arguments.has("json")
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        let outcome = await interruption.cancelling { await self.measure(interruption) }
        if let code = interruption.exitCode { return code }
        let result = try outcome.get()
        if printsJSON {
            try Console.writeJSON(result)
        } else {
            try Console.write(DemoReport(result: result, usesUnicode: Console.showsUnicode).text)
        }
        return result.failures == 0 ? .success : .failure
    }

    private func measure(_ interruption: Interruption) async -> Result<DemoResult, CommandFailure> {
        var configuration = SimulatorConfiguration()
        configuration.tls = SimulatorTLS()
        configuration.answer.latency = Self.modelLatency
        configuration.answer.chunkDelay = Self.chunkDelay
        do {
            let simulator = try ProviderSimulator(configuration: configuration)
            interruption.beforeExit { simulator.removeFiles() }
            defer { simulator.stop() }
            var runs: [DemoResult.Run] = []
            for mode in [DemoRun.Mode.pooled, .unpooled] where !Task.isCancelled {
                let progress = DemoProgress(mode.rawValue, total: 3 * chats)
                defer { progress.finish() }
                let run = DemoRun(
                    mode: mode,
                    chats: chats,
                    concurrency: concurrency,
                    simulator: simulator,
                    progress: progress
                )
                runs.append(try await run.measure())
            }
            return .success(
                DemoResult(
                    chatsPerProvider: chats,
                    concurrency: concurrency,
                    modelLatencyMilliseconds: Self.modelLatency.milliseconds,
                    chunkDelayMilliseconds: Self.chunkDelay.milliseconds,
                    runs: runs,
                    failures: runs.reduce(0) { $0 + $1.total(\.failures) }
                )
            )
        } catch let error as ProviderError {
            return .failure(CommandFailure(error))
        } catch {
            return .failure(CommandFailure(.failure, "\(error)"))
        }
    }
}
