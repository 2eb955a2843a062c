/// The arguments of a command, sorted; the values are read by type.
struct ParsedArguments: Hashable, Sendable {
    /// The values by the option's name.
    var values: [String: [String]] = [:]
    /// The flags that were given.
    var flags: Set<String> = []
    /// What is no option.
    var operands: [String] = []
    /// Whether `--help` was among them.
    var wantsHelp = false

    /// Whether a flag was given.
    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// All values of an option.
    func strings(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of an option; nil when it was not given.
    func string(_ name: String) throws(UsageError) -> String? {
        guard let value = values[name]?.last else { return nil }
        guard !value.isEmpty else { throw UsageError(message: "--\(name) is empty") }
        return value
    }

    /// A whole number in a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let value = values[name]?.last else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw UsageError(
                message: "--\(name) is '\(value)': give a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// A time that was given as a number of `unit`.
    func duration(
        _ name: String,
        unit: Duration,
        named unitName: String,
        isZeroAllowed: Bool = true
    ) throws(UsageError) -> Duration? {
        guard let value = values[name]?.last else { return nil }
        guard let number = Double(value), number.isFinite, number >= 0, number <= 1e6, isZeroAllowed || number > 0
        else {
            let least = isZeroAllowed ? "of 0 or more" : "above 0"
            throw UsageError(message: "--\(name) is '\(value)': give a number of \(unitName) \(least)")
        }
        return unit * number
    }

    /// One of a fixed set of words.
    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        as type: Value.Type
    ) throws(UsageError) -> Value? where Value.RawValue == String {
        guard let value = values[name]?.last else { return nil }
        guard let choice = Value(rawValue: value.lowercased()) else {
            throw UsageError.unknown("value of --\(name):", value, of: Value.allCases.map(\.rawValue))
        }
        return choice
    }
}
