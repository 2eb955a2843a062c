internal import FoundationEssentials

/// The environment of this process.
public enum ProcessEnvironment {
    /// The variables as they are now.
    public static var current: [String: String] { ProcessInfo.processInfo.environment }
}

/// Reads settings from environment variables and says which variable is wrong.
struct EnvironmentReader: Sendable {
    private let values: [String: String]
    private let provider: Provider

    /// Makes a reader.
    init(_ values: [String: String], _ provider: Provider) {
        self.values = values
        self.provider = provider
    }

    /// The value of the first variable of these that is set; a value of white space counts as not set.
    func string(_ names: String...) -> String? {
        variable(names)?.value
    }

    /// The secret in the first variable of these that is set.
    func secret(_ names: String...) -> Secret? {
        variable(names).map { Secret($0.value) }
    }

    /// A switch: `true`, `1`, `yes`, `on`, or the opposites.
    func bool(_ names: String...) throws(ProviderError) -> Bool? {
        guard let (name, value) = variable(names) else { return nil }
        switch value.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default: throw invalid(name, "is neither true nor false")
        }
    }

    /// A whole number of at least `minimum`.
    func integer(_ names: String..., minimum: Int) throws(ProviderError) -> Int? {
        guard let (name, value) = variable(names) else { return nil }
        guard let number = Int(value), number >= minimum else {
            throw invalid(name, "is no whole number of \(minimum) or more")
        }
        return number
    }

    /// A time in seconds, which may have a fraction.
    func seconds(_ names: String...) throws(ProviderError) -> Duration? {
        guard let (name, value) = variable(names) else { return nil }
        guard let number = Double(value), number.isFinite, number > 0, number < 1e6 else {
            throw invalid(name, "is no number of seconds above zero")
        }
        return .seconds(number)
    }

    /// One of a fixed set of words.
    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        as type: Value.Type
    ) throws(ProviderError) -> Value? where Value.RawValue == String {
        guard let value = string(name) else { return nil }
        guard let choice = Value(rawValue: value.lowercased()) else {
            throw invalid(name, "is none of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// The text of the file that a variable names.
    func file(_ name: String) throws(ProviderError) -> String? {
        guard let path = string(name) else { return nil }
        do {
            return try String(contentsOfFile: path, encoding: .utf8).trimmingWhitespace
        } catch {
            // Who puts the secret itself there must not find it in a log.
            throw invalid(name, "must name a file with the secret, and what it names cannot be read")
        }
    }

    /// The error for variables of which one must be set.
    func missing(_ what: String, _ names: String...) -> ProviderError {
        ProviderError(
            .invalidConfiguration,
            provider,
            "\(what) is missing: set \(names.joined(separator: " or "))."
        )
    }

    /// The error for a variable; its value is not shown, for it may be a secret in the wrong place.
    func invalid(_ name: String, _ reason: String) -> ProviderError {
        ProviderError(.invalidConfiguration, provider, "The environment variable \(name) \(reason).")
    }

    private func variable(_ names: [String]) -> (name: String, value: String)? {
        for name in names {
            if let value = values[name]?.trimmingWhitespace.nonEmpty { return (name, value) }
        }
        return nil
    }
}
