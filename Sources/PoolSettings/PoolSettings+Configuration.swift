public import HTTPSessionPool

// What the settings mean for the pool. This file is the only one that knows both: an option that the pool learns gets an
// entry in `mappings`, one that a program reads by itself is added to `readByPrograms`, and with that `config show`, the
// checks and the README's table stop calling it unapplied.

extension PoolSettings {
    /// How the pool behaves that these settings describe.
    public var poolConfiguration: PoolConfiguration {
        var configuration = PoolConfiguration()
        for mapping in Self.mappings { mapping.apply(self, &configuration) }
        return configuration
    }

    /// How a session behaves that has no configuration of its own.
    public var sessionConfiguration: SessionConfiguration { poolConfiguration.session }

    /// Options that have a meaning for the pool, and what it is.
    struct Mapping: Sendable {
        let options: [any PartialKeyPath<PoolSettings> & Sendable]
        let apply: @Sendable (PoolSettings, inout PoolConfiguration) -> Void

        init(
            _ options: any PartialKeyPath<PoolSettings> & Sendable...,
            apply: @escaping @Sendable (PoolSettings, inout PoolConfiguration) -> Void
        ) {
            self.options = options
            self.apply = apply
        }

        /// The options' paths.
        var paths: [String] { options.compactMap { PoolSettings.option($0)?.path } }
    }

    /// Every entry sets what it names from all the options that it lists.
    static let mappings: [Mapping] = [
        // MARK: The pool
        Mapping(\.enabled, \.maxSessions) { $1.maxSessions = $0.enabled ? $0.maxSessions : 0 },
        Mapping(\.eviction) { $1.eviction = $0.eviction == .lru ? .lru : .fifo },
        Mapping(\.maxTotalConnections) {
            $1.maxTotalConnections = $0.maxTotalConnections == 0 ? nil : $0.maxTotalConnections
        },
        Mapping(\.acquireTimeout, \.block) { $1.acquireTimeout = $0.block ? $0.acquireTimeout : .zero },
        Mapping(\.acquireTimeout) { $1.session.timeouts.acquire = time($0.acquireTimeout) },

        // MARK: Limits
        Mapping(\.maxSize, \.limits.concurrency) {
            $1.session.limits.maxConcurrentRequests = min($0.maxSize, $0.limits.concurrency ?? $0.maxSize)
        },
        Mapping(\.maxPerHost, \.maxSize) { $1.session.limits.maxConnections = $0.maxPerHost ?? $0.maxSize },
        Mapping(\.maxWaiters, \.block) { $1.session.limits.maxWaiters = $0.block ? $0.maxWaiters : 0 },
        Mapping(\.idleTimeout) { $1.session.idleTimeout = $0.idleTimeout },
        Mapping(\.maxAge) { $1.session.maxAge = $0.maxAge == .zero ? unlimitedAge : $0.maxAge },
        Mapping(\.followRedirects, \.maxRedirects) {
            $1.session.maxRedirects = $0.followRedirects ? $0.maxRedirects : 0
        },

        // MARK: Life cycle and health
        Mapping(\.minSize) { $1.session.minConnections = $0.minSize },
        Mapping(\.maxAgeJitter) { $1.session.maxAgeJitter = $0.maxAgeJitter },
        Mapping(\.warmupOnStartup) { $1.session.warmupOnStartup = $0.warmupOnStartup },
        Mapping(\.warmup.connections) { $1.session.warmUp.connections = $0.warmup.connections },
        Mapping(\.warmup.required) { $1.session.warmUp.isRequired = $0.warmup.required },
        Mapping(\.warmup.timeout) { $1.session.warmUp.timeout = $0.warmup.timeout },
        Mapping(\.warmup.parallel) { $1.session.warmUp.parallel = $0.warmup.parallel },
        Mapping(\.healthCheckInterval) { $1.session.health.interval = time($0.healthCheckInterval) },
        Mapping(\.health.mode) { $1.session.health.mode = healthMode($0.health.mode) },
        Mapping(\.health.timeout) { $1.session.health.timeout = $0.health.timeout },
        Mapping(\.health.jitter) { $1.session.health.jitter = $0.health.jitter },
        Mapping(\.health.unhealthyAfter) { $1.session.health.unhealthyAfter = $0.health.unhealthyAfter },
        Mapping(\.health.healthyAfter) { $1.session.health.healthyAfter = $0.health.healthyAfter },

        // MARK: Time limits
        Mapping(\.timeout.total) { $1.session.timeouts.total = time($0.timeout.total) },
        Mapping(\.timeout.connect) { $1.session.timeouts.connect = time($0.timeout.connect) },
        Mapping(\.timeout.firstByte) { $1.session.timeouts.firstByte = time($0.timeout.firstByte) },
        Mapping(\.timeout.idle) { $1.session.timeouts.idle = time($0.timeout.idle) },
        Mapping(\.timeout.noProgress) { $1.session.timeouts.noProgress = time($0.timeout.noProgress) },
        Mapping(\.leakDetection) { $1.session.timeouts.readerStall = time($0.leakDetection) },
        Mapping(\.timeout.streamTotal) { $1.session.timeouts.streamTotal = time($0.timeout.streamTotal) },

        // MARK: Connections
        Mapping(\.httpVersion) { $1.session.httpVersion = version($0.httpVersion) },
        Mapping(\.tcpKeepaliveIdle) { $1.session.tcp.keepAliveIdle = $0.tcpKeepaliveIdle },
        Mapping(\.tcpUserTimeout) { $1.session.tcp.userTimeout = time($0.tcpUserTimeout) },
        Mapping(\.proxy, \.noProxy) { $1.session.proxy = proxy($0) },
        Mapping(\.caFile) { $1.session.tls.additionalRoots = $0.caFile.map { [.file($0)] } ?? [] },
        Mapping(\.clientCert, \.clientKey, \.clientKeyPassword) {
            $1.session.tls.clientCertificate = clientCertificate($0)
        },
        Mapping(\.insecure) { $1.session.tls.verification = $0.insecure ? .disabledInsecurely : .full },
    ]

