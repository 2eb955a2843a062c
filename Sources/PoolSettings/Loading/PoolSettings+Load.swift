internal import FoundationEssentials

extension PoolSettings {
    /// Reads, checks and merges the settings of all sources.
    ///
    /// Everything that is wrong is found in one go, and nothing is corrected silently. To read again later, as on
    /// `SIGHUP`, use ``Loaded/reload()``, which keeps the old settings when the new ones cannot be used.
    ///
    /// - Parameter sources: Where to read from.
    /// - Returns: The settings, with the origin of each and what is worth knowing about them.
    /// - Throws: ``ConfigurationError`` with all errors.
    public static func load(_ sources: Sources = Sources()) throws(ConfigurationError) -> Loaded {
        var loader = Loader(environment: sources.environment ?? ProcessInfo.processInfo.environment)
        loader.read(sources)
        return try loader.finish(sources)
    }

    /// Checks settings that code has made, by the same rules as those that are read.
    ///
    /// - Throws: ``ConfigurationError`` with all errors.
    public func validate() throws(ConfigurationError) {
        var loader = Loader(environment: [:])
        loader.read(self)
        _ = try loader.finish(Sources())
    }
}

/// Reads the sources one after the other, each one over those before.
struct Loader {
    /// The value of an option and who gave it.
    private struct Resolved {
        let reading: PoolSettings.Option.Reading
        let origin: PoolSettings.Origin
    }

    private let environment: [String: String]
    private var values: [String: Resolved] = [:]
    private var issues: [PoolSettings.Issue] = []
    /// Options of which a value was wrong: rules about them would only repeat it.
    private var broken: Set<String> = []
    private var files: [String] = []

    init(environment: [String: String]) {
        self.environment = environment
    }

    // MARK: Sources

    mutating func read(_ sources: PoolSettings.Sources) {
        let finder = DocumentFinder(environment: environment, directory: sources.directory)
        for found in [finder.file(sources.file), finder.json(sources.json)] {
            switch found {
            case .success(nil): continue
            case .success(let document?):
                if let file = document.file { files.append(file) }
                read(document)
            case .failure(let failure): issues.append(failure.issue)
            }
        }
        if sources.readsVariables {
            merge(
                layer(.warning) { reader in
                    for (name, text) in environment.sorted(by: { $0.key < $1.key })
                    where name.hasPrefix(PoolSettings.Option.variablePrefix) {
                        reader.read(variable: name, text: text)
                    }
                    for name in environment.keys.sorted() { reader.warn(ofVariable: name) }
                }
            )
        }
        // Of two assignments in code the later one counts, as everywhere in code.
        for assignment in sources.code { merge(layer(.error) { $0.read(assignment) }) }
        for assignment in sources.options { merge(layer(.error) { $0.read(assignment) }) }
        applyPreset()
    }

    /// Takes every option that is not at its default; a preset's name alone changes nothing.
    mutating func read(_ settings: PoolSettings) {
        let defaults = PoolSettings()
        for option in PoolSettings.options where option.value(in: settings) != option.value(in: defaults) {
            let assignment = PoolSettings.Assignment(keyPath: option.keyPath) { option.copy(settings, &$0) }
            merge(layer(.error) { $0.read(assignment) })
        }
    }

    private mutating func read(_ document: DocumentFinder.Document) {
        do throws(SyntaxError) {
            let root = try document.parse()
            merge(layer(.error) { $0.read(document: root) })
        } catch {
            issues.append(error.issue)
        }
    }

    private func layer(
        _ unknown: PoolSettings.Issue.Severity,
        _ read: (inout LayerReader) -> Void
    ) -> LayerReader {
        var reader = LayerReader(unknown: unknown, environment: environment)
        read(&reader)
        return reader
    }

    private mutating func applyPreset() {
        guard let given = values["preset"] else { return }
        var settings = PoolSettings()
        given.reading.apply(&settings)
        guard let preset = settings.preset else { return }
        for (path, value) in preset.values where values[path] == nil {
            guard let option = PoolSettings.option(path) else { continue }
            resolve(option, name: path, SettingsNode(value, origin: .preset(preset)))
        }
    }

    // MARK: Merging

    /// Puts the options of one source over those of the sources before it.
    private mutating func merge(_ layer: LayerReader) {
        let start = issues.count
        defer { sortIssues(from: start) }
        issues += layer.issues
        var names: [String: (name: String, reading: PoolSettings.Option.Reading)] = [:]
        for given in layer.given {
            let path = given.option.path
            guard let reading = resolve(given.option, name: given.name, given.node) else { continue }
            guard let first = names[path] else {
                names[path] = (given.name, reading)
                continue
            }
            guard first.reading.value != reading.value else { continue }
            broken.insert(path)
            issues.append(
                PoolSettings.Issue(
                    path: "\(LayerReader.root).\(given.name)",
                    rule: first.name == given.name
                        ? "is given twice with different values"
                        : "is another name of \(first.name.quoted), which has a different value \(first.reading.value)",
                    value: reading.value.description,
                    origin: given.node.origin
                )
            )
        }
    }

    /// Puts what was found in one source into the order in which it stands there.
    private mutating func sortIssues(from start: Int) {
        let sorted = issues[start...].enumerated().sorted { left, right in
            let (first, second) = (left.element.origin?.place ?? (0, 0), right.element.origin?.place ?? (0, 0))
            return first == second ? left.offset < right.offset : first < second
        }
        issues.replaceSubrange(start..., with: sorted.map(\.element))
    }

    /// Reads a value; nil when it is wrong, and then there is an issue.
    @discardableResult
    private mutating func resolve(
        _ option: PoolSettings.Option,
        name: String,
        _ node: SettingsNode
    ) -> PoolSettings.Option.Reading? {
        switch option.read(node) {
        case .success(let reading):
            values[option.path] = Resolved(reading: reading, origin: node.origin)
            return reading
        case .failure(let mismatches):
            broken.insert(option.path)
            for mismatch in mismatches.list {
                let part = mismatch.part
                issues.append(
                    PoolSettings.Issue(
                        path: "\(LayerReader.root).\(name)" + (part?.path ?? ""),
                        rule: mismatch.rule,
                        value: mismatch.isHidden ? nil : part == nil ? node.shown : part?.node?.shown,
                        hint: mismatch.isExposed
                            ? "use \((option.path + "_file").quoted) or \((option.path + "_env").quoted)"
                            : mismatch.hint,
                        origin: part?.origin ?? part?.node?.origin ?? node.origin
                    )
                )
            }
            return nil
        }
    }

    // MARK: The result

    /// Checks what the options have to do with each other.
    func finish(_ sources: PoolSettings.Sources) throws(ConfigurationError) -> PoolSettings.Loaded {
        var settings = PoolSettings()
        for option in PoolSettings.options { values[option.path]?.reading.apply(&settings) }
        let origins = values.mapValues(\.origin)
        var rules = RuleChecker(settings: settings, origins: origins, broken: broken)
        rules.check()
        let all = issues + rules.issues
        let errors = all.filter { $0.severity == .error }
        let warnings = all.filter { $0.severity == .warning }
        guard errors.isEmpty else { throw ConfigurationError(issues: errors, warnings: warnings) }
        return PoolSettings.Loaded(
            settings: settings,
            sources: sources,
            origins: origins,
            files: files,
            warnings: warnings,
            notes: all.filter { $0.severity == .note }
        )
    }
}
