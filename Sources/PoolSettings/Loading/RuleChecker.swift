internal import CurlTransport

/// Checks what options have to do with each other and with the machine.
struct RuleChecker {
    let settings: PoolSettings
    let origins: [String: PoolSettings.Origin]
    /// Options whose value is wrong already.
    let broken: Set<String>
    private(set) var issues: [PoolSettings.Issue] = []

    init(settings: PoolSettings, origins: [String: PoolSettings.Origin], broken: Set<String>) {
        self.settings = settings
        self.origins = origins
        self.broken = broken
    }

    /// Finds everything.
    mutating func check() {
        checkSizes()
        checkTimes()
        checkResilience()
        checkLimits()
        checkAccounts()
        checkFiles()
        checkHosts()
        checkCluster()
        checkServer()
    }

    // MARK: Rules

    private mutating func checkSizes() {
        inOrder("min_size", settings.minSize, "max_size", settings.maxSize)
        // Without a value of its own max_per_host follows max_size, and the rule above is enough.
        if let most = settings.maxPerHost {
            inOrder("min_size", settings.minSize, "max_per_host", most)
            inOrder("warmup.connections", settings.warmup.connections ?? 0, "max_per_host", most)
            if most > settings.maxSize, !isGiven("max_size") {
                report(
                    "max_per_host",
                    "leaves connections unused: max_size \(settings.maxSize) requests run at once",
                    hint: "set max_size too",
                    also: ["max_size"],
                    severity: .warning
                )
            }
        } else {
            inOrder("warmup.connections", settings.warmup.connections ?? 0, "max_size", settings.maxSize)
        }
    }

    private mutating func checkTimes() {
        // 0 means that there is no limit, and nothing can exceed that.
        func limit(_ time: Duration) -> Duration { time == .zero ? .seconds(Int64.max) : time }
        let timeout = settings.timeout
        inOrder("idle_timeout", settings.idleTimeout, "max_age", limit(settings.maxAge))
        inOrder("timeout.connect", timeout.connect, "timeout.total", limit(timeout.total))
        inOrder("timeout.first_byte", timeout.firstByte, "timeout.stream_total", limit(timeout.streamTotal))
        inOrder("sizing.fast", settings.sizing.fast, "sizing.slow", settings.sizing.slow)
        if settings.acquireTimeout == .zero, settings.block {
            report("acquire_timeout", "must be above 0 unless block is false", also: ["block"])
        }
    }

    private mutating func checkResilience() {
        let (retry, breaker) = (settings.retry, settings.breaker)
        inOrder("retry.base", retry.base, "retry.cap", retry.cap)
        inOrder("retry.throttle_base", retry.throttleBase, "retry.cap", retry.cap)
        inOrder("breaker.reset_timeout", breaker.resetTimeout, "breaker.max_reset_timeout", breaker.maxResetTimeout)
        if breaker.successThreshold > breaker.halfOpenPermits * 10 {
            report(
                "breaker.success_threshold",
                "must be <= 10 times breaker.half_open_permits \(breaker.halfOpenPermits)",
                also: ["breaker.half_open_permits"]
            )
        }
        if settings.health.mode == .completion {
            let words = "every check by a provider's client is paid for like a chat; other sessions are checked by http"
            report("health.mode", words, hint: "choose \"http\", which is free", severity: .warning)
        }
    }

    private mutating func checkLimits() {
        let limits = settings.limits
        let burst = limits.burstSeconds / .seconds(1)
        // Quotas of a day are counted by the day; the burst is for the short rates.
        let rates: [(path: String, count: Double, period: Double)] = [
            ("limits.requests_per_second", limits.requestsPerSecond, 1),
            ("limits.requests_per_minute", Double(limits.requestsPerMinute), 60),
            ("limits.tokens_per_minute", Double(limits.tokensPerMinute), 60),
        ]
        for rate in rates where rate.count > 0 && rate.count * burst < rate.period {
            report(
                rate.path,
                "can never be admitted: less than one in limits.burst_seconds \(limits.burstSeconds.secondsText)",
                hint: rate.period / rate.count <= 1e9
                    ? "set limits.burst_seconds to \(Int((rate.period / rate.count).rounded(.up))) or more"
                    : "set a larger \(rate.path)",
                also: ["limits.burst_seconds"]
            )
        }
    }

    /// An account's limit does not help where the session's is lower.
    private mutating func checkAccounts() {
        guard isGiven("max_size") else { return }
        let providers = settings.providers
        for (path, limit) in [
            ("providers.gigachat.concurrency", providers.gigachat.concurrency),
            ("providers.yandexgpt.concurrency", providers.yandexgpt.concurrency),
            ("providers.naparnik.concurrency", providers.naparnik.concurrency),
        ] {
            guard isGiven(path), let limit, limit > settings.maxSize else { continue }
            report(
                path,
                "is more than max_size \(settings.maxSize) requests, which run at once",
                hint: "raise max_size too",
                also: ["max_size"],
                severity: .warning
            )
        }
    }

