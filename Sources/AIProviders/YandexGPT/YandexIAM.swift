internal import HTTPSessionPool

/// Exchanges long-lived credentials for IAM tokens.
enum YandexIAM {
    /// The documents advise to renew a token every hour, although it lives for up to twelve.
    static let longestUse: Duration = .seconds(3_600)

    /// Where tokens are fetched: `url` as it is, or completed if it stops at the host or at the version.
    static func tokenURL(_ url: String) -> String {
        let url = url.withoutTrailingSlashes
        if url.hasSuffix("/tokens") { return url }
        if url.hasSuffix("/iam/v1") { return url + "/tokens" }
        return url + "/iam/v1/tokens"
    }

    /// The cache of the tokens that `credentials` are exchanged for; `nil` when they are used as they are.
    static func cache(
        _ configuration: YandexGPTConfiguration,
        session: SessionConfiguration,
        failures: FailureReader
    ) throws(ProviderError) -> TokenCache? {
        let exchange: @Sendable () async throws(ProviderError) -> JSONValue
        switch configuration.credentials {
        case .apiKey, .iamToken:
            return nil
        case .metadataService(let url):
            return try metadataCache(url, configuration, session: session, failures: failures)
        case .oauthToken(let token):
            exchange = { () async throws(ProviderError) -> JSONValue in
                ["yandexPassportOauthToken": .string(token.reveal())]
            }
        case .serviceAccount(let jwt):
            exchange = { () async throws(ProviderError) -> JSONValue in
                do {
                    return ["jwt": .string(try await jwt().reveal())]
                } catch {
                    let reason = failures.redactor.clean(String(describing: error))
                    throw ProviderError(.unauthorized, .yandexGPT, "The JWT could not be made: \(reason)")
                }
            }
        }
        let url = tokenURL(configuration.iamURL)
        let channel = try channel(url, configuration, session: session, failures: failures)
        return TokenCache(
            provider: .yandexGPT,
            leeway: configuration.tokenRefreshLeeway,
            sessions: channel.sessions
        ) { () async throws(ProviderError) -> FetchedToken in
            let body = try channel.encode(try await exchange())
            let request = Request(.post, url, headers: ["Content-Type": "application/json"], body: body)
            return try token(in: try await channel.send(request), channel)
        }
    }

    /// The token in the answer to an exchange.
    static func token(in response: Response, _ channel: ProviderChannel) throws(ProviderError) -> FetchedToken {
        let answer = try channel.decode(YandexGPTWire.IAMToken.self, from: response)
        let serverNow = response.headers["date"].flatMap { UnixTime(httpDate: $0) } ?? .now
        return FetchedToken(
            value: Secret(answer.iamToken),
            lifetime: lifetime(expiresAt: answer.expiresAt, serverNow: serverNow)
        )
    }

    private static func metadataCache(
        _ url: String,
        _ configuration: YandexGPTConfiguration,
        session: SessionConfiguration,
        failures: FailureReader
    ) throws(ProviderError) -> TokenCache {
        var direct = session
        // The service answers to the machine itself; a proxy would ask for the proxy's machine.
        direct.proxy = .none
        let channel = try channel(url, configuration, session: direct, failures: failures)
        return TokenCache(
            provider: .yandexGPT,
            leeway: configuration.tokenRefreshLeeway,
            sessions: channel.sessions
        ) { () async throws(ProviderError) -> FetchedToken in
            let response = try await channel.send(Request(.get, url, headers: ["Metadata-Flavor": "Google"]))
            let answer = try channel.decode(YandexGPTWire.MetadataToken.self, from: response)
            let life = answer.expiresIn.map { Duration.seconds($0.value) } ?? longestUse
            return FetchedToken(value: Secret(answer.accessToken), lifetime: min(life, longestUse))
        }
    }

    private static func channel(
        _ url: String,
        _ configuration: YandexGPTConfiguration,
        session: SessionConfiguration,
        failures: FailureReader
    ) throws(ProviderError) -> ProviderChannel {
        var session = session
        session.becomeControl()
        return ProviderChannel(
            sessions: try SessionSource(
                .yandexGPT,
                baseURL: url,
                configuration: session,
                pool: configuration.pool,
                usePool: configuration.usePool
            ),
            authorizer: .none,
            failures: failures
        )
    }

    /// How long a token may be used; `serverNow` is the server's clock where it is known.
    static func lifetime(expiresAt: String?, serverNow: UnixTime) -> Duration {
        guard let expiry = expiresAt.flatMap({ UnixTime(rfc3339: $0) }) else { return longestUse }
        return min(expiry - serverNow, longestUse)
    }
}
