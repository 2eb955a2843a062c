internal import HTTPSessionPool

extension GigaChatConfiguration.Credentials {
    /// What must never show in an error.
    var secrets: [Secret] {
        switch self {
        case .authorizationKey(let key): [key]
        case .client(let id, let secret): [secret, GigaChatTokens.authorizationKey(id: id, secret: secret)]
        case .accessToken(let token): [token]
        case .password(_, let password): [password]
        case .clientCertificate: []
        }
    }
}

extension GigaChatConfiguration {
    /// The configuration of the API's session: the account's limit, and a name that keeps accounts apart.
    func apiSession() throws(ProviderError) -> SessionConfiguration {
        var session = session
        if case .clientCertificate = credentials, session.tls.clientCertificate == nil {
            throw ProviderError(
                .invalidConfiguration,
                .gigaChat,
                "Without a key or a token a client certificate is needed: set session.tls.clientCertificate."
            )
        }
        if case .authorizationKey(let key) = credentials, !key.reveal().isPrintableASCII {
            throw ProviderError(
                .invalidConfiguration,
                .gigaChat,
                "The authorization key is empty or holds characters that a header cannot: copy it again from the cabinet."
            )
        }
        session.limits.maxConcurrentRequests = max(1, maxConcurrentRequests ?? scope.defaultConcurrency)
        session.credentialsScope = session.credentialsScope ?? CredentialsScope.name(.gigaChat, credentials)
        return session
    }

    /// The configuration of the session for tokens: another origin, short calls, no client certificate.
    func authSession() -> SessionConfiguration {
        var session = session
        session.tls.clientCertificate = nil
        session.becomeControl()
        session.credentialsScope = session.credentialsScope ?? CredentialsScope.name(.gigaChat, credentials)
        return session
    }
}
