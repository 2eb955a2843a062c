/// An error of the OAuth endpoint, which has codes of its own.
struct GigaChatOAuthError: Hashable, Sendable {
    var status: Int
    var code: Int
    var message: String

    init(_ status: Int, code: Int, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// The answer.
    var reply: Reply {
        .json(["code": .integer(code), "message": .string(message)], status: status)
    }
}

extension GigaChatService {
    private static let scopes: Set<String> = ["GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP"]

    /// `POST /api/v2/oauth`: an access token for an authorization key.
    func oauth(_ request: HTTPRequest) -> Reply {
        guard request.method == "POST" else { return GigaChatOAuthError(405, code: 0, "Method Not Allowed").reply }
        guard let key = basicCredentials(request) else {
            return GigaChatOAuthError(401, code: 4, "Can't decode 'Authorization' header").reply
        }
        guard let id = request[field: "RqUID"], Self.isUUID(id) else {
            return GigaChatOAuthError(400, code: 2, "header 'RqUID' must be a UUID of version 4").reply
        }
        let scope = FormFields(String(decoding: request.body, as: UTF8.self))["scope"] ?? ""
        guard !scope.isEmpty else { return GigaChatOAuthError(400, code: 5, "scope is empty").reply }
        guard Self.scopes.contains(scope) else {
            return GigaChatOAuthError(400, code: 1, "scope data format invalid").reply
        }
        guard options.authorizationKeys?.contains(key) ?? true else {
            return GigaChatOAuthError(401, code: 6, "credentials doesn't match db data").reply
        }
        guard !options.forbiddenScopes.contains(scope) else {
            return GigaChatOAuthError(400, code: 7, "scope from db not fully includes consumed scope").reply
        }
        return issue(GigaChatTokens.Account(key: key, scope: scope), format: options.tokenFormat)
    }

    /// `POST /api/v1/token`: an access token for a user and a password, on stands that have them.
    func passwordToken(_ request: HTTPRequest) -> Reply {
        guard request.method == "POST" else { return GigaChatError(405, "Method Not Allowed").reply }
        guard let key = basicCredentials(request) else { return GigaChatError(401, "Unauthorized").reply }
        return issue(GigaChatTokens.Account(key: key, scope: "GIGACHAT_API_CORP"), format: .tokSeconds)
    }

    /// Whom a request to the API speaks for.
    func authorized(_ request: HTTPRequest) throws(GigaChatError) -> GigaChatTokens.Account {
        guard let field = request[field: "Authorization"] else {
            guard request.hasClientCertificate else { throw GigaChatError(401, "Unauthorized") }
            return GigaChatTokens.Account(key: "client certificate", scope: "GIGACHAT_API_CORP")
        }
        guard field.hasPrefix("Bearer ") else { throw GigaChatError(401, "Unauthorized") }
        let token = String(field.dropFirst(7))
        let isTurnedAway = state.withLock { state in
            guard state.unauthorizedCalls > 0 else { return false }
            state.unauthorizedCalls -= 1
            state.tokens.expire(token)
            return true
        }
        guard !isTurnedAway else { throw GigaChatError(401, "Token has expired") }
        if options.staticTokens.contains(token) {
            return GigaChatTokens.Account(key: token, scope: "GIGACHAT_API_PERS")
        }
        switch state.withLock({ $0.tokens.verdict(token, now: SystemClock.monotonic) }) {
        case .valid(let account): return account
        case .expired: throw GigaChatError(401, "Token has expired")
        case .unknown: throw GigaChatError(401, "Unauthorized")
        }
    }

    private func issue(
        _ account: GigaChatTokens.Account,
        format: SimulatorConfiguration.GigaChat.TokenFormat
    ) -> Reply {
        // As long as the real ones: five parts of an encrypted JWT.
        let token = [240, 342, 16, 540, 22]
            .map { identifiers.text($0, from: IdentifierSource.base64URL) }
            .joined(separator: ".")
        let life = options.tokenLife.nanoseconds
        state.withLock { $0.tokens.add(token, account: account, expiry: SystemClock.monotonic + life) }
        recorder.tokenIssued()
        let expiry = SystemClock.wall + (options.claimedTokenLife?.nanoseconds ?? life)
        let body: JSON =
            switch format {
            case .expiresAtMilliseconds:
                ["access_token": .string(token), "expires_at": .integer(Int(expiry / 1_000_000))]
            case .expiresAtSeconds:
                ["access_token": .string(token), "expires_at": .integer(Int(expiry / 1_000_000_000))]
            case .tokSeconds: ["tok": .string(token), "exp": .integer(Int(expiry / 1_000_000_000))]
            }
        return Reply.json(body)
            .adding("Server", "SynGX")
            .adding("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
    }

    /// The credentials of a Basic authorization; nil unless they are Base64.
    private func basicCredentials(_ request: HTTPRequest) -> String? {
        guard let field = request[field: "Authorization"], field.lowercased().hasPrefix("basic ") else { return nil }
        let key = field.dropFirst(6)
        let body = key.reversed().drop { $0 == "=" }
        guard !body.isEmpty, key.utf8.count.isMultiple(of: 4),
            body.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "/") })
        else { return nil }
        return String(key)
    }

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }
}
