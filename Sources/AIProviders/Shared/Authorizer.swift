/// How a client proves who it is, request by request.
enum Authorizer: Sendable {
    /// Not by a header.
    case none
    /// By a header that never changes.
    case fixed(Secret)
    /// By `Bearer` and a token that is renewed.
    case renewed(TokenCache)

    /// What goes into the `Authorization` header, and the version of the token in it.
    struct Authorization: Sendable {
        /// The header's value; `nil` sends no header.
        var value: Secret?
        /// The token's version; `nil` when a new one cannot be had.
        var version: Int?
    }

    /// The authorization for a request that is sent now.
    func authorization() async throws(ProviderError) -> Authorization {
        switch self {
        case .none:
            return Authorization()
        case .fixed(let value):
            return Authorization(value: value)
        case .renewed(let cache):
            let token = try await cache.token()
            return Authorization(value: Secret("Bearer " + token.value.reveal()), version: token.version)
        }
    }

    /// Closes the private session that tokens are fetched on, if there is one.
    func close() async {
        if case .renewed(let cache) = self { await cache.close() }
    }

    /// Takes note that a server refused an authorization.
    ///
    /// - Returns: Whether it is worth asking for another one.
    func invalidate(_ authorization: Authorization) async -> Bool {
        guard case .renewed(let cache) = self, let version = authorization.version else { return false }
        await cache.invalidate(version: version)
        return true
    }
}
