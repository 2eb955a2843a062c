extension PoolSettings {
    /// Where settings are read from, weakest first: a TOML file, a JSON document, the environment, code, the command
    /// line.
    ///
    /// The defaults look where a program of this package looks; ``directory`` and ``environment`` make it independent
    /// of the process, as tests want it.
    public struct Sources: Sendable {
        /// Which file is read.
        public enum File: Sendable, Hashable {
            /// The one that a variable names, or that lies where it is looked for.
            case discovered
            /// None.
            case none
            /// This one, which must exist. With the ending `.json` it is read as JSON.
            case path(String)
        }

        /// The TOML file.
        ///
        /// Discovered: `POOL_CONFIG_FILE`, else the first of `./.ccproxy.toml`, `./ccproxy.toml`,
        /// `./session-pool.toml` and `$XDG_CONFIG_HOME/session-pool/config.toml` that exists.
        public var file = File.discovered
        /// The JSON file.
        ///
        /// Discovered: `POOL_CONFIG_JSON`, a path, or the document itself when it begins with `{`.
        public var json = File.discovered
        /// The variables; `nil` takes the process's, each time anew.
        public var environment: [String: String]?
        /// Whether variables named `POOL_SETTINGS__` are settings.
        public var readsVariables = true
        /// Where the files without a directory are looked for.
        public var directory = "."

        /// What code sets.
        var code: [Assignment] = []
        /// What the command line sets.
        var options: [TextAssignment] = []

        /// Reads from everywhere.
        public init() {}

        /// Reads from one file and nowhere else.
        ///
        /// - Parameter path: The file, which must exist.
        /// - Returns: The sources.
        public static func only(file path: String) -> Sources {
            var sources = Sources()
            sources.file = .path(path)
            sources.json = .none
            sources.readsVariables = false
            return sources
        }

        /// Sets an option by code, over files and the environment; it is checked like theirs.
        ///
        /// - Parameters:
        ///   - option: The option, not a group of them.
        ///   - value: Its value.
        public mutating func set<Value: Sendable>(
            _ option: any WritableKeyPath<PoolSettings, Value> & Sendable,
            to value: Value
        ) {
            code.append(Assignment(keyPath: option) { $0[keyPath: option] = value })
        }

        /// Sets an option by a text of the command line, over everything else.
        ///
        /// - Parameters:
        ///   - path: The option's path, such as `retry.max_retries`.
        ///   - text: Its value, as in a variable.
        ///   - name: What the command line calls it, such as `--set`.
        public mutating func set(_ path: String, text: String, option name: String) {
            options.append(TextAssignment(path: path, text: text, name: name))
        }
    }

    /// A value that code sets.
    struct Assignment: Sendable {
        let keyPath: any PartialKeyPath<PoolSettings> & Sendable
        let apply: @Sendable (inout PoolSettings) -> Void
    }

    /// A value that the command line sets.
    struct TextAssignment: Sendable {
        let path: String
        let text: String
        let name: String
    }
}

extension PoolSettings.Sources: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The files, without the variables and values, which may hold secrets of anybody.
    public var description: String { "Sources(file: \(file), json: \(json), directory: \(directory))" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// A mirror without the variables and values.
    public var customMirror: Mirror {
        Mirror(self, children: ["file": file, "json": json, "directory": directory])
    }
}
