extension PoolSettings {
    /// What has to happen for a changed option to count.
    public enum Effect: String, Sendable, Hashable, CaseIterable {
        /// It counts from the next request on.
        case live
        /// Sessions drain and are made anew.
        case drain
        /// The program has to be started again.
        case restart
    }

    /// One option: the only place that knows its name, type, limits, aliases and documentation.
    ///
    /// Reading, checking, suggestions, `config show` and the README's table all go by it. Its default is what
    /// ``PoolSettings/init()`` has.
    package struct Option: Sendable {
        /// Another name, and what a value under it means.
        struct Alias: Sendable, ExpressibleByStringLiteral {
            let name: String
            var translate: (@Sendable (SettingsNode) -> SettingsNode)?

            init(stringLiteral name: String) {
                self.name = name
            }

            init(_ name: String, translate: @escaping @Sendable (SettingsNode) -> SettingsNode) {
                self.name = name
                self.translate = translate
            }
        }

        /// A value that was read, ready to be put into settings.
        struct Reading: Sendable {
            let value: Value
            let apply: @Sendable (inout PoolSettings) -> Void
        }

        /// Its keys, joined by dots, below `pool_settings`.
        package let path: String
        /// Where its value is.
        package let keyPath: any PartialKeyPath<PoolSettings> & Sendable
        /// What kind of value it takes.
        package let type: String
        /// What values it takes; empty when any of the type will do.
        package let limits: String
        /// What it does, in one line.
        package let summary: String
        /// Where its default comes from.
        package let source: String
        /// What has to happen for a change to count.
        package let effect: Effect
        /// Whether it may be given by a file (`_file`) or a variable (`_env`), because it may hold a secret.
        package let isSecret: Bool
        let aliases: [Alias]
        let read: @Sendable (SettingsNode) -> Result<Reading, Mismatches>
        /// Copies its value from some settings into others.
        let copy: @Sendable (PoolSettings, inout PoolSettings) -> Void
        private let show: @Sendable (PoolSettings) -> Value
        private let missing: String?

        /// Describes an option.
        ///
        /// - Parameters:
        ///   - path: Its keys, joined by dots.
        ///   - keyPath: Where its value is.
        ///   - type: How it is read and checked.
        ///   - summary: What it does, in one line.
        ///   - source: Where its default comes from.
        ///   - aliases: Other names, whole paths like `path`.
        ///   - effect: What has to happen for a change to count.
        ///   - missing: What counts when there is no value.
        init<Wanted: Sendable>(
            _ path: String,
            _ keyPath: any WritableKeyPath<PoolSettings, Wanted> & Sendable,
            _ type: OptionType<Wanted>,
            _ summary: String,
            source: String,
            aliases: [Alias] = [],
            effect: Effect,
            missing: String? = nil
        ) {
            self.path = path
            self.keyPath = keyPath
            self.type = type.name
            limits = type.limits
            self.summary = summary
            self.source = source
            self.aliases = aliases
            self.effect = effect
            self.missing = missing
            isSecret = type.isSecret
            show = { type.show($0[keyPath: keyPath]) }
            copy = { $1[keyPath: keyPath] = $0[keyPath: keyPath] }
            read = { node in
                type.read(node).map { value in
                    Reading(value: type.show(value)) { $0[keyPath: keyPath] = value }
                }
            }
        }

        /// The value that settings have for it.
        package func value(in settings: PoolSettings) -> Value { show(settings) }

        /// Its other names.
        package var aliasNames: [String] { aliases.map(\.name) }

        /// The default, as a table shows it.
        package var defaultText: String {
            let value = value(in: PoolSettings())
            guard value == .none else { return value.description }
            return missing ?? value.description
        }

        /// The environment variable.
        package var variable: String { Self.variable(path) }

        static let variablePrefix = "POOL_SETTINGS__"

        static func variable(_ path: String) -> String {
            variablePrefix + path.uppercased().split(separator: ".").joined(separator: "__")
        }
    }
}
