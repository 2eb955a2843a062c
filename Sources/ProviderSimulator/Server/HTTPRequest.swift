/// A header field, in the order of the message.
struct HTTPField: Hashable, Sendable {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A whole request as it came in.
struct HTTPRequest: Sendable {
    var method: String
    /// The path as sent, not decoded.
    var path: String
    /// What follows `?`, not decoded; empty if there is none.
    var query: String
    var fields: [HTTPField]
    var body: [UInt8]
    /// The body was over the server's limit and is not here.
    var isBodyTooLong = false
    /// The client proved itself by a certificate of the simulator's CA.
    var hasClientCertificate = false

    init(method: String, target: String, fields: [HTTPField], body: [UInt8]) {
        self.method = method
        let cut = target.firstIndex(of: "?")
        path = String(target[..<(cut ?? target.endIndex)])
        query = cut.map { String(target[target.index(after: $0)...]) } ?? ""
        self.fields = fields
        self.body = body
    }

    /// The value of the first field of that name, whatever its case.
    subscript(field name: String) -> String? {
        let lowercased = name.lowercased()
        return fields.first { $0.name.lowercased() == lowercased }?.value
    }

    /// The path cut at its slashes, without empty segments.
    var segments: [String] {
        path.split(separator: "/").map(String.init)
    }

    /// The value of a query parameter, percent-decoded.
    func parameter(_ name: String) -> String? {
        FormFields(query)[name]
    }
}
