extension PoolSettings {
    /// A value of any option, as it is shown and compared.
    public enum Value: Sendable, Hashable {
        /// Nothing was chosen.
        case none
        /// A switch.
        case bool(Bool)
        /// A whole number.
        case integer(Int)
        /// A number.
        case number(Double)
        /// A time; shown as seconds.
        case duration(Duration)
        /// A text.
        case text(String)
        /// What is never shown.
        case secret(Secret)
        /// An address with credentials; shown without them.
        case address(Secret)
        /// Several values.
        case list([Value])
        /// Named values, in their order.
        case table([Field])
    }

    /// A named value in a ``Value/table(_:)``.
    public struct Field: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: Value

        /// Makes a field.
        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }
}

extension PoolSettings.Value: CustomStringConvertible {
    /// The value as TOML writes it; JSON writes all but tables the same way.
    ///
    /// Nothing chosen is `none`, and a secret is `***`: neither can be read back.
    public var description: String {
        switch self {
        case .none: "none"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): value.plainText
        case .duration(let value): value.secondsText
        case .text(let value): value.quoted
        case .secret: "***"
        case .address(let value): value.reveal().withoutCredentials.quoted
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .table(let fields):
            "{ " + fields.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") + " }"
        }
    }

    /// The value as JSON; nothing chosen is `null`.
    package var json: String {
        switch self {
        case .none: "null"
        case .secret: "***".quoted
        case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
        case .table(let fields):
            "{" + fields.map { "\($0.name.quoted): \($0.value.json)" }.joined(separator: ", ") + "}"
        default: description
        }
    }

    /// Whether what is shown is the whole value.
    package var isShownWhole: Bool {
        switch self {
        case .secret: false
        case .address(let value): !value.reveal().hasCredentials
        default: true
        }
    }
}

extension Double {
    /// The shortest text that reads as this number, without an exponent where people expect none.
    var plainText: String {
        guard isFinite, magnitude < 1e15, self == rounded(.towardZero) else { return "\(self)" }
        return "\(Int64(self)).0"
    }
}

extension Duration {
    /// The number of seconds, with as many decimals as it takes.
    var secondsText: String {
        let (seconds, attoseconds) = components
        let sign = seconds < 0 || attoseconds < 0 ? "-" : ""
        guard attoseconds != 0 else { return "\(seconds)" }
        let digits = String(attoseconds.magnitude)
        let fraction = String(repeating: "0", count: 18 - digits.count) + digits
        return "\(sign)\(seconds.magnitude)." + String(fraction.reversed().drop { $0 == "0" }.reversed())
    }
}
