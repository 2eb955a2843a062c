internal import FoundationEssentials
internal import HTTPSessionPool

/// Fetches GigaChat's access tokens.
enum GigaChatTokens {
    /// The answer of both token endpoints: `{"access_token","expires_at"}` or `{"tok","exp"}`.
    struct Answer: Decodable, Hashable {
        var token: String
        var expiry: Double?

        enum CodingKeys: String, CodingKey {
            case tok, exp
            case accessToken = "access_token"
            case expiresAt = "expires_at"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let token = try container.decodeIfPresent(String.self, forKey: .accessToken) {
                self.token = token
            } else {
                token = try container.decode(String.self, forKey: .tok)
            }
            expiry =
                try container.decodeIfPresent(Double.self, forKey: .expiresAt)
                ?? container.decodeIfPresent(Double.self, forKey: .exp)
        }
    }

    /// How long a token lives that comes without its end, by the provider's documentation.
    static let documentedLifetime: Duration = .seconds(30 * 60)

    /// How long a token lives from now on.
    ///
    /// The documents say milliseconds and show seconds: a number under 10^11 is seconds (milliseconds since 1970 passed it
    /// in 1973, seconds will in 5138). `serverNow` is the server's clock where it is known, so that a wrong one here does
    /// not make every token look expired.
    static func lifetime(expiry: Double?, serverNow: UnixTime) -> Duration {
        guard let expiry, expiry > 0, expiry < 1e15 else { return documentedLifetime }
        return UnixTime(sinceEpoch: expiry < 1e11 ? .seconds(expiry) : .milliseconds(expiry)) - serverNow
    }

    /// The token in a response.
    static func token(in response: Response, _ channel: ProviderChannel) throws(ProviderError) -> FetchedToken {
        let answer = try channel.decode(Answer.self, from: response)
        let serverNow = response.headers["date"].flatMap { UnixTime(httpDate: $0) } ?? .now
        return FetchedToken(
            value: Secret(answer.token),
            lifetime: lifetime(expiry: answer.expiry, serverNow: serverNow)
        )
    }

    /// The OAuth request for an authorization key.
    static func oauthRequest(url: String, key: Secret, scope: GigaChatConfiguration.Scope) -> Request {
        Request(
            .post,
            url,
            headers: [
                "Authorization": "Basic " + key.reveal(),
                "RqUID": RequestID.make(),
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            ],
            body: Array("scope=\(scope.rawValue.pathSegment)".utf8)
        )
    }

    /// The token request of stands that take a user and a password.
    static func passwordRequest(user: String, password: Secret) -> Request {
        Request(
            .post,
            "/token",
            headers: [
                "Authorization": "Basic " + base64("\(user):\(password.reveal())"), "Accept": "application/json",
            ],
            body: []
        )
    }

    /// The authorization key of a client id and its secret.
    static func authorizationKey(id: String, secret: Secret) -> Secret {
        Secret(base64("\(id):\(secret.reveal())"))
    }

    private static func base64(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
    }
}
