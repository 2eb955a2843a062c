internal import FoundationEssentials

extension JSONValue: Codable {
    /// Reads any JSON value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = Self.exactly(value, in: container)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// A number, with its digits where a `Double` would not give them back.
    private static func exactly(_ value: Double, in container: any SingleValueDecodingContainer) -> JSONValue {
        // Foundation keeps 38 digits.
        guard let digits = try? container.decode(Decimal.self), !digits.isNaN,
            Decimal(string: "\(value)").map({ $0 != digits }) ?? false
        else { return .number(value) }
        return .decimal(digits.description)
    }

    /// Writes the value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .decimal(let digits):
            guard let value = Decimal(string: digits), !value.isNaN else {
                throw EncodingError.invalidValue(
                    digits,
                    .init(codingPath: container.codingPath, debugDescription: "It is no number.")
                )
            }
            try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue {
    /// Reads the value from JSON text; `nil` when the text is no JSON.
    public init?(parsing text: String) {
        self.init(parsing: Array(text.utf8))
    }

    /// Reads the value from JSON bytes; `nil` when they are no JSON.
    public init?(parsing bytes: [UInt8]) {
        guard let value = try? WireJSON.decode(JSONValue.self, from: bytes) else { return nil }
        self = value
    }

    /// The value as compact JSON bytes, members sorted by name; `nil` for a number that JSON cannot express.
    ///
    /// The order is fixed so that equal requests are equal bytes: providers cache prompts by their prefix.
    public var bytes: [UInt8]? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return nil }
        return [UInt8](data)
    }

    /// The value as compact JSON text; `nil` for a number that JSON cannot express.
    public var text: String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
