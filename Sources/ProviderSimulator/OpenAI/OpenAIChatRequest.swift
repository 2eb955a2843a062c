/// A chat completion request in the OpenAI format, as far as the answer depends on it.
struct OpenAIChatRequest: Sendable {
    var model: String
    var prompt: String
    /// The texts of the other messages.
    var context: [String]
    var isStream: Bool
    var wantsUsage: Bool
    var tools: [ToolSpecification]
    var toolChoice: ToolChoice
    var isAnsweringResult: Bool
    /// The schema that the answer must fit, if one was given.
    var schema: JSON?
    var wantsJSONObject: Bool

    /// Why a body is refused.
    struct Problem: Error {
        var message: String
        var parameter: String?
    }

    init(_ body: [UInt8]) throws(Problem) {
        guard let json = JSON(parsing: body), json.members != nil else {
            throw Problem(message: "We could not parse the JSON body of your request.", parameter: nil)
        }
        guard let model = json["model"]?.string, !model.isEmpty else {
            throw Problem(message: "you must provide a model parameter", parameter: "model")
        }
        guard let messages = json["messages"]?.array, !messages.isEmpty else {
            throw Problem(message: "Missing required parameter: 'messages'.", parameter: "messages")
        }
        for (index, message) in messages.enumerated() {
            guard let role = message["role"]?.string, Self.roles.contains(role) else {
                throw Problem(message: "Invalid value for 'messages[\(index)].role'.", parameter: "messages[\(index)]")
            }
        }
        self.model = model
        let texts = messages.map(Self.text)
        let promptIndex = messages.lastIndex { $0["role"] == "user" } ?? messages.endIndex - 1
        prompt = texts[promptIndex]
        context = texts.enumerated().filter { $0.offset != promptIndex }.map(\.element)
        isStream = json["stream"]?.bool ?? false
        wantsUsage = json["stream_options"]?["include_usage"]?.bool ?? false
        tools = (json["tools"]?.array ?? []).compactMap { tool in
            tool["function"]?["name"]?.string.map {
                ToolSpecification(name: $0, parameters: tool["function"]?["parameters"])
            }
        }
        toolChoice = Self.choice(json["tool_choice"])
        isAnsweringResult = messages.last?["role"] == "tool"
        schema = json["response_format"]?["json_schema"]?["schema"]
        wantsJSONObject = json["response_format"]?["type"] == "json_object"
    }

    private static let roles: Set<String> = ["system", "developer", "user", "assistant", "tool", "function"]

    /// A message's text, whether it is a string or a list of parts.
    private static func text(_ message: JSON) -> String {
        if let text = message["content"]?.string { return text }
        return (message["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }

    private static func choice(_ json: JSON?) -> ToolChoice {
        if let name = json?["function"]?["name"]?.string { return .named(name) }
        switch json?.string {
        case "none": return .none
        case "required": return .required
        default: return .automatic
        }
    }
}
