/// A function that the client offers to the model.
struct ToolSpecification: Hashable, Sendable {
    var name: String
    /// Its JSON schema.
    var parameters: JSON?
}

/// Whether the model may, must or must not call functions.
enum ToolChoice: Hashable, Sendable {
    case automatic
    case none
    case required
    case named(String)
}

/// A call that the model decided on.
struct ToolCall: Hashable, Sendable {
    var name: String
    var arguments: JSON

    /// The calls that a prompt leads to.
    ///
    /// A function is called when the choice names it, when the prompt names it, or - the first one - when the choice
    /// requires a call or the prompt speaks of calling. Never right after a function's result: then comes the answer.
    static func calls(
        for prompt: String,
        tools: [ToolSpecification],
        choice: ToolChoice,
        isAnsweringResult: Bool
    ) -> [ToolCall] {
        guard let first = tools.first, choice != .none, !isAnsweringResult else { return [] }
        let lowercased = prompt.lowercased()
        var called = tools.filter { lowercased.contains($0.name.lowercased()) }
        switch choice {
        case .named(let name): called = tools.filter { $0.name == name }
        case .required where called.isEmpty: called = [first]
        case .automatic where called.isEmpty && callWords.contains(where: lowercased.contains): called = [first]
        default: break
        }
        return called.map { ToolCall(name: $0.name, arguments: SchemaSampler(prompt: prompt).sample($0.parameters)) }
    }

    private static let callWords = [
        "call ", "tool", "function", "weather", "вызови", "вызвать", "инструмент", "функци", "погод",
    ]
}

/// Makes a value that fits a JSON schema, from the prompt where it can.
struct SchemaSampler: Sendable {
    let prompt: String

    /// A value of the schema; an empty object without one.
    func sample(_ schema: JSON?, depth: Int = 0) -> JSON {
        guard let schema, depth < 16 else { return .object([]) }
        if let fixed = schema["const"] ?? schema["default"] ?? schema["enum"]?.array?.first { return fixed }
        if let option = (schema["anyOf"] ?? schema["oneOf"])?.array?.first { return sample(option, depth: depth + 1) }
        switch schema["type"]?.string ?? schema["type"]?.array?.first?.string {
        case "string": return .string(prompt)
        case "integer": return .integer(integers.first ?? 1)
        case "number": return .number(Double(integers.first ?? 1))
        case "boolean": return true
        case "null": return .null
        case "array":
            let items = schema["items"]
            let isOfNumbers = items?["type"] == "integer" || items?["type"] == "number"
            if isOfNumbers, !integers.isEmpty { return .array(integers.map(JSON.integer)) }
            return .array([sample(items, depth: depth + 1)])
        default:
            let members = schema["properties"]?.members ?? []
            return .object(members.map { JSON.Member(name: $0.name, value: sample($0.value, depth: depth + 1)) })
        }
    }

    /// The whole numbers that the prompt mentions.
    private var integers: [Int] {
        prompt.split { !($0.isASCII && $0.isNumber) }.compactMap { Int($0) }
    }
}
