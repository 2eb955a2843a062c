extension PoolSettings {
    /// Settings that were read and checked, with the origin of each.
    public struct Loaded: Sendable {
        /// The settings.
        public private(set) var settings: PoolSettings
        /// What can be used and was probably not meant, such as a variable that nobody reads.
        public private(set) var warnings: [Issue]
        /// What is worth a line at debug level, such as an older name.
        public private(set) var notes: [Issue]
        /// The files that were read.
        public private(set) var files: [String]
        private let sources: Sources
        private var origins: [String: Origin]

        init(
            settings: PoolSettings,
            sources: Sources,
            origins: [String: Origin],
            files: [String],
            warnings: [Issue],
            notes: [Issue]
        ) {
            self.settings = settings
            self.sources = sources
            self.origins = origins
            self.files = files
            self.warnings = warnings
            self.notes = notes
        }

        /// Where the value of an option comes from.
        ///
        /// - Parameter path: The option's path, such as `retry.max_retries`.
        /// - Returns: The origin; ``Origin/builtIn`` when nobody gave one.
        public func origin(of path: String) -> Origin { origins[path] ?? .builtIn }

        /// The options that somebody gave a value to, preset or not, in the order of the table.
        public var givenPaths: [String] { PoolSettings.options.map(\.path).filter { origins[$0] != nil } }

        /// Reads the same sources again: all of the new settings count, or none of them.
        ///
        /// - Returns: What has changed, and what has to happen for it to count.
        /// - Throws: ``ConfigurationError`` when the new settings cannot be used; then the old ones stay.
        @discardableResult
        public mutating func reload() throws(ConfigurationError) -> [Change] {
            let fresh = try PoolSettings.load(sources)
            try checkFiles(of: fresh)
            let changes = fresh.settings.changes(since: settings)
            self = fresh
            return changes
        }

        /// A file that was found before and is gone, or empty, is being written anew: that is no wish for all defaults.
        private func checkFiles(of fresh: PoolSettings.Loaded) throws(ConfigurationError) {
            let missing = files.filter { file in
                !fresh.files.contains(file) || (fresh.givenPaths.isEmpty && !givenPaths.isEmpty)
            }
            guard let file = missing.first, sources.file == .discovered else { return }
            throw ConfigurationError(
                issues: [
                    PoolSettings.Issue(
                        path: file,
                        rule: "was read before and is gone, or holds no settings now",
                        hint: "the settings stay as they are; restart the program to do without the file"
                    )
                ]
            )
        }
    }

    /// An option whose value has changed.
    public struct Change: Sendable, Hashable {
        /// The option's path.
        public let path: String
        /// The value before.
        public let old: Value
        /// The value now.
        public let new: Value
        /// What has to happen for it to count.
        public let effect: Effect
    }

    /// What differs from other settings, in the order of the options.
    ///
    /// - Parameter old: The settings before.
    /// - Returns: A change for each option with another value.
    public func changes(since old: PoolSettings) -> [Change] {
        Self.options.compactMap { option in
            let (before, now) = (option.value(in: old), option.value(in: self))
            guard before != now else { return nil }
            return Change(path: option.path, old: before, new: now, effect: option.effect)
        }
    }
}

extension PoolSettings.Change: CustomStringConvertible {
    /// One line: `max_size: 10 -> 20 (drain)`.
    public var description: String { "\(path): \(old) -> \(new) (\(effect.rawValue))" }
}