    private mutating func checkFiles() {
        let certificate = PEMFile("client_cert", settings.clientCert, .certificate)
        let files = [
            PEMFile("ca_file", settings.caFile, .certificate), certificate,
            PEMFile("client_key", settings.clientKey, .key),
        ]
        for case let file? in files {
            if let rule = file.problem { report(file.option, rule) }
        }
        // One file may hold both.
        if settings.clientKey == nil, let certificate, certificate.problem == nil,
            PEMFile("client_cert", settings.clientCert, .key)?.problem != nil
        {
            report("client_cert", "holds no private key", hint: "name its file with client_key", also: ["client_key"])
        }
        if settings.clientCert == nil {
            for path in ["client_key", "client_key_password"] {
                guard PoolSettings.option(path)?.value(in: settings) != .some(.none) else { continue }
                report(path, "needs client_cert", also: ["client_cert"])
            }
        }
        guard settings.insecure else { return }
        if origin("insecure").isEnvironment {
            report("insecure", "must not be set by a variable alone", hint: "write it into a file or into code")
        } else {
            report("insecure", "leaves servers unchecked: anyone on the path can read everything", severity: .warning)
        }
    }

    private mutating func checkHosts() {
        // The default may stand in a file that `config show` has printed.
        if settings.regions.isEmpty, settings.failover.strategy != PoolSettings.Failover().strategy {
            report("failover.strategy", "needs at least one region", also: ["regions"])
        }
        var names: Set<String> = []
        for region in settings.regions where !names.insert(region.name).inserted {
            report("regions", "must have different names", value: region.name.quoted)
        }
        if case .url = settings.proxy { return }
        if !settings.noProxy.isEmpty {
            report("no_proxy", "has no effect unless proxy is a URL", also: ["proxy"], severity: .warning)
        }
    }

    private mutating func checkCluster() {
        let cluster = settings.cluster
        if cluster.renew * 2 >= cluster.leaseTTL {
            let (renew, life) = ("cluster.renew", "cluster.lease_ttl")
            if isGiven(life), !isGiven(renew) {
                report(life, "must be more than twice \(renew) \(cluster.renew.secondsText)", also: [renew])
            } else {
                report(renew, "must be below half of \(life) \(cluster.leaseTTL.secondsText)", also: [life])
            }
        }
        guard cluster.mode != .off else { return }
        if cluster.url == nil { report("cluster.mode", "needs cluster.url", also: ["cluster.url"]) }
        let gigachat = settings.providers.gigachat
        let hasOne = settings.limits.concurrency == 1 || (gigachat.concurrency == 1)
        if hasOne, cluster.onOutage == .localShare, cluster.expectedInstances > 1 {
            report(
                "cluster.on_outage",
                "cannot share one request at a time between \(cluster.expectedInstances) processes",
                hint: "choose \"closed\" or \"open\"",
                severity: .warning
            )
        }
    }

    private mutating func checkServer() {
        if let token = settings.stats.token?.reveal(),
            token.utf8.count < 16 || !token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        {
            report("stats.token", "must have at least 16 visible ASCII characters and no spaces")
        }
        let host = ListenAddress(settings.stats.host)
        guard host.isValid else {
            return report(
                "stats.host",
                "must be an IPv4 or IPv6 address, or localhost",
                hint: "use \"127.0.0.1\" for this machine, or \"0.0.0.0\" for all interfaces"
            )
        }
        if !host.isLoopback, settings.stats.token == nil {
            report("stats.host", "needs stats.token_file unless it is a loopback address", also: ["stats.token"])
        }
    }

    // MARK: Reporting

    private func origin(_ path: String) -> PoolSettings.Origin { origins[path] ?? .builtIn }

    private func isGiven(_ path: String) -> Bool { origins[path] != nil }

    /// Two options of which the first must not exceed the second; the one to blame was given by the stronger source.
    private mutating func inOrder<Number: Comparable>(_ low: String, _ less: Number, _ high: String, _ more: Number) {
        guard less > more else { return }
        let isHighToBlame = origin(high).rank >= origin(low).rank
        let (blamed, other) = isHighToBlame ? (high, low) : (low, high)
        let value = PoolSettings.option(other)?.value(in: settings).description ?? ""
        report(blamed, "must be \(isHighToBlame ? ">=" : "<=") \(other) \(value)", also: [other])
    }

    private mutating func report(
        _ path: String,
        _ rule: String,
        value: String? = nil,
        hint: String? = nil,
        also: [String] = [],
        severity: PoolSettings.Issue.Severity = .error
    ) {
        guard !broken.contains(path), broken.isDisjoint(with: also) else { return }
        issues.append(
            PoolSettings.Issue(
                severity,
                path: "\(LayerReader.root).\(path)",
                rule: rule,
                value: value ?? PoolSettings.option(path)?.value(in: settings).description,
                hint: hint,
                origin: origin(path)
            )
        )
    }
}
