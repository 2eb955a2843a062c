extension PoolSettings {
    /// Something about the settings that somebody should know.
    public struct Issue: Sendable, Hashable {
        /// How bad it is.
        public enum Severity: String, Sendable, Hashable, CaseIterable {
            /// The settings cannot be used.
            case error
            /// They can be used, and are probably not what was meant.
            case warning
            /// An older name was used, or something of the kind.
            case note
        }

        /// How bad it is.
        public var severity: Severity
        /// Which option, such as `pool_settings.max_size`; empty when a whole file cannot be read.
        public var path: String
        /// What is wrong, or what would be right.
        public var rule: String
        /// The value, as far as it may be shown.
        public var value: String?
        /// What was probably meant, or what to do.
        public var hint: String?
        /// Where the value comes from.
        public var origin: Origin?

        /// Makes an issue.
        public init(
            _ severity: Severity = .error,
            path: String,
            rule: String,
            value: String? = nil,
            hint: String? = nil,
            origin: Origin? = nil
        ) {
            self.severity = severity
            self.path = path
            self.rule = rule
            self.value = value
            self.hint = hint
            self.origin = origin
        }
    }
}

extension PoolSettings.Issue: CustomStringConvertible {
    /// One line: `<path>: <rule> (got <value>) - <hint> [from <origin>]`.
    public var description: String {
        let text = rule + (value.map { " (got \($0))" } ?? "") + (hint.map { " - \($0)" } ?? "")
        guard !path.isEmpty else { return (origin.map { "\($0): " } ?? "") + text }
        return "\(path): \(text)" + (origin.map { " [from \($0)]" } ?? "")
    }
}

/// Settings that cannot be used, with everything that is wrong with them.
public struct ConfigurationError: Error, Sendable, Hashable {
    /// All errors, in the order of the sources; never empty.
    public let issues: [PoolSettings.Issue]
    /// What else was found in the same settings.
    public let warnings: [PoolSettings.Issue]

    /// Makes an error.
    package init(issues: [PoolSettings.Issue], warnings: [PoolSettings.Issue] = []) {
        self.issues = issues
        self.warnings = warnings
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// `config: 3 problems` and a line for each.
    public var description: String {
        let count = issues.count == 1 ? "1 problem" : "\(issues.count) problems"
        return (["config: \(count)"] + issues.map { "  \($0)" }).joined(separator: "\n")
    }
}
