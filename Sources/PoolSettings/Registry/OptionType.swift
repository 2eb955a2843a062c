/// A kind of value: how it is read, checked and shown.
struct OptionType<Value: Sendable>: Sendable {
    /// What it is called in tables.
    let name: String
    /// What it may be, as tables show it; empty when anything goes.
    let limits: String
    /// Whether it may hold what must not be shown; such options have a `_file` and an `_env` beside them.
    var isSecret = false
    /// The value of a node, or all that is wrong with it.
    let read: @Sendable (SettingsNode) -> Result<Value, Mismatches>
    /// The value as it is shown and compared.
    let show: @Sendable (Value) -> PoolSettings.Value
}

/// Something wrong with a value.
struct Mismatch: Sendable {
    let rule: String
    var hint: String?
    /// The part of the value that is wrong, when it is not the whole.
    var part: Part?
    /// Whether the value must not be shown.
    var isHidden = false
    /// Whether the value belongs into a file of its own or a variable; the hint says so with the option's name.
    var isExposed = false

    /// A part of a value: where it is under the option's path, and what it is.
    struct Part: Sendable {
        let path: String
        let node: SettingsNode?
        var origin: PoolSettings.Origin?
    }
}

/// All that is wrong with a value; never empty.
struct Mismatches: Error {
    var list: [Mismatch]

    init(_ rule: String, hint: String? = nil) {
        list = [Mismatch(rule: rule, hint: hint)]
    }

    init(_ list: [Mismatch]) {
        self.list = list
    }
}

extension Result where Failure == Mismatches {
    /// A value that breaks a rule.
    static func wrong(_ rule: String, hint: String? = nil) -> Result { .failure(Mismatches(rule, hint: hint)) }
}

extension SettingsNode {
    /// The text of a variable, without white space around it, or a string of a file.
    var string: String? {
        switch content {
        case .string(let value): value
        case .text(let value): value.trimmed
        default: nil
        }
    }

    /// The JSON in a text, read; other nodes as they are.
    func readingJSON() throws(SyntaxError) -> SettingsNode {
        guard case .text(let text) = content else { return self }
        let place: JSONReader.Place =
            switch origin {
            case .variable(let name, _): .variable(name)
            case .option(let name): .option(name)
            default: .code
            }
        return try JSONReader.read(Array(text.utf8), at: place)
    }
}

extension OptionType {
    /// A value that may be missing; JSON says so with `null`.
    ///
    /// A `word` means none too, for sources that have nothing else to say it by.
    static func optional<Wrapped>(
        _ base: OptionType<Wrapped>,
        none word: String? = nil
    ) -> OptionType where Value == Wrapped? {
        OptionType(
            name: base.name,
            limits: base.limits,
            isSecret: base.isSecret,
            read: { node in
                if case .null = node.content { return .success(nil) }
                if let word, node.string?.lowercased() == word { return .success(nil) }
                return base.read(node).map(Optional.some)
            },
            show: { $0.map(base.show) ?? .none }
        )
    }
}
