/// GigaChat, YandexGPT, 1C:Naparnik and an OpenAI-compatible provider on loopback, with faults on demand.
///
/// Each provider listens on a port of its own, so that each is an origin of its own for a client. Answers are
/// deterministic: the same configuration and the same requests give the same texts, tokens and identifiers; only
/// times differ. The servers run until ``stop()`` or until the simulator goes out of use.
public final class ProviderSimulator: Sendable {
    /// What exists only while the simulator runs.
    private struct Running: Sendable {
        var engine: ServerEngine
        var tlsFiles: SimulatorTLSFiles?
    }

    /// Where the providers listen.
    public let endpoints: SimulatorEndpoints

    /// The CA and the client certificate on disk, until ``stop()``; nil without TLS.
    public let tlsFiles: SimulatorTLSFiles?

    private let running: Guarded<Running?>
    private let statisticsBook = StatisticsBook()
    private let faultBook: Guarded<FaultBook>
    private let releases = ReleaseCounter()
    private let gigachat: GigaChatService
    private let yandexgpt: YandexService

    /// Starts the four servers.
    ///
    /// - Throws: ``SimulatorError`` when a value is out of range, a port is taken, or the system refuses a thread,
    ///   a descriptor or a file.
    public init(configuration: SimulatorConfiguration = .init()) throws(SimulatorError) {
        try configuration.validate()
        let statistics = statisticsBook
        faultBook = Guarded(FaultBook(configuration.faults))
        gigachat = GigaChatService(
            configuration.gigachat,
            answer: configuration.gigachat.answer ?? configuration.answer,
            identifiers: IdentifierSource(seed: configuration.seed, .gigachat),
            recorder: StatisticsRecorder(.gigachat, statistics)
        )
        yandexgpt = YandexService(
            configuration.yandexgpt,
            answer: configuration.yandexgpt.answer ?? configuration.answer,
            identifiers: IdentifierSource(seed: configuration.seed, .yandexgpt),
            recorder: StatisticsRecorder(.yandexgpt, statistics)
        )
        let naparnik = NaparnikService(
            configuration.naparnik,
            answer: configuration.naparnik.answer ?? configuration.answer,
            identifiers: IdentifierSource(seed: configuration.seed, .naparnik),
            recorder: StatisticsRecorder(.naparnik, statistics)
        )
        let openai = OpenAIService(
            configuration.openai,
            answer: configuration.openai.answer ?? configuration.answer,
            identifiers: IdentifierSource(seed: configuration.seed, .openai),
            recorder: StatisticsRecorder(.openai, statistics)
        )
        let services: [(SimulatorProvider, any ProviderService, SimulatorAnswer)] = [
            (.gigachat, gigachat, gigachat.answer), (.yandexgpt, yandexgpt, yandexgpt.answer),
            (.naparnik, naparnik, naparnik.answer), (.openai, openai, openai.answer),
        ]
        let hosts = services.map { [faultBook, releases] provider, service, answer in
            ProviderHost(
                provider,
                service: service,
                answer: answer,
                faults: faultBook,
                releases: releases,
                recorder: StatisticsRecorder(provider, statistics)
            )
        }
        let started = try Self.start(configuration, hosts)
        endpoints = started.endpoints
        tlsFiles = started.running.tlsFiles
        running = Guarded(started.running)
    }

    deinit {
        stop()
    }

    /// What the servers have seen so far.
    public var statistics: SimulatorStatistics {
        statisticsBook.statistics
    }

    /// Waits until what the servers have seen meets a condition, such as two requests in flight.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first.
    @discardableResult
    public func statistics(
        until condition: @escaping @Sendable (SimulatorStatistics) -> Bool
    ) async throws -> SimulatorStatistics {
        try await statisticsBook.wait(until: condition)
    }

    /// Sets the counts back to zero; what is open or in flight stays counted.
    public func resetStatistics() {
        statisticsBook.update { $0.reset() }
    }

    /// Replaces all rules for what goes wrong; requests that have already arrived keep their faults.
    public func updateFaults(_ rules: [SimulatorFaultRule]) {
        faultBook.withLock { $0 = FaultBook(rules) }
    }

    /// Ends the life of every access token that GigaChat and IAM have issued.
    public func expireTokens() {
        gigachat.expireTokens()
        yandexgpt.expireTokens()
    }

    /// Lets every request that hangs now go on with its answer.
    ///
    /// One that comes to its hang later hangs; ``SimulatorStatistics/Provider/requestsHung`` tells how many do.
    public func releaseHungRequests() {
        running.withLock { $0?.engine.release(releases.next()) }
    }

    /// Stops the servers, breaks off the answers under way and removes the private files; further calls do nothing.
    ///
    /// After it returns no thread, socket or file of the simulator is left.
    public func stop() {
        // Under the lock, so that a second caller returns no sooner than the first.
        running.withLock { running in
            guard let stopped = running else { return }
            running = nil
            stopped.engine.stop()
            stopped.tlsFiles?.remove()
        }
    }

    /// Removes the private files at once, while the servers may go on: for a program that ends without ``stop()``.
    package func removeFiles() { tlsFiles?.remove() }

    private static func start(
        _ configuration: SimulatorConfiguration,
        _ hosts: [ProviderHost]
    ) throws(SimulatorError) -> (running: Running, endpoints: SimulatorEndpoints) {
        var running = Running(engine: try ServerEngine())
        do {
            if let tls = configuration.tls {
                try running.engine.makeCredentials(tls)
                try writeFiles(&running)
            }
            var ports: [SimulatorProvider: UInt16] = [:]
            for (index, host) in hosts.enumerated() {
                var options = ServerOptions()
                options.port = configuration.port == 0 ? 0 : configuration.port + UInt16(index)
                options.threads = configuration.threadsPerProvider
                options.idleTimeoutSeconds = configuration.idleTimeoutSeconds
                options.bodyLimit = configuration.bodyLimit
                ports[host.provider] = try running.engine.start(options, application: host)
            }
            let endpoints = SimulatorEndpoints(
                scheme: configuration.tls == nil ? "http" : "https",
                host: configuration.host,
                ports: ports,
                caFile: running.tlsFiles?.caFile
            )
            return (running, endpoints)
        } catch {
            running.engine.stop()
            running.tlsFiles?.remove()
            throw error
        }
    }

    private static func writeFiles(_ running: inout Running) throws(SimulatorError) {
        guard let texts = running.engine.certificateTexts else { return }
        let files = SimulatorTLSFiles(in: try PrivateFiles.makeDirectory())
        running.tlsFiles = files
        try PrivateFiles.write(texts.root, to: files.caFile)
        try PrivateFiles.write(texts.clientCertificate, to: files.clientCertificateFile)
        try PrivateFiles.write(texts.clientKey, to: files.clientKeyFile)
    }
}
