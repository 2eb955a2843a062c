public import HTTPSessionPool

/// How a ``YandexGPTClient`` reaches YandexGPT, and as whom.
public struct YandexGPTConfiguration: Sendable {
    /// By what the client proves who it is.
    public enum Credentials: Sendable {
        /// An API key of a service account.
        case apiKey(Secret)
        /// An IAM token that somebody else renews.
        case iamToken(Secret)
        /// An OAuth token of a person; IAM tokens are fetched and renewed with it.
        case oauthToken(Secret)
        /// A signed JWT of a service account, asked for whenever an IAM token is fetched: a JWT lives an hour at most.
        case serviceAccount(jwt: @Sendable () async throws -> Secret)
        /// The metadata service of a virtual machine in Yandex Cloud.
        case metadataService(url: String = YandexGPTConfiguration.metadataURL)

        /// Tells by its form what a bare string is: an IAM token (`t1.…`), an OAuth token (`y0_…`) or else an API key.
        public init(classifying value: String) {
            self = YandexCredentialForm(of: value).credentials
        }
    }

    /// Where a virtual machine finds its token.
    public static let metadataURL =
        "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"

    /// The folder that pays; it is a part of every model's URI.
    public var folderID: String
    /// By what the client proves who it is.
    public var credentials: Credentials
    /// The base URL of the native REST interface.
    public var baseURL = "https://llm.api.cloud.yandex.net/foundationModels/v1"
    /// Where chats are sent, after the base URL.
    ///
    /// Older stands take `…/llm/v1alpha` with `/chat/completions`.
    public var completionPath = "/completion"
    /// Where the state of asynchronous operations is asked for.
    ///
    /// `nil` takes `https://operation.api.cloud.yandex.net` for the default base URL, and the origin of any other.
    public var operationURL: String?
    /// Where IAM tokens are fetched.
    public var iamURL = "https://iam.api.cloud.yandex.net/iam/v1/tokens"
    /// The model for requests that name none: a name such as `yandexgpt/latest`, or a whole URI such as `gpt://…`.
    public var model = "yandexgpt/latest"
    /// Whether the folder is also sent as `x-folder-id`, as a person's IAM token needs; default: `true`.
    public var sendsFolderHeader = true
    /// Whether the provider may log requests (`x-data-logging-enabled`); `nil` leaves it to the provider.
    public var dataLogging: Bool?
    /// How long before its end an IAM token is renewed; `nil`, the default, takes a tenth of its life, at least 60 s.
    public var tokenRefreshLeeway: Duration?
    /// Limits, time limits, TLS and proxy of the session; default: 10 requests at once, the quota of the usual models.
    public var session = SessionConfiguration.generation(concurrency: 10)
    /// Whether the health of the session is checked by a real chat instead of a free request; default: `false`.
    ///
    /// It proves that the credential, the model and the account work, which no free request does, and it costs: a prompt of
    /// one token and an answer of one, about 15 tokens as YandexGPT counts them, of ``model``. Checks
    /// are left out while requests are answered, so a session that idles pays most: at most 1 440 chats a day at the usual
    /// interval of 60 s. Any answer but a success fails the check, a refusal of the credential or a 429 as well.
    /// ``SessionConfiguration/health`` has the interval and the time limit; its mode does not count then.
    public var checksHealthByCompletion = false
    /// The pool; `nil` takes ``SessionPool/shared``.
    public var pool: SessionPool?
    /// Whether requests run on a session of the pool.
    ///
    /// With `false` the client owns a private one; call ``YandexGPTClient/close()``.
    public var usePool = true

    /// Makes the default configuration for a folder.
    public init(folderID: String, credentials: Credentials) {
        self.folderID = folderID
        self.credentials = credentials
    }
}
