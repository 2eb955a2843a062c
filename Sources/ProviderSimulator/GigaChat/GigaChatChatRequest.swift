/// A version 1 chat request, as far as the answer depends on it.
struct GigaChatChatRequest: Sendable {
    var model: String
    var prompt: String
    var context: [String]
    var isStream: Bool
    var functions: [ToolSpecification]
    var choice: ToolChoice
    var isAnsweringResult: Bool
    var schema: JSON?
    var isStateful: Bool

    init(_ body: [UInt8]) throws(GigaChatError) {
        guard let json = JSON(parsing: body), json.members != nil else {
            throw GigaChatError(400, "Your request contains invalid JSON syntax.")
        }
        let storage = json["storage"]
        guard let model = json["model"]?.string ?? (storage?["thread_id"] == nil ? nil : "GigaChat") else {
            throw .invalid("model is required")
        }
        guard let messages = json["messages"]?.array, !messages.isEmpty else { throw .invalid("messages is empty") }
        if let penalty = json["repetition_penalty"]?.double, penalty <= 0 {
            throw .invalid("repetition_penalty must be greater than zero")
        }
        if let temperature = json["temperature"]?.double, temperature < 0 {
            throw .invalid("temperature must be greater than zero")
        }
        try Self.check(messages)
        self.model = model
        let texts = messages.map { $0["content"]?.string ?? "" }
        let promptIndex = messages.lastIndex { $0["role"] == "user" } ?? messages.endIndex - 1
        prompt = texts[promptIndex]
        context = texts.enumerated().filter { $0.offset != promptIndex }.map(\.element)
        isStream = json["stream"]?.bool ?? false
        functions = (json["functions"]?.array ?? []).compactMap { function in
            function["name"]?.string.map { ToolSpecification(name: $0, parameters: function["parameters"]) }
        }
        choice = Self.choice(json["function_call"])
        isAnsweringResult = messages.last?["role"] == "function"
        schema = json["response_format"]?["type"] == "json_schema" ? json["response_format"]?["schema"] : nil
        isStateful = storage?["is_stateful"]?.bool ?? false
    }

    private static let roles: Set<String> = [
        "system", "user", "assistant", "function", "search_result", "function_in_progress",
    ]

    private static func check(_ messages: [JSON]) throws(GigaChatError) {
        var openCalls = 0
        for (index, message) in messages.enumerated() {
            guard let role = message["role"]?.string, roles.contains(role) else {
                throw .invalid("messages[\(index)].role is unknown")
            }
            if role == "system", index > 0 { throw .invalid("system message must be the first message") }
            if role == "function" {
                guard let content = message["content"]?.string, JSON(parsing: Array(content.utf8))?.members != nil
                else {
                    throw .invalid("function message content must be a JSON object in a string")
                }
                openCalls -= 1
            } else if openCalls > 0 {
                throw .invalid("a function_call must be followed by its function result")
            }
            if role == "assistant", message["function_call"] != nil { openCalls += 1 }
        }
        guard openCalls <= 0 else { throw .invalid("a function_call must be followed by its function result") }
    }

    private static func choice(_ json: JSON?) -> ToolChoice {
        if let name = json?["name"]?.string { return .named(name) }
        switch json?.string {
        case "auto": return .automatic
        case "none", nil: return .none
        default: return .automatic
        }
    }
}
