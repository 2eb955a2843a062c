extension OptionType where Value == Bool {
    /// A switch; besides `true` and `false` it may be 1, 0, yes, no, on, off, in any case.
    static var bool: OptionType {
        OptionType(name: "bool", limits: "", read: { Self.bool($0) }, show: { .bool($0) })
    }

    private static func bool(_ node: SettingsNode) -> Result<Bool, Mismatches> {
        switch node.content {
        case .bool(let value): return .success(value)
        case .integer(0): return .success(false)
        case .integer(1): return .success(true)
        default:
            switch node.string?.lowercased() {
            case "true", "1", "yes", "on": return .success(true)
            case "false", "0", "no", "off": return .success(false)
            default: return .wrong("must be true or false")
            }
        }
    }
}

extension OptionType where Value == Int {
    /// A whole number in a range.
    static func integer(_ range: ClosedRange<Int>) -> OptionType {
        OptionType(
            name: "integer",
            limits: "\(range.lowerBound)...\(range.upperBound)",
            read: { node in
                let rule = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
                switch node.content {
                case .integer(let value):
                    guard let number = Int(exactly: value), range.contains(number) else { return .wrong(rule) }
                    return .success(number)
                case .text(let text):
                    guard NumberText(text.trimmed)?.isWhole == true, let number = Int(text.trimmed),
                        range.contains(number)
                    else { return .wrong(rule) }
                    return .success(number)
                case .string(let text) where NumberText(text)?.isWhole == true:
                    return .wrong(rule, hint: "write it without quotes")
                default: return .wrong(rule)
                }
            },
            show: { .integer($0) }
        )
    }
}

extension OptionType where Value == Double {
    /// A finite number in a range; a whole one will do.
    static func number(_ range: ClosedRange<Double>) -> OptionType {
        let (low, high) = (range.lowerBound.shortText, range.upperBound.shortText)
        return OptionType(
            name: "number",
            limits: "\(low)...\(high)",
            read: { node in
                let rule = "must be a number from \(low) to \(high)"
                let number: Double?
                switch node.content {
                case .integer(let value): number = Double(value)
                case .number(let value): number = value
                case .text(let text): number = NumberText(text.trimmed) == nil ? nil : Double(text.trimmed)
                case .string(let text) where NumberText(text) != nil:
                    return .wrong(rule, hint: "write it without quotes")
                default: number = nil
                }
                guard let number, range.contains(number) else { return .wrong(rule) }
                return .success(number)
            },
            show: { .number($0) }
        )
    }
}

extension Double {
    /// The number without a fraction that is zero.
    fileprivate var shortText: String { plainText.hasSuffix(".0") ? String(plainText.dropLast(2)) : plainText }
}

extension OptionType where Value == Duration {
    /// A time of at least `least` and at most `most`, by default a year; with a `zero`, 0 is allowed too and means that.
    static func duration(_ least: Duration, most: Duration? = nil, zero: String? = nil) -> OptionType {
        let range = most.map { "\(least.secondsText)...\($0.secondsText)" } ?? ">= \(least.secondsText)"
        let (most, words) = (most ?? .seconds(31_536_000), most == nil ? ", a year" : "")
        return OptionType(
            name: "seconds",
            limits: (zero.map { "0 (\($0)) or " } ?? "") + range,
            read: { node in
                guard let value = Self.duration(node) else {
                    let isBare = if case .string(let text) = node.content { NumberText(text) != nil } else { false }
                    let rule = "expected seconds or a duration like \"300s\""
                    return .wrong(rule, hint: isBare ? "write it without quotes, or with a unit" : nil)
                }
                if zero != nil, value == .zero { return .success(value) }
                guard value >= least else {
                    return .wrong("must be \(zero == nil ? "" : "0 or ")at least \(least.secondsText) s")
                }
                guard value <= most else { return .wrong("must be at most \(most.secondsText) s\(words)") }
                return .success(value)
            },
            show: { .duration($0) }
        )
    }

    private static func duration(_ node: SettingsNode) -> Duration? {
        switch node.content {
        case .integer(let value): DurationText.seconds(Double(value))
        case .number(let value): DurationText.seconds(value)
        case .duration(let value): value
        case .string(let text): DurationText.parse(text)
        case .text(let text):
            NumberText(text.trimmed) == nil
                ? DurationText.parse(text.trimmed) : Double(text.trimmed).flatMap(DurationText.seconds)
        default: nil
        }
    }
}
