/// One header field of a request or a response.
public struct HeaderField: Hashable, Sendable {
    /// The field's name as it was given; names are compared without regard to case.
    public var name: String
    /// The field's value.
    public var value: String

    /// Makes a field; names and values are checked when the request is sent.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// The header fields of a message, in the order in which they were sent.
///
/// Names are compared without regard to case, and a name may occur more than once (RFC 9110, section 5).
public struct HeaderFields: Sendable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
    private enum Storage: Sendable {
        case fields([HeaderField])
        /// A response's, which are read only when somebody asks for one.
        case wire(WireHeaderSection)
    }

    private var storage: Storage

    private var fields: [HeaderField] {
        get {
            switch storage {
            case .fields(let fields): fields
            case .wire(let section): section.fields
            }
        }
        set { storage = .fields(newValue) }
    }

    /// Makes an empty list.
    public init() {
        storage = .fields([])
    }

    /// Makes a list of `fields`, in their order.
    public init(_ fields: some Sequence<HeaderField>) {
        storage = .fields(Array(fields))
    }

    /// Makes a list from a dictionary literal, in its order; a name may be repeated.
    public init(dictionaryLiteral elements: (String, String)...) {
        storage = .fields(elements.map { HeaderField(name: $0.0, value: $0.1) })
    }

    /// Reads the lines of a header section, when the first field is asked for.
    package init(wire bytes: [UInt8]) {
        storage = .wire(WireHeaderSection(bytes))
    }

    /// The position of the first field.
    public var startIndex: Int { fields.startIndex }
    /// The position after the last field.
    public var endIndex: Int { fields.endIndex }
    /// The field at `position`.
    public subscript(position: Int) -> HeaderField { fields[position] }

    /// The first value of the field `name`; setting it replaces every field of that name, `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.matches($0.name, name) }?.value }
        set {
            guard let newValue else {
                fields.removeAll { Self.matches($0.name, name) }
                return
            }
            guard let first = fields.firstIndex(where: { Self.matches($0.name, name) }) else {
                fields.append(HeaderField(name: name, value: newValue))
                return
            }
            fields[first].value = newValue
            let rest = fields[(first + 1)...].filter { !Self.matches($0.name, name) }
            fields.replaceSubrange((first + 1)..., with: rest)
        }
    }

    /// All values of the field `name`, in order.
    public func values(for name: String) -> [String] {
        fields.lazy.filter { Self.matches($0.name, name) }.map(\.value)
    }

    /// Adds a field after the others; one of the same name is kept.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(HeaderField(name: name, value: value))
    }

    /// Whether two field names are the same: ASCII, without regard to case.
    package static func matches(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8, right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { $0 == $1 || ($0 ^ $1 == 0x20 && ($0 | 0x20) &- 0x61 < 26) }
    }
}

extension HeaderFields: Hashable {
    /// Whether both have the same fields in the same order, names in the same case.
    public static func == (left: HeaderFields, right: HeaderFields) -> Bool {
        left.fields == right.fields
    }

    /// Feeds the fields into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(fields)
    }
}

extension HeaderFields: CustomStringConvertible {
    /// The fields in lines, the values of those that carry credentials replaced by `***`.
    public var description: String {
        fields.map(\.description).joined(separator: "\n")
    }

    /// Whether a field of this name carries credentials: it is never printed, and never sent to another origin.
    package static func isSensitive(_ name: String) -> Bool {
        let name = name.lowercased()
        return sensitiveNames.contains(name) || sensitiveParts.contains { name.contains($0) }
    }

    private static let sensitiveParts = [
        "token", "secret", "api-key", "apikey", "api_key", "password", "auth", "credential", "signature",
    ]

    private static let sensitiveNames: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "rquid", "session-id",
    ]
}
