extension JSONValue {
    /// The arguments of a call as text: JSON in a string as most formats want it, or the value itself.
    var argumentsText: String {
        switch self {
        case .string(let text): text
        case .null: ""
        default: text ?? ""
        }
    }
}
