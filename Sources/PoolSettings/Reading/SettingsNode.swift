/// A value as a source gives it, before anybody knows which option it is for.
struct SettingsNode: Sendable {
    /// What a source can hold.
    enum Content: Sendable {
        case table([Member])
        case array([SettingsNode])
        case string(String)
        case integer(Int64)
        case number(Double)
        case bool(Bool)
        case null
        /// A date or time of TOML's, as it is written there.
        case date(String)
        /// The text of a variable or of a command line, which may mean a value of any type.
        case text(String)
        /// A typed time, from code.
        case duration(Duration)
    }

    /// A named value.
    struct Member: Sendable {
        let key: String
        let keyOrigin: PoolSettings.Origin
        let node: SettingsNode
    }

    let content: Content
    let origin: PoolSettings.Origin

    /// The value as a message shows it.
    var shown: String {
        switch content {
        case .table: "a table"
        case .array(let nodes):
            nodes.count > 8 ? "a list of \(nodes.count)" : "[" + nodes.map(\.shown).joined(separator: ", ") + "]"
        case .string(let value), .text(let value): value.excerpt
        case .integer(let value): "\(value)"
        case .number(let value): value.plainText
        case .bool(let value): "\(value)"
        case .null: "null"
        case .date(let value): value
        case .duration(let value): value.secondsText
        }
    }
}

extension SettingsNode {
    /// A typed value, on its way through the same checks as all the others.
    init(_ value: PoolSettings.Value, origin: PoolSettings.Origin) {
        self.origin = origin
        content =
            switch value {
            case .none: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(Int64(value))
            case .number(let value): .number(value)
            case .duration(let value): .duration(value)
            case .text(let value): .string(value)
            case .secret(let value), .address(let value): .string(value.reveal())
            case .list(let values): .array(values.map { SettingsNode($0, origin: origin) })
            case .table(let fields):
                .table(
                    fields.map {
                        Member(key: $0.name, keyOrigin: origin, node: SettingsNode($0.value, origin: origin))
                    }
                )
            }
    }
}

/// A text that is no document of its format.
struct SyntaxError: Error {
    let message: String
    let origin: PoolSettings.Origin

    var issue: PoolSettings.Issue { PoolSettings.Issue(path: "", rule: message, origin: origin) }
}
