public import HTTPSessionPool

/// How a ``GigaChatClient`` reaches GigaChat, and as whom.
public struct GigaChatConfiguration: Sendable {
    /// Which contract the account has; it decides the scope of tokens and how many requests may run at once.
    public struct Scope: RawRepresentable, Hashable, Sendable {
        /// The scope as OAuth wants it.
        public let rawValue: String

        /// Names a scope.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A private person: one request at a time.
        public static let personal = Scope(rawValue: "GIGACHAT_API_PERS")
        /// A company that pays in advance: ten requests at a time by default.
        public static let business = Scope(rawValue: "GIGACHAT_API_B2B")
        /// A company that pays afterwards: ten requests at a time by default.
        public static let corporate = Scope(rawValue: "GIGACHAT_API_CORP")

        /// Requests that may run at once, by the provider's page on limitations (November 2025); 1 for unknown scopes.
        public var defaultConcurrency: Int { self == .business || self == .corporate ? 10 : 1 }
    }

    /// By what the client proves who it is.
    public enum Credentials: Sendable, Hashable {
        /// The authorization key of the cabinet, ready-made base64; tokens are fetched and renewed with it.
        case authorizationKey(Secret)
        /// The client id and secret of the cabinet, from which the authorization key is made.
        case client(id: String, secret: Secret)
        /// An access token that somebody else renews.
        case accessToken(Secret)
        /// A user and a password, for stands that give tokens at `POST {base}/token`.
        case password(user: String, password: Secret)
        /// Nothing but the client certificate of ``SessionConfiguration/tls``.
        case clientCertificate
    }

    /// Which of GigaChat's two chat protocols is spoken.
    public enum APIVersion: String, Sendable, Hashable, CaseIterable {
        /// The one close to OpenAI's: messages of text, `functions`, streams that end with `[DONE]`.
        case v1
        /// The newer one: messages of parts, built-in tools, streams of named events.
        case v2
    }

    /// The API's base URL; default: the classic host; `https://api.giga.chat/v1` is the newer one.
    public var baseURL = "https://gigachat.devices.sberbank.ru/api/v1"
    /// Where tokens are fetched.
    ///
    /// It is another origin than the API and gets a session of its own.
    public var authURL = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
    /// By what the client proves who it is.
    public var credentials: Credentials
    /// Which contract the account has; default: a private person.
    public var scope = Scope.personal
    /// The model for requests that name none; default: `GigaChat`.
    public var model = "GigaChat"
    /// Which chat protocol is spoken; default: ``APIVersion/v1``, which every stand has.
    public var apiVersion = APIVersion.v1
    /// The role of function results in ``APIVersion/v2``: `tool` as recorded; one stand was seen to demand `function`.
    public var functionResultRole = "tool"
    /// Whether the provider checks for profanity; `nil` leaves it to the provider.
    public var profanityCheck: Bool?
    /// Flags for the request's `flags` field, as the provider's support may tell.
    public var flags: [String] = []
    /// Sent as `X-Client-ID`, if set.
    public var clientID: String?
    /// Sent as `X-Session-ID`, if set: requests of one id share the provider's prompt cache.
    public var sessionID: String?
    /// How long before its end a token is renewed; `nil`, the default, takes a tenth of its life, at least 60 s.
    ///
    /// Of GigaChat's half an hour that is 3 minutes; the official SDK has 60 s.
    public var tokenRefreshLeeway: Duration?
    /// Requests that may run at once; `nil` takes what the scope allows: 1 for a private person, else 10.
    public var maxConcurrentRequests: Int?
    /// Limits, time limits, TLS and proxy of the session.
    ///
    /// ``maxConcurrentRequests`` replaces the limit in it.
    ///
    /// GigaChat's certificates come from the Russian Trusted Root CA, which no system bundle holds: add it to
    /// ``TLSConfiguration/additionalRoots``.
    public var session = SessionConfiguration.generation()
    /// Whether the health of the session is checked by a real chat instead of a free request; default: `false`.
    ///
    /// It proves that the credential, the model and the account work, which no free request does, and it costs: a prompt of
    /// one token and an answer of one, about 20 tokens as GigaChat counts them, of ``model``. Checks
    /// are left out while requests are answered, so a session that idles pays most: at most 1 440 chats a day at the usual
    /// interval of 60 s. Any answer but a success fails the check, a refusal of the credential or a 429 as well.
    /// ``SessionConfiguration/health`` has the interval and the time limit; its mode does not count then.
    public var checksHealthByCompletion = false
    /// The pool; `nil` takes ``SessionPool/shared``.
    public var pool: SessionPool?
    /// Whether requests run on a session of the pool.
    ///
    /// With `false` the client owns a private one; call ``GigaChatClient/close()``.
    public var usePool = true

    /// Makes the default configuration for an account.
    public init(credentials: Credentials) {
        self.credentials = credentials
    }
}