    /// Options that programs read from the settings themselves: addresses of servers, logging and the like.
    private static let readByPrograms: [any PartialKeyPath<PoolSettings> & Sendable] = [
        // `session-pool serve`
        \.stats.host, \.stats.port, \.stats.token, \.drainTimeout, \.logLevel, \.logRequests,
    ]

    private static let appliedPaths = Set(
        (mappings.flatMap(\.options) + readByClients + readByPrograms).compactMap { PoolSettings.option($0)?.path }
    )

    /// Whether this version does anything with an option; the others are checked, kept and shown.
    ///
    /// - Parameter path: The option's path.
    /// - Returns: Whether it counts.
    public static func isApplied(_ path: String) -> Bool {
        // A preset is nothing but the options that it sets.
        path == "preset" || appliedPaths.contains(path)
    }

    /// Whether a program or a provider's client reads an option by itself, so that the pool's configuration does not show
    /// it.
    static func isReadByOthers(_ path: String) -> Bool {
        (readByClients + readByPrograms).contains { PoolSettings.option($0)?.path == path }
    }

    // MARK: Values

    /// The pool has no word for a connection that never grows too old; in ten years nobody notices.
    private static let unlimitedAge: Duration = .seconds(315_360_000)

    /// In settings 0 switches a time limit off, in the pool `nil` does.
    private static func time(_ time: Duration) -> Duration? { time == .zero ? nil : time }

    /// What `completion` asks is the provider's client's to say; sessions of nobody's are checked for free.
    private static func healthMode(_ mode: HealthMode) -> HealthCheck.Mode {
        switch mode {
        case .passive: .passive
        case .connect: .connect
        case .http, .completion: .http
        }
    }

    private static func version(_ version: HTTPVersion) -> HTTPSessionPool.HTTPVersion {
        switch version {
        case .automatic: .automatic
        case .http1: .http1
        case .http2: .http2
        case .http2PriorKnowledge: .http2PriorKnowledge
        }
    }

    private static func proxy(_ settings: PoolSettings) -> ProxyConfiguration {
        switch settings.proxy {
        case .environment: .environment
        case .none: .none
        case .url(let url): .url(url.reveal(), except: settings.noProxy)
        }
    }

    private static func clientCertificate(_ settings: PoolSettings) -> TLSConfiguration.ClientCertificate? {
        settings.clientCert.map { file in
            TLSConfiguration.ClientCertificate(
                certificate: .file(file),
                privateKey: .file(settings.clientKey ?? file),
                passphrase: settings.clientKeyPassword?.reveal()
            )
        }
    }
}
