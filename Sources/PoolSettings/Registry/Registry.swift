extension PoolSettings {
    /// All options, in the order in which they are shown.
    package static let options: [Option] = Registry.shared.options

    /// The option of a property; nil when the key path leads to none, but to a group of options.
    package static func option(_ keyPath: PartialKeyPath<PoolSettings>) -> Option? {
        options.first { $0.keyPath == keyPath }
    }

    /// The option of a path such as `retry.max_retries`.
    package static func option(_ path: String) -> Option? {
        Registry.shared.byPath[path].map { Registry.shared.options[$0] }
    }
}

/// The table of options and what can be looked up in it.
struct Registry: Sendable {
    /// What a key names.
    enum Meaning {
        case option(PoolSettings.Option)
        case alias(PoolSettings.Option.Alias, of: PoolSettings.Option)
        /// The name of a file that holds the value.
        case file(PoolSettings.Option)
        /// The name of a variable that holds the value.
        case variable(PoolSettings.Option)
        case group
        case unknown
    }

    static let shared = Registry()

    let options: [PoolSettings.Option]
    let byPath: [String: Int]
    private let aliases: [String: (option: Int, alias: Int)]
    /// The paths of the tables that hold options.
    let groups: Set<String>

    private init() {
        options =
            Self.pool + Self.connections + Self.timeouts + Self.retries + Self.breakers + Self.accounts + Self.health
            + Self.hosts + Self.operation + Self.sharing + Self.vendors
        var byPath: [String: Int] = [:]
        var (aliases, groups): ([String: (Int, Int)], Set<String>) = ([:], [])
        for (index, option) in options.enumerated() {
            byPath[option.path] = index
            for (number, alias) in option.aliases.enumerated() { aliases[alias.name] = (index, number) }
            var parts = option.path.split(separator: ".")
            while parts.popLast() != nil, !parts.isEmpty { groups.insert(parts.joined(separator: ".")) }
        }
        self.byPath = byPath
        self.aliases = aliases
        self.groups = groups
    }

    /// What a path names when it holds a table, or something else.
    func meaning(of path: String, isTable: Bool) -> Meaning {
        // A seed's `timeout = 30` has the name of a table.
        if groups.contains(path), isTable || aliases[path] == nil { return .group }
        if let index = byPath[path] { return .option(options[index]) }
        if let (option, alias) = aliases[path] { return .alias(options[option].aliases[alias], of: options[option]) }
        if let option = secret(path, ending: "_file") { return .file(option) }
        if let option = secret(path, ending: "_env") { return .variable(option) }
        return .unknown
    }

    /// Whether a path names an option, by its own name or another.
    func isKnown(_ path: String) -> Bool {
        if case .unknown = meaning(of: path, isTable: false) { false } else { true }
    }

    private func secret(_ path: String, ending: String) -> PoolSettings.Option? {
        guard path.hasSuffix(ending), let index = byPath[String(path.dropLast(ending.count))] else { return nil }
        return options[index].isSecret ? options[index] : nil
    }

    /// All paths that can be written in a table, for suggestions.
    private var names: [String] {
        let secrets = options.filter(\.isSecret).flatMap { [$0.path + "_file", $0.path + "_env"] }
        return options.map(\.path) + groups.sorted() + secrets + options.flatMap(\.aliasNames)
    }

    /// What was probably meant by an unknown path: a name of the same table, or else one of another table.
    func suggestion(for path: String) -> String? {
        let parts = path.split(separator: ".").map(String.init)
        let (table, key) = (parts.dropLast().joined(separator: "."), parts.last ?? "")
        let prefix = table.isEmpty ? "" : table + "."
        let names = names
        let beside = names.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains(".") }
        if let name = Spelling.nearest(to: key, of: beside.map { String($0.dropFirst(prefix.count)) }) { return name }
        if let name = names.first(where: { $0.split(separator: ".").last.map(String.init) == key }) { return name }
        return Spelling.nearest(to: path, of: names)
    }
}
