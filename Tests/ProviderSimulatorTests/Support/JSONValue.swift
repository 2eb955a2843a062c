import Foundation

/// A JSON value as Foundation reads it, so that the simulator's own JSON is checked by another implementation.
@dynamicMemberLookup
struct JSONValue: Sendable, Equatable, Decodable, CustomStringConvertible {
    private enum Content: Sendable, Equatable {
        case null
        case bool(Bool)
        case number(Double)
        case string(String)
        case array([JSONValue])
        case object([String: JSONValue])
    }

    /// The body is not JSON.
    struct NotJSON: Error {
        let text: String
    }

    private let content: Content
    /// Nothing was there, as opposed to null.
    let isMissing: Bool

    private static let missing = JSONValue(content: .null, isMissing: true)

    private init(content: Content, isMissing: Bool = false) {
        self.content = content
        self.isMissing = isMissing
    }

    init(_ text: String) throws {
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            throw NotJSON(text: text)
        }
    }

    init(from decoder: any Decoder) throws {
        isMissing = false
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            content = .null
        } else if let value = try? container.decode(Bool.self) {
            content = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            content = .number(value)
        } else if let value = try? container.decode(String.self) {
            content = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            content = .array(value)
        } else {
            content = .object(try container.decode([String: JSONValue].self))
        }
    }

    subscript(dynamicMember name: String) -> JSONValue {
        self[name]
    }

    subscript(name: String) -> JSONValue {
        if case .object(let members) = content { members[name] ?? .missing } else { .missing }
    }

    subscript(index: Int) -> JSONValue {
        if case .array(let values) = content, values.indices.contains(index) { values[index] } else { .missing }
    }

    var string: String? {
        if case .string(let value) = content { value } else { nil }
    }

    var number: Double? {
        if case .number(let value) = content { value } else { nil }
    }

    var bool: Bool? {
        if case .bool(let value) = content { value } else { nil }
    }

    var array: [JSONValue] {
        if case .array(let values) = content { values } else { [] }
    }

    /// The names of an object's members.
    var names: Set<String> {
        if case .object(let members) = content { Set(members.keys) } else { [] }
    }

    var isEmptyObject: Bool {
        content == .object([:])
    }

    var isNull: Bool {
        content == .null && !isMissing
    }

    var description: String {
        isMissing ? "(missing)" : "\(content)"
    }
}
