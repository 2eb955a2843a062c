/// A function that the model may call.
public struct ToolDefinition: Sendable, Hashable {
    /// The function's name, as the model will write it.
    public var name: String
    /// What it does, for the model.
    public var description: String?
    /// Its parameters as a JSON Schema.
    public var parameters: JSONValue
    /// Whether the model is held to the schema; `nil` leaves it to the provider.
    public var strict: Bool?
    /// Further fields, sent as they are: GigaChat's `few_shot_examples`, `return_parameters`.
    public var extra: [String: JSONValue]

    /// Defines a function.
    public init(
        name: String,
        description: String? = nil,
        parameters: JSONValue = ["type": "object", "properties": [:]],
        strict: Bool? = nil,
        extra: [String: JSONValue] = [:]
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.strict = strict
        self.extra = extra
    }
}

/// Which of the defined tools the model should use.
public enum ToolChoice: Sendable, Hashable {
    /// The model decides.
    case auto
    /// None.
    case none
    /// At least one; not every provider knows it.
    case required
    /// The one of this name.
    case tool(String)
}

/// A call that the model asks for.
public struct ToolCall: Sendable, Hashable {
    /// The call's id, to be repeated with the result; empty for providers without ids (YandexGPT, GigaChat).
    public var id: String
    /// The function's name.
    public var name: String
    /// The arguments as the JSON text that the model wrote; it is not always valid JSON.
    public var argumentsText: String
    /// What the provider wants back with the call, as it came: Gemini's `extra_content` with the signature of its thoughts.
    public var extra: [String: JSONValue]

    /// Makes a call from the text of its arguments.
    public init(id: String = "", name: String, argumentsText: String, extra: [String: JSONValue] = [:]) {
        self.id = id
        self.name = name
        self.argumentsText = argumentsText
        self.extra = extra
    }

    /// Makes a call from arguments.
    public init(id: String = "", name: String, arguments: JSONValue, extra: [String: JSONValue] = [:]) {
        self.init(id: id, name: name, argumentsText: arguments.text ?? "{}", extra: extra)
    }

    /// The arguments as JSON; `nil` when the model wrote something else.
    ///
    /// No text at all means no arguments.
    public var arguments: JSONValue? {
        hasNoText ? [:] : JSONValue(parsing: argumentsText)
    }

    /// The arguments as text that a provider takes back: some refuse an empty one.
    var sentArguments: String { hasNoText ? "{}" : argumentsText }

    private var hasNoText: Bool { argumentsText.allSatisfy(\.isWhitespace) }
}

/// A piece of a tool call in a stream.
///
/// Pieces of one call share an ``index``; the id comes once, the name whole each time that more of it is known, the text of the
/// arguments in any number of parts.
public struct ToolCallFragment: Sendable, Hashable {
    /// The call's position among those of the answer.
    public var index: Int
    /// The call's id, in the piece in which the provider gives it: the first as a rule.
    public var id: String?
    /// The function's name as far as it is known, in pieces that say more of it: the first as a rule.
    public var name: String?
    /// The next part of the arguments' JSON text.
    public var arguments: String
    /// What the provider wants back with the call, see ``ToolCall/extra``.
    public var extra: [String: JSONValue]

    /// Makes a fragment.
    public init(
        index: Int,
        id: String? = nil,
        name: String? = nil,
        arguments: String = "",
        extra: [String: JSONValue] = [:]
    ) {
        self.index = index
        self.id = id
        self.name = name
        self.arguments = arguments
        self.extra = extra
    }
}
