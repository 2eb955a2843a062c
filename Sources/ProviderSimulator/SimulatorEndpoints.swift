/// Where the simulated providers listen, in the form that `session-pool simulate` prints.
public struct SimulatorEndpoints: Codable, Hashable, Sendable {
    /// GigaChat's two URLs.
    public struct GigaChat: Codable, Hashable, Sendable {
        /// The API's base, version 1; version 2 lies beside it.
        public var baseURL: String
        /// The OAuth endpoint that issues access tokens.
        public var authURL: String

        enum CodingKeys: String, CodingKey {
            case baseURL = "base_url"
            case authURL = "auth_url"
        }
    }

    /// YandexGPT's three URLs; operations are under `/operations` of the same origin.
    public struct YandexGPT: Codable, Hashable, Sendable {
        /// The native API's base.
        public var baseURL: String
        /// The OpenAI-compatible API's base.
        public var openAIBaseURL: String
        /// The endpoint that exchanges an OAuth token or a JWT for an IAM token.
        public var iamURL: String

        enum CodingKeys: String, CodingKey {
            case baseURL = "base_url"
            case openAIBaseURL = "openai_base_url"
            case iamURL = "iam_url"
        }
    }

    /// A provider with one base URL.
    public struct Single: Codable, Hashable, Sendable {
        /// The API's base.
        public var baseURL: String

        enum CodingKeys: String, CodingKey {
            case baseURL = "base_url"
        }
    }

    /// GigaChat.
    public var gigachat: GigaChat
    /// YandexGPT.
    public var yandexgpt: YandexGPT
    /// 1C:Naparnik; both of its forms live under this base.
    public var naparnik: Single
    /// The OpenAI-compatible provider.
    public var openai: Single
    /// The PEM file of the CA to trust; nil without TLS.
    public var caFile: String?

    enum CodingKeys: String, CodingKey {
        case gigachat
        case yandexgpt
        case naparnik
        case openai
        case caFile = "ca_file"
    }
}

extension SimulatorEndpoints {
    /// The endpoints of servers on `ports` of `host`.
    init(scheme: String, host: String, ports: [SimulatorProvider: UInt16], caFile: String?) {
        func origin(_ provider: SimulatorProvider) -> String {
            "\(scheme)://\(host):\(ports[provider] ?? 0)"
        }
        gigachat = GigaChat(
            baseURL: origin(.gigachat) + "/api/v1",
            authURL: origin(.gigachat) + "/api/v2/oauth"
        )
        yandexgpt = YandexGPT(
            baseURL: origin(.yandexgpt) + "/foundationModels/v1",
            openAIBaseURL: origin(.yandexgpt) + "/v1",
            iamURL: origin(.yandexgpt) + "/iam/v1/tokens"
        )
        naparnik = Single(baseURL: origin(.naparnik) + "/chat_api/v1")
        openai = Single(baseURL: origin(.openai) + "/v1")
        self.caFile = caFile
    }
}
