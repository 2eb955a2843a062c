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
            let words = "a completion costs money and needs a probe given in code; until then checks are by http"
            report("health.mode", words, severity: .warning)
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
                hint: "set limits.burst_seconds to \(Int((rate.period / rate.count).rounded(.up))) or more",
                also: ["limits.burst_seconds"]
            )
        }
    }

    private mutating func checkFiles() {
        for (path, file) in [
            ("ca_file", settings.caFile), ("client_cert", settings.clientCert), ("client_key", settings.clientKey),
        ] {
            guard let file, !SystemFile.isReadable(file) else { continue }
            report(path, "must be a file that can be read")
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
        let host = settings.stats.host.lowercased()
        let isLoopback = host == "localhost" || host == "::1" || host == "[::1]" || Self.isLoopbackIPv4(host)
        if !isLoopback, settings.stats.token == nil {
            report("stats.host", "needs stats.token_file unless it is a loopback address", also: ["stats.token"])
        }
    }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
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
