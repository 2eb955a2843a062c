public import HTTPSessionPool

/// How a ``NaparnikClient`` reaches 1C:Naparnik, and as whom.
///
/// There is no public API documentation; the defaults follow the clients that people run (2026).
public struct NaparnikConfiguration: Sendable {
    /// Which of the two interfaces is spoken.
    public enum API: String, Sendable, Hashable, CaseIterable {
        /// The conversations of `code.1c.ai`.
        case conversations
        /// One request in OpenAI's format, `POST {base}/chat/completions`, as older stands answer it.
        case completions
    }

    /// How the token is written into the `Authorization` header.
    public enum AuthorizationFormat: String, Sendable, Hashable, CaseIterable {
        /// The token alone.
        case plain
        /// `Bearer` and the token.
        case bearer
    }

    /// The base URL of ``API/conversations``.
    public static let conversationsURL = "https://code.1c.ai/chat_api/v1"
    /// The base URL of ``API/completions``.
    public static let completionsURL = "https://naparnik.platform.1c.ru/api/v1"

    /// The token, from `code.1c.ai/tokens/`.
    public var token: Secret
    /// Which interface is spoken.
    public var api: API
    /// The base URL; for conversations a URL without a path, such as `https://code.1c.ai`, gets `/chat_api/v1`.
    public var baseURL: String
    /// How the token is written; default: alone for conversations, with `Bearer` for completions.
    public var authorizationFormat: AuthorizationFormat
    /// The model for completions that name none; default: `naparnik-pro`.
    public var model = "naparnik-pro"
    /// `custom`, the default, gives the model the server's tools (ITS, documentation); `raw` none.
    public var skillName = "custom"
    /// The language of the answers; default: `russian`.
    public var uiLanguage = "russian"
    /// The programming language of the conversation; empty by default.
    public var programmingLanguage = ""
    /// Which of 1C's two script languages is used; default: `ru`.
    public var scriptLanguage = "ru"
    /// The longest message accepted, in characters; default: 100 000: longer ones are refused before sending.
    public var maxInputLength = 100_000
    /// What is done when the model asks for tools.
    public var toolPolicy = NaparnikToolPolicy.serverTools
    /// The status with which a result that was computed here is sent; other clients were seen to use `ok` as well.
    public var localResultStatus = "rejected"
    /// Limits, time limits, TLS and proxy of the session; default: 2 requests at once.
    ///
    /// Between two events a stream may be silent for 240 s: the server's tools were seen to take 160 s. Heartbeats do not
    /// count as events.
    public var session: SessionConfiguration = {
        var session = SessionConfiguration.generation(concurrency: 2)
        session.timeouts.noProgress = .seconds(240)
        return session
    }()
    /// Whether the health of the session is checked by a real chat instead of a free request; default: `false`.
    ///
    /// It proves that the credential, the model and the account work, which no free request does, and it costs: a short
    /// answer, one message of the account's quota and, in ``API/conversations``, a conversation that stays on the server. Checks
    /// are left out while requests are answered, so a session that idles pays most: at most 1 440 chats a day at the usual
    /// interval of 60 s. Any answer but a success fails the check, a refusal of the credential or a 429 as well.
    /// ``SessionConfiguration/health`` has the interval and the time limit; its mode does not count then. An answer here may
    /// well take longer than the usual 5 s: allow more.
    public var checksHealthByCompletion = false
    /// The pool; `nil` takes ``SessionPool/shared``.
    public var pool: SessionPool?
    /// Whether requests run on a session of the pool.
    ///
    /// With `false` the client owns a private one; call ``NaparnikClient/close()``.
    public var usePool = true

    /// Makes the default configuration for a token.
    public init(token: Secret, api: API = .conversations) {
        self.token = token
        self.api = api
        switch api {
        case .conversations:
            baseURL = Self.conversationsURL
            authorizationFormat = .plain
        case .completions:
            baseURL = Self.completionsURL
            authorizationFormat = .bearer
        }
    }
}
