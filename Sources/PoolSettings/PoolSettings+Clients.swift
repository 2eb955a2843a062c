public import AIProviders
internal import HTTPSessionPool

// What the settings mean for the providers' clients. Their time limits and account limits differ from the pool's, because
// models think and accounts are small: one that nobody gives leaves the client's own default. Of the rest, connections kept
// open among them, clients have what the pool has.

extension PoolSettings.Loaded {
    /// GigaChat's client as the settings and its own variables want it.
    ///
    /// The order of precedence: the client's defaults, presets and files, the variables of GigaChat's own tools
    /// (`GIGACHAT_…`), then variables that begin with `POOL_SETTINGS__`, code and the command line. Credentials come from
    /// GigaChat's variables only.
    ///
    /// - Parameter environment: Where GigaChat's variables are; the process's by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing or wrong.
    public func gigaChat(
        _ environment: [String: String] = ProcessEnvironment.current
    ) throws(ProviderError) -> GigaChatConfiguration {
        var configuration = try GigaChatConfiguration.fromEnvironment(environment) { apply(to: &$0, .all) }
        apply(to: &configuration, .strong)
        return configuration
    }

    /// YandexGPT's client as the settings and its own variables (`YC_…`) want it; precedence as for ``gigaChat(_:)``.
    ///
    /// - Parameter environment: Where Yandex's variables are; the process's by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing or wrong.
    public func yandexGPT(
        _ environment: [String: String] = ProcessEnvironment.current
    ) throws(ProviderError) -> YandexGPTConfiguration {
        var configuration = try YandexGPTConfiguration.fromEnvironment(environment) { apply(to: &$0, .all) }
        apply(to: &configuration, .strong)
        return configuration
    }

    /// 1C:Naparnik's client as the settings and its own variables (`ONEC_AI_…`) want it; precedence as for
    /// ``gigaChat(_:)``.
    ///
    /// - Parameter environment: Where 1C:Naparnik's variables are; the process's by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing or wrong.
    public func naparnik(
        _ environment: [String: String] = ProcessEnvironment.current
    ) throws(ProviderError) -> NaparnikConfiguration {
        var configuration = try NaparnikConfiguration.fromEnvironment(environment) { apply(to: &$0, .all) }
        apply(to: &configuration, .strong)
        return configuration
    }

    /// The client of a service in OpenAI's format, as the settings and OpenAI's variables want it; precedence as for
    /// ``gigaChat(_:)``.
    ///
    /// - Parameter environment: Where OpenAI's variables are; the process's by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing.
    public func openAICompatible(
        _ environment: [String: String] = ProcessEnvironment.current
    ) throws(ProviderError) -> OpenAICompatibleConfiguration {
        var configuration = try OpenAICompatibleConfiguration.fromEnvironment(environment) { apply(to: &$0, .all) }
        apply(to: &configuration, .strong)
        return configuration
    }

    /// Makes a client that code configures behave as the settings want it; what code sets afterwards counts over them.
    public func apply(to configuration: inout GigaChatConfiguration) {
        apply(to: &configuration, .all)
    }

    /// Makes a client that code configures behave as the settings want it; what code sets afterwards counts over them.
    public func apply(to configuration: inout YandexGPTConfiguration) {
        apply(to: &configuration, .all)
    }

    /// Makes a client that code configures behave as the settings want it; what code sets afterwards counts over them.
    public func apply(to configuration: inout NaparnikConfiguration) {
        apply(to: &configuration, .all)
    }

    /// Makes a client that code configures behave as the settings want it; what code sets afterwards counts over them.
    public func apply(to configuration: inout OpenAICompatibleConfiguration) {
        apply(to: &configuration, .all)
    }
}

extension PoolSettings.Loaded {
    private func apply(to configuration: inout GigaChatConfiguration, _ part: Part) {
        let own = settings.providers.gigachat
        if counts(\.providers.gigachat.scope, part) {
            configuration.scope = GigaChatConfiguration.Scope(rawValue: own.scope)
        }
        if counts(\.providers.gigachat.account.refreshAhead, part) {
            configuration.tokenRefreshLeeway = own.account.refreshAhead
        }
        apply(toAny: &configuration, part)
        let usual = configuration.scope.defaultConcurrency
        let limit = limit(&configuration.session, own: own.concurrency, usual: usual, part)
        // Left open otherwise: code may name another scope yet.
        if limit != usual { configuration.maxConcurrentRequests = limit }
    }

    private func apply(to configuration: inout YandexGPTConfiguration, _ part: Part) {
        let own = settings.providers.yandexgpt
        if counts(\.providers.yandexgpt.account.refreshAhead, part) {
            configuration.tokenRefreshLeeway = own.account.refreshAhead
        }
        apply(toAny: &configuration, part)
        let isGiven = isGiven(\.providers.yandexgpt.concurrency)
        limit(&configuration.session, own: isGiven ? own.concurrency : nil, usual: own.concurrency, part)
    }

    private func apply(to configuration: inout NaparnikConfiguration, _ part: Part) {
        let own = settings.providers.naparnik
        apply(toAny: &configuration, part)
        let isGiven = isGiven(\.providers.naparnik.concurrency)
        limit(&configuration.session, own: isGiven ? own.concurrency : nil, usual: own.concurrency, part)
    }

    private func apply(to configuration: inout OpenAICompatibleConfiguration, _ part: Part) {
        apply(toAny: &configuration, part)
        // A service that nobody knows has no limit but the pool's.
        limit(&configuration.session, own: nil, usual: settings.maxSize, part)
    }
}
