/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    public struct Role: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        /// The role's name as most providers write it.
        public let rawValue: String

        /// Names a role that this package does not know; it is sent as it is.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Names a role by a literal.
        public init(stringLiteral value: String) {
            self.init(rawValue: value)
        }

        /// Instructions for the model; most providers want them first and once.
        public static let system = Role(rawValue: "system")
        /// The person or program that asks.
        public static let user = Role(rawValue: "user")
        /// The model.
        public static let assistant = Role(rawValue: "assistant")
        /// The result of a tool call.
        public static let tool = Role(rawValue: "tool")
    }

    /// Who speaks.
    public var role: Role
    /// The text; for a tool message the result, best as a JSON object (GigaChat takes nothing else).
    public var content: String
    /// The calls that the model asked for in this message.
    public var toolCalls: [ToolCall]
    /// For a tool message: the id of the call that it answers.
    public var toolCallID: String?
    /// For a tool message: the name of the function that was called; GigaChat and YandexGPT match by it.
    public var name: String?
    /// Opaque state that a provider wants back with its own message, from ``ChatResponse/stateID``.
    ///
    /// GigaChat's `functions_state_id`; for 1C:Naparnik the conversation and the answer that the next message follows.
    public var stateID: String?
    /// What the model thought before it said this, in the provider's own fields, from ``ChatResponse/reasoningFields``.
    ///
    /// DeepSeek's `reasoning_content`, OpenRouter's `reasoning_details`, Gemini's signature of its thoughts: some refuse the result
    /// of a tool without them. ``OpenAICompatibleConfiguration/reasoningReturn`` decides when they are sent.
    public var reasoningFields: [String: JSONValue] = [:]
    /// Further fields of the message on the wire; a field given here wins over one made from the properties above.
    public var extra: [String: JSONValue]

    /// Makes a message.
    public init(
        role: Role,
        content: String,
        toolCalls: [ToolCall] = [],
        toolCallID: String? = nil,
        name: String? = nil,
        stateID: String? = nil,
        extra: [String: JSONValue] = [:]
    ) {
        self.role = role
        self.content = content
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
        self.name = name
        self.stateID = stateID
        self.extra = extra
    }

    /// Instructions for the model.
    public static func system(_ content: String) -> ChatMessage { ChatMessage(role: .system, content: content) }

    /// What the user says.
    public static func user(_ content: String) -> ChatMessage { ChatMessage(role: .user, content: content) }

    /// What the model said.
    public static func assistant(_ content: String, toolCalls: [ToolCall] = []) -> ChatMessage {
        ChatMessage(role: .assistant, content: content, toolCalls: toolCalls)
    }

    /// The result of `call`.
    public static func tool(_ result: String, for call: ToolCall) -> ChatMessage {
        ChatMessage(role: .tool, content: result, toolCallID: call.id.isEmpty ? nil : call.id, name: call.name)
    }
}
