public import HTTPSessionPool

/// In which form the answer should come.
public enum ResponseFormat: Sendable, Hashable {
    /// Text: the default everywhere.
    case text
    /// Some JSON object.
    case jsonObject
    /// JSON that follows a schema; the name is for providers that want one (OpenAI).
    case jsonSchema(name: String = "answer", schema: JSONValue, strict: Bool? = nil)
}

/// What is asked of a model, in the terms that all providers share.
///
/// What is `nil` is not sent: the provider's own default applies. A setting of style that a provider does not have, such as
/// ``topP`` for YandexGPT or any of them for conversations of 1C:Naparnik, is left out; what changes the meaning, such as
/// ``responseFormat`` or ``toolChoice``, is an error of the code ``ProviderError/Code/unsupported`` there.
public struct ChatRequest: Sendable, Hashable {
    /// The model; `nil` takes the one of the client's configuration.
    public var model: String?
    /// The conversation so far, the question last.
    public var messages: [ChatMessage]
    /// How freely the model chooses its words; the range is the provider's.
    public var temperature: Double?
    /// The longest answer, in tokens.
    public var maxTokens: Int?
    /// Nucleus sampling: the share of probability that candidates may come from, 0 to 1.
    public var topP: Double?
    /// The functions that the model may call.
    public var tools: [ToolDefinition]
    /// Which of them it should use.
    public var toolChoice: ToolChoice?
    /// In which form the answer should come.
    public var responseFormat: ResponseFormat?
    /// How long the model should think, such as `low`, `medium` or `high`; sent only to providers that know it.
    public var reasoningEffort: String?
    /// Further fields of the body; a field given here wins over one made from the properties above.
    public var extra: [String: JSONValue]
    /// Further header fields of the HTTP request.
    public var headers: HeaderFields
    /// An id of ours for the request, under which the provider's support can find it; `nil` leaves it to the provider.
    public var requestID: String?
    /// Time limits for this request instead of the client's.
    public var timeouts: Timeouts?

    /// Makes a request.
    public init(
        model: String? = nil,
        messages: [ChatMessage],
        temperature: Double? = nil,
        maxTokens: Int? = nil,
        topP: Double? = nil,
        tools: [ToolDefinition] = [],
        toolChoice: ToolChoice? = nil,
        responseFormat: ResponseFormat? = nil,
        reasoningEffort: String? = nil,
        extra: [String: JSONValue] = [:],
        headers: HeaderFields = [:],
        requestID: String? = nil,
        timeouts: Timeouts? = nil
    ) {
        self.model = model
        self.messages = messages
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.topP = topP
        self.tools = tools
        self.toolChoice = toolChoice
        self.responseFormat = responseFormat
        self.reasoningEffort = reasoningEffort
        self.extra = extra
        self.headers = headers
        self.requestID = requestID
        self.timeouts = timeouts
    }

    /// Makes a request of one question, with instructions before it if there are any.
    public init(_ prompt: String, system: String? = nil) {
        self.init(messages: (system.map { [.system($0)] } ?? []) + [.user(prompt)])
    }
}
