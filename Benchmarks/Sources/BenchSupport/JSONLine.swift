/// The one line of JSON that a client prints: numbers by name.
public struct JSONLine: Sendable {
    private var fields: [(name: String, text: String)] = []

    /// An empty object.
    public init() {}

    /// A number of the line; what is read back is what was set.
    public subscript(name: String) -> Double? {
        get { fields.first { $0.name == name }.flatMap { Double($0.text) } }
        set {
            fields.removeAll { $0.name == name }
            if let newValue { fields.append((name, Self.text(newValue))) }
        }
    }

    /// Adds lists of numbers.
    public mutating func set(_ name: String, _ rows: [[Double]]) {
        let texts = rows.map { "[" + $0.map(Self.text).joined(separator: ", ") + "]" }
        fields.append((name, "[" + texts.joined(separator: ", ") + "]"))
    }

    /// The line.
    public var text: String {
        "{" + fields.map { "\"\($0.name)\": \($0.text)" }.joined(separator: ", ") + "}"
    }

    private static func text(_ number: Double) -> String {
        if let whole = Int(exactly: number) { return "\(whole)" }
        return "\((number * 1e6).rounded() / 1e6)"
    }
}
