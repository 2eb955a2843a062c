/// Effective settings as people and programs read them.
package struct SettingsReport {
    private let loaded: PoolSettings.Loaded
    private let showsOrigins: Bool

    /// Makes a report.
    ///
    /// - Parameters:
    ///   - loaded: The settings.
    ///   - showsOrigins: Whether each value has its origin beside it.
    package init(_ loaded: PoolSettings.Loaded, showsOrigins: Bool) {
        self.loaded = loaded
        self.showsOrigins = showsOrigins
    }

    // MARK: TOML

    /// A TOML document that gives the same settings when it is read; what cannot be read back is a comment.
    package var toml: String {
        var tables: [(name: String, lines: [(text: String, note: String)])] = []
        for option in PoolSettings.options {
            let parts = option.path.split(separator: ".").map(String.init)
            let name = ([LayerReader.root] + parts.dropLast()).joined(separator: ".")
            if tables.last?.name != name, !tables.contains(where: { $0.name == name }) { tables.append((name, [])) }
            guard let index = tables.firstIndex(where: { $0.name == name }), let key = parts.last else { continue }
            tables[index].lines.append((line(key, option), note(option)))
        }
        return tables.map { table in
            let width = table.lines.map(\.text.count).max() ?? 0
            let lines = table.lines.map { text, note in
                note.isEmpty ? text : text + String(repeating: " ", count: width - text.count) + "  # " + note
            }
            return (["[\(table.name)]"] + lines).joined(separator: "\n") + "\n"
        }
        .joined(separator: "\n")
    }

    private func line(_ key: String, _ option: PoolSettings.Option) -> String {
        let value = option.value(in: loaded.settings)
        if value == .none { return "# \(key): \(option.defaultText)" }
        return value.isShownWhole ? "\(key) = \(value)" : "# \(key): \(value)"
    }

    private func note(_ option: PoolSettings.Option) -> String {
        let origin = showsOrigins ? "\(loaded.origin(of: option.path))" : ""
        let applied = PoolSettings.isApplied(option.path) ? "" : "not applied by this version"
        return [origin, applied].filter { !$0.isEmpty }.joined(separator: "; ")
    }

    // MARK: JSON

    /// A JSON document; without origins it gives the same settings when it is read, unless there are secrets in it.
    package var json: String {
        let root = object(PoolSettings.options.map { ($0.path.split(separator: ".").map(String.init), $0) }, "  ")
        let unapplied = PoolSettings.options.map(\.path).filter { !PoolSettings.isApplied($0) }
        let members = [
            "\(LayerReader.root.quoted): \(root)",
            "\"files\": \(texts(loaded.files))",
            "\"not_applied\": \(texts(unapplied))",
            "\"warnings\": \(texts(loaded.warnings.map(\.description)))",
        ]
        return "{\n  " + members.joined(separator: ",\n  ") + "\n}\n"
    }

    /// The options whose remaining path has one part are members, the others go into objects of their own.
    private func object(_ options: [(path: [String], option: PoolSettings.Option)], _ indent: String) -> String {
        var members: [String] = []
        var done: Set<String> = []
        for (path, option) in options {
            guard let key = path.first, done.insert(key).inserted else { continue }
            let inner = options.filter { $0.path.first == key && $0.path.count > 1 }
            let value =
                inner.isEmpty
                ? leaf(option) : object(inner.map { (Array($0.path.dropFirst()), $0.option) }, indent + "  ")
            members.append("\(indent)  \(key.quoted): \(value)")
        }
        return "{\n" + members.joined(separator: ",\n") + "\n\(indent)}"
    }

    private func leaf(_ option: PoolSettings.Option) -> String {
        let value = option.value(in: loaded.settings).json
        guard showsOrigins else { return value }
        let origin = "\(loaded.origin(of: option.path))".quoted
        return "{\"value\": \(value), \"origin\": \(origin), \"applied\": \(PoolSettings.isApplied(option.path))}"
    }

    private func texts(_ texts: [String]) -> String { "[" + texts.map(\.quoted).joined(separator: ", ") + "]" }
}

/// The table of options for people.
package enum OptionTable {
    /// The heads of the columns in English.
    package static let titles = ["option", "default", "values", "other names", "from", "applied"]

    /// A Markdown table with a row for every option: what the README shows.
    ///
    /// - Parameter titles: The heads of its six columns, in the reader's language.
    /// - Returns: The table.
    package static func markdown(titles: [String]) -> String {
        let rows = PoolSettings.options.map { option in
            [
                code(option.path) + (option.isSecret ? " (`_file`, `_env`)" : ""),
                code(option.defaultText),
                option.limits.isEmpty ? option.type : option.limits,
                option.aliasNames.map(code).joined(separator: ", "),
                option.source,
                PoolSettings.isApplied(option.path) ? "+" : "-",
            ]
        }
        return ([titles, titles.map { _ in "---" }] + rows)
            .map { "| " + $0.joined(separator: " | ") + " |\n" }
            .joined()
    }

    private static func code(_ text: String) -> String { "`\(text)`" }
}
