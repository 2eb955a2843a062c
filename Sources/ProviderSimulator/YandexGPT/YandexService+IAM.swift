extension YandexService {
    /// `POST /iam/v1/tokens` and its verbs.
    func iam(_ request: HTTPRequest, _ path: [String]) throws(YandexError) -> Reply {
        guard request.method == "POST", path.count == 3, path[1] == "v1" else { throw YandexError(404, "Not Found") }
        let json = JSON(parsing: request.body)
        switch path[2] {
        case "tokens":
            guard json?["yandexPassportOauthToken"]?.string != nil || json?["jwt"]?.string.map(isJWT) ?? false else {
                throw YandexError(400, "one of yandexPassportOauthToken and jwt is required")
            }
            return issue()
        case "tokens:createForServiceAccount":
            _ = try authorized(request)
            guard json?["serviceAccountId"]?.string != nil else {
                throw YandexError(400, "serviceAccountId is required")
            }
            return issue()
        case "tokens:revoke":
            guard let token = json?["iamToken"]?.string else { throw YandexError(400, "iamToken is required") }
            state.withLock { $0.iamTokens[token] = .min }
            return .json([:])
        default: throw YandexError(404, "Not Found")
        }
    }

    private func isJWT(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).count == 3
    }

    private func issue() -> Reply {
        let token = "t1." + identifiers.text(300, from: IdentifierSource.base64URL)
        let life = options.iamTokenLife.nanoseconds
        state.withLock { $0.iamTokens[token] = SystemClock.monotonic + life }
        recorder.tokenIssued()
        return .json([
            "iamToken": .string(token),
            "expiresAt": .string(Timestamp.text(nanoseconds: SystemClock.wall + life, digits: 9)),
        ])
    }

    /// Ends the life of every IAM token issued so far.
    func expireTokens() {
        state.withLock { state in
            for token in state.iamTokens.keys { state.iamTokens[token] = .min }
        }
    }
}
