/// Finds the options that one source gives, and everything in it that is none.
struct LayerReader {
    /// An option as it was given.
    struct Given {
        let option: PoolSettings.Option
        /// The path that was written, which may be an alias.
        let name: String
        let node: SettingsNode
    }

    /// What an unknown key is: an error in a file of ours, a warning where other programs may leave theirs.
    let unknown: PoolSettings.Issue.Severity
    /// Where `_env` looks.
    let environment: [String: String]
    var given: [Given] = []
    private(set) var issues: [PoolSettings.Issue] = []

    init(unknown: PoolSettings.Issue.Severity, environment: [String: String]) {
        self.unknown = unknown
        self.environment = environment
    }

    // MARK: Documents

    static let root = "pool_settings"

    /// Reads the table `pool_settings` of a document; other tables belong to other programs.
    mutating func read(document: SettingsNode) {
        guard case .table(let members) = document.content else {
            issues.append(
                PoolSettings.Issue(
                    path: "",
                    rule: "must be an object with the key \"\(Self.root)\"",
                    value: document.shown,
                    origin: document.origin
                )
            )
            return
        }
        let own = members.first { $0.key == Self.root }
        let outside = members.filter { $0.key != Self.root }
        let problems = outside.compactMap { Self.misplaced($0, isAlone: own == nil) }
        issues += problems
        guard let own else {
            if problems.isEmpty {
                issues.append(
                    PoolSettings.Issue(
                        .warning,
                        path: Self.root,
                        rule: "is missing, so that nothing is set",
                        origin: document.origin
                    )
                )
            }
            return
        }
        guard case .table(let settings) = own.node.content else {
            return report(Self.root, "must be a table", own.node)
        }
        read(members: settings, of: "")
    }

    /// What is wrong with a key beside `pool_settings`, if it was probably meant to be in it or to be it.
    private static func misplaced(_ member: SettingsNode.Member, isAlone: Bool) -> PoolSettings.Issue? {
        if Spelling.nearest(to: member.key, of: [root]) != nil {
            return PoolSettings.Issue(
                path: member.key,
                rule: "unknown key",
                hint: "did you mean \"\(root)\"?",
                origin: member.keyOrigin
            )
        }
        if case .unknown = Registry.shared.meaning(of: member.key, isTable: false) { return nil }
        // Beside a table of ours it may be another program's key of the same name.
        return PoolSettings.Issue(
            isAlone ? .error : .warning,
            path: member.key,
            rule: "stands outside of \"\(root)\"",
            hint: "put it into that table",
            origin: member.keyOrigin
        )
    }

    private mutating func read(members: [SettingsNode.Member], of table: String) {
        for member in members {
            // A quoted key with a dot in it is not the path that it looks like.
            let path = (table.isEmpty ? "" : table + ".") + member.key
            if member.key.contains(".") || member.key.isEmpty {
                reportUnknown(path, member.keyOrigin, hint: "a key with a dot in it is no path of tables")
            } else {
                take(path, member.node, keyOrigin: member.keyOrigin)
            }
        }
    }

    // MARK: Variables and code

    /// Reads a variable whose name begins with `POOL_SETTINGS__`; an empty or blank one counts as not set.
    mutating func read(variable name: String, text: String) {
        guard !text.trimmed.isEmpty else { return }
        let keys = name.dropFirst(PoolSettings.Option.variablePrefix.count).lowercased()
        let path = keys.replacing("__", with: ".")
        let origin = PoolSettings.Origin.variable(name)
        guard !keys.contains("."), !keys.isEmpty else {
            return reportUnknown(path, origin, hint: "tables and keys are joined by \"__\"")
        }
        take(path, SettingsNode(content: .text(text), origin: origin), keyOrigin: origin)
    }

    /// Warns of a variable that nobody reads and that was probably meant to be read: written small, or with one dash.
    mutating func warn(ofVariable name: String) {
        let prefix = PoolSettings.Option.variablePrefix
        let folded = name.uppercased()
        guard folded.hasPrefix("POOL_SETTINGS_"), !name.hasPrefix(prefix) else { return }
        let meant = folded.hasPrefix(prefix) ? folded : prefix + folded.dropFirst("POOL_SETTINGS_".count)
        issues.append(
            PoolSettings.Issue(
                .warning,
                path: name,
                rule: "is not read",
                hint: "did you mean \(meant.quoted)?",
                origin: .variable(name)
            )
        )
    }

