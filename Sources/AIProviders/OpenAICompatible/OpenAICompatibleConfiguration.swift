public import HTTPSessionPool

/// How an ``OpenAICompatibleClient`` reaches a service that speaks OpenAI's format, and as whom.
public struct OpenAICompatibleConfiguration: Sendable {
    /// Which field limits the length of the answer.
    public enum TokenLimitField: String, Sendable, Hashable, CaseIterable {
        /// `max_tokens`, which nearly everyone takes.
        case maxTokens = "max_tokens"
        /// `max_completion_tokens`, which OpenAI's newer models demand.
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// When what the model thought is sent back with its message.
    public enum ReasoningReturn: Sendable, Hashable, CaseIterable {
        /// With messages that call tools: DeepSeek and Gemini refuse the result of a tool without it, and older models of
        /// DeepSeek refuse it with anything else.
        case withToolCalls
        /// With every message that has it.
        case always
        /// Never.
        case never
    }

    /// The name under which errors and metrics show the service.
    public var provider = Provider.openAI
    /// The base URL, with its `/v1`.
    public var baseURL: String
    /// The key, sent as `Authorization: Bearer`; `nil` sends no such header.
    public var apiKey: Secret?
    /// The model for requests that name none; `nil` makes such a request an error.
    public var model: String?
    /// The model for embeddings that name none; `nil` makes such a request an error.
    public var embeddingModel: String?
    /// Sent as `OpenAI-Organization`, if set.
    public var organization: String?
    /// Sent as `OpenAI-Project`, if set; Yandex takes the folder there.
    public var project: String?
    /// Whether a stream is asked to end with what it cost (`stream_options.include_usage`).
    public var includesUsage = true
    /// Which field limits the length of the answer.
    public var tokenLimitField = TokenLimitField.maxTokens
    /// When what the model thought is sent back with its message; default: with messages that call tools.
    public var reasoningReturn = ReasoningReturn.withToolCalls
    /// Further fields of every chat's body, such as `enable_thinking`; a request's own fields win.
    public var extra: [String: JSONValue] = [:]
    /// Further header fields of every request.
    public var headers: HeaderFields = [:]
    /// Limits, time limits, TLS and proxy of the session; default: 10 requests at once.
    ///
    /// A stream may be without anything but heartbeats for 600 s: DeepSeek documents them for up to 10 minutes before the
    /// answer begins, and OpenAI's own clients wait as long.
    public var session = {
        var session = SessionConfiguration.generation(concurrency: 10)
        session.timeouts.noProgress = .seconds(600)
        return session
    }()
    /// Whether the health of the session is checked by a real chat instead of a free request; default: `false`.
    ///
    /// It proves that the credential, the model and the account work, which no free request does, and it costs: a prompt of
    /// one token and an answer of one, about 10 tokens, of ``model``, which must be set. Checks
    /// are left out while requests are answered, so a session that idles pays most: at most 1 440 chats a day at the usual
    /// interval of 60 s. Any answer but a success fails the check, a refusal of the credential or a 429 as well.
    /// ``SessionConfiguration/health`` has the interval and the time limit; its mode does not count then.
    public var checksHealthByCompletion = false
    /// The pool; `nil` takes ``SessionPool/shared``.
    public var pool: SessionPool?
    /// Whether requests run on a session of the pool.
    ///
    /// With `false` the client owns a private one; call ``OpenAICompatibleClient/close()``.
    public var usePool = true

    /// Makes a configuration for a service.
    public init(baseURL: String, apiKey: Secret? = nil, model: String? = nil) {
        self.baseURL = baseURL
        self.apiKey = apiKey
        self.model = model
    }
}

extension OpenAICompatibleConfiguration {
    /// OpenAI itself.
    public static func openAI(apiKey: Secret, model: String? = nil) -> OpenAICompatibleConfiguration {
        var configuration = OpenAICompatibleConfiguration(
            baseURL: "https://api.openai.com/v1",
            apiKey: apiKey,
            model: model
        )
        configuration.tokenLimitField = .maxCompletionTokens
        return configuration
    }

    /// DeepSeek; it keeps a waiting request alive with blank lines and comments, which are skipped.
    public static func deepSeek(apiKey: Secret, model: String = "deepseek-chat") -> OpenAICompatibleConfiguration {
        var configuration = OpenAICompatibleConfiguration(
            baseURL: "https://api.deepseek.com/v1",
            apiKey: apiKey,
            model: model
        )
        configuration.provider = Provider(rawValue: "deepseek")
        return configuration
    }

    /// Ollama, by default on this machine; it wants some key and ignores it.
    public static func ollama(
        model: String,
        baseURL: String = "http://localhost:11434/v1"
    ) -> OpenAICompatibleConfiguration {
        var configuration = OpenAICompatibleConfiguration(baseURL: baseURL, apiKey: "ollama", model: model)
        configuration.provider = Provider(rawValue: "ollama")
        return configuration
    }

    /// A vLLM server.
    public static func vLLM(
        model: String,
        baseURL: String = "http://localhost:8000/v1",
        apiKey: Secret? = nil
    ) -> OpenAICompatibleConfiguration {
        var configuration = OpenAICompatibleConfiguration(baseURL: baseURL, apiKey: apiKey, model: model)
        configuration.provider = Provider(rawValue: "vllm")
        return configuration
    }

    /// Qwen at DashScope, the Chinese or the international host.
    public static func qwen(
        apiKey: Secret,
        model: String = "qwen-plus",
        international: Bool = false
    ) -> OpenAICompatibleConfiguration {
        var configuration = OpenAICompatibleConfiguration(
            baseURL: "https://dashscope\(international ? "-intl" : "").aliyuncs.com/compatible-mode/v1",
            apiKey: apiKey,
            model: model
        )
        configuration.provider = Provider(rawValue: "qwen")
        return configuration
    }

    /// Yandex's OpenAI-compatible interface.
    ///
    /// Ids of tool calls are function names there, and a stream sends its usage unasked or not at all.
    ///
    /// - Parameters:
    ///   - folder: The folder that pays; a model without a scheme becomes `gpt://<folder>/<model>`.
    ///   - apiKey: An API key or an IAM token.
    ///   - model: A name such as `yandexgpt/latest`, or a whole URI.
    /// - Returns: The configuration.
    public static func yandex(
        folder: String,
        apiKey: Secret,
        model: String = "yandexgpt/latest"
    ) -> OpenAICompatibleConfiguration {
        var configuration = OpenAICompatibleConfiguration(
            baseURL: "https://llm.api.cloud.yandex.net/v1",
            apiKey: apiKey,
            model: YandexModelURI.chat(model, folder: folder)
        )
        configuration.provider = Provider(rawValue: "yandex-openai")
        configuration.embeddingModel = YandexModelURI.embedding("text-search-doc/latest", folder: folder)
        configuration.project = folder
        configuration.includesUsage = false
        return configuration
    }
}
