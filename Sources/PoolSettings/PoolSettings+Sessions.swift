internal import AIProviders
internal import HTTPSessionPool

/// What the clients of all providers have.
protocol PooledClientConfiguration {
    var session: SessionConfiguration { get set }
    var usePool: Bool { get set }
    var checksHealthByCompletion: Bool { get set }
}

extension GigaChatConfiguration: PooledClientConfiguration {}
extension YandexGPTConfiguration: PooledClientConfiguration {}
extension NaparnikConfiguration: PooledClientConfiguration {}
extension OpenAICompatibleConfiguration: PooledClientConfiguration {}

extension PoolSettings {
    /// Options by which a client has a default of its own.
    private static let clientsKnowBetter = Set(
        ([
            \.acquireTimeout, \.timeout.total, \.timeout.connect, \.timeout.firstByte, \.timeout.idle,
            \.timeout.noProgress, \.timeout.streamTotal,
        ] as [any PartialKeyPath<PoolSettings> & Sendable]).compactMap { option($0)?.path }
    )

    /// Options that clients read, and the pool does not.
    static let readByClients: [any PartialKeyPath<PoolSettings> & Sendable] = [
        \.providers.gigachat.scope, \.providers.gigachat.concurrency, \.providers.gigachat.account.refreshAhead,
        \.providers.yandexgpt.concurrency, \.providers.yandexgpt.account.refreshAhead,
        \.providers.naparnik.concurrency,
    ]

    /// Whether a client's own default counts while nobody gives any of these options.
    fileprivate static func isLeftToClients(_ paths: [String]) -> Bool {
        paths.contains(where: clientsKnowBetter.contains)
    }
}

extension PoolSettings.Loaded {
    /// Which of the settings are applied to a client.
    enum Part {
        /// All that the client's own variables count over.
        case all
        /// Those that count over the client's own variables.
        case strong
    }

    /// Whether somebody gave an option a value.
    func isGiven(_ option: PartialKeyPath<PoolSettings>) -> Bool {
        PoolSettings.option(option).map { origin(of: $0.path) != .builtIn } ?? false
    }

    /// Whether an option counts for a part of the settings.
    func counts(_ option: PartialKeyPath<PoolSettings>, _ part: Part) -> Bool {
        PoolSettings.option(option).map { counts($0.path, part) } ?? false
    }

    private func counts(_ path: String, _ part: Part) -> Bool {
        switch part {
        case .all: origin(of: path) != .builtIn
        case .strong: origin(of: path).isStrongerThanFiles
        }
    }

    /// Applies what all clients have.
    func apply(toAny configuration: inout some PooledClientConfiguration, _ part: Part) {
        if part == .all || counts(\.enabled, part) { configuration.usePool = settings.enabled }
        if part == .all || counts(\.health.mode, part) {
            configuration.checksHealthByCompletion = settings.health.mode == .completion
        }
        let roots = configuration.session.tls.additionalRoots
        apply(to: &configuration.session, part)
        // The provider's own variable may name another root; trusting one takes no trust from another.
        for root in roots where !configuration.session.tls.additionalRoots.contains(root) {
            configuration.session.tls.additionalRoots.append(root)
        }
    }

    /// Sets the requests that run at once: what the account allows, and not more than a session of the pool runs.
    ///
    /// More connections than these can use are not kept open, and enough are allowed for them.
    ///
    /// - Parameters:
    ///   - session: The session of the account.
    ///   - own: What the provider's own option says, if somebody gave it.
    ///   - usual: What counts when no option says anything.
    ///   - part: Which of the settings are applied.
    /// - Returns: The limit.
    @discardableResult
    func limit(_ session: inout SessionConfiguration, own: Int?, usual: Int, _ part: Part) -> Int {
        let account = own ?? settings.limits.concurrency ?? usual
        let limit = isGiven(\.maxSize) ? min(account, settings.maxSize) : account
        session.limits.maxConcurrentRequests = limit
        // The provider's own variable may set the connections after this.
        if part == .all, settings.maxPerHost == nil {
            session.limits.maxConnections = max(session.limits.maxConnections, limit)
        }
        session.minConnections = min(settings.minSize, limit, session.limits.maxConnections)
        return limit
    }

    /// Whether what follows from some options together counts for a part of the settings.
    private func counts(_ paths: [String], _ part: Part) -> Bool {
        let isGiven = paths.contains { counts($0, part) }
        switch part {
        case .all: return isGiven || !PoolSettings.isLeftToClients(paths)
        // With a file's value among them it is no stronger than the file.
        case .strong: return isGiven && paths.allSatisfy { counts($0, .strong) || !counts($0, .all) }
        }
    }

    private func apply(to session: inout SessionConfiguration, _ part: Part) {
        var pool = PoolConfiguration()
        pool.session = session
        for mapping in PoolSettings.mappings {
            guard counts(mapping.paths, part) else { continue }
            mapping.apply(settings, &pool)
        }
        session = pool.session
    }
}

extension PoolSettings.Origin {
    /// Whether the value is stronger than any file: from a variable, code or the command line.
    fileprivate var isStrongerThanFiles: Bool { rank > 3 }
}