    /// Reads an option of the command line.
    mutating func read(_ assignment: PoolSettings.TextAssignment) {
        let origin = PoolSettings.Origin.option(assignment.name)
        take(assignment.path, SettingsNode(content: .text(assignment.text), origin: origin), keyOrigin: origin)
    }

    /// Reads what code sets.
    mutating func read(_ assignment: PoolSettings.Assignment) {
        guard let option = PoolSettings.option(assignment.keyPath) else {
            issues.append(
                PoolSettings.Issue(path: Self.root, rule: "code sets what is no single option", origin: .code)
            )
            return
        }
        var settings = PoolSettings()
        assignment.apply(&settings)
        let node = SettingsNode(option.value(in: settings), origin: .code)
        given.append(Given(option: option, name: option.path, node: node))
    }

    // MARK: One key

    private mutating func take(_ path: String, _ node: SettingsNode, keyOrigin: PoolSettings.Origin) {
        switch Registry.shared.meaning(of: path, isTable: node.isTable) {
        case .option(let option): given.append(Given(option: option, name: path, node: node))
        case .alias(let alias, let option):
            given.append(Given(option: option, name: path, node: alias.translate?(node) ?? node))
            issues.append(
                PoolSettings.Issue(
                    .note,
                    path: "\(Self.root).\(path)",
                    rule: "is another name of \(option.path.quoted)",
                    origin: keyOrigin
                )
            )
        case .file(let option): takeSecret(option, path, node) { Self.secretFile($0) }
        case .variable(let option):
            let environment = environment
            takeSecret(option, path, node) { name in
                guard let value = environment[name]?.trimmed, !value.isEmpty else {
                    return .wrong("names a variable that is not set")
                }
                return .success((value, "env \(name)"))
            }
        case .group: takeGroup(path, node)
        case .unknown: reportUnknown(path, keyOrigin)
        }
    }

    private mutating func takeGroup(_ path: String, _ node: SettingsNode) {
        do throws(SyntaxError) {
            let node = node.isTable ? try node.readingJSON() : node
            guard case .table(let members) = node.content else {
                return report("\(Self.root).\(path)", "must be a table", node)
            }
            read(members: members, of: path)
        } catch {
            issues.append(
                PoolSettings.Issue(
                    path: "\(Self.root).\(path)",
                    rule: "is no JSON: \(error.message)",
                    origin: error.origin
                )
            )
        }
    }

    // MARK: Issues

    mutating func report(_ path: String, _ rule: String, _ node: SettingsNode) {
        issues.append(PoolSettings.Issue(path: path, rule: rule, value: node.shown, origin: node.origin))
    }

    private mutating func reportUnknown(_ path: String, _ origin: PoolSettings.Origin, hint: String? = nil) {
        let suggestion = hint != nil ? nil : Registry.shared.suggestion(for: path)
        let isVariable = if case .variable(_, nil) = origin { true } else { false }
        let meant = isVariable ? suggestion.map { variable($0, for: path) } : suggestion
        issues.append(
            PoolSettings.Issue(
                unknown,
                path: "\(Self.root).\(path)",
                rule: isVariable ? "unknown variable" : "unknown key",
                hint: hint ?? meant.map { "did you mean \($0.quoted)?" },
                origin: origin
            )
        )
    }

    /// The variable that was probably meant: a suggestion beside `path` has no table of its own.
    private func variable(_ suggestion: String, for path: String) -> String {
        let table = path.split(separator: ".").dropLast().joined(separator: ".")
        let beside = table.isEmpty ? suggestion : "\(table).\(suggestion)"
        // A suggestion of another table has its whole path.
        let isBeside = !table.isEmpty && Registry.shared.isKnown(beside)
        return PoolSettings.Option.variable(isBeside ? beside : suggestion)
    }
}

extension SettingsNode {
    /// Whether it is a table, or the text of one in JSON.
    fileprivate var isTable: Bool {
        switch content {
        case .table: true
        case .text(let text): text.trimmed.hasPrefix("{")
        default: false
        }
    }
}
