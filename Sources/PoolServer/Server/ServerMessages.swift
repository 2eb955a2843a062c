/// A request, as far as this server looks at it.
struct ServerRequest: Sendable {
    var method: String
    /// The path without the query.
    var path: String
    /// The version of HTTP, as it was sent.
    var version = "HTTP/1.1"
    var fields: [(name: String, value: String)] = []
    /// Whether the fields are not all that was sent.
    var isMalformed = false

    /// The values of a field, each line for itself.
    func values(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name }.map(\.value) }

    /// The values of a field, joined as RFC 9110 (section 5.3) allows; `nil` when it was not sent.
    func field(_ name: String) -> String? {
        let values = values(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

/// An answer.
struct ServerResponse: Sendable {
    var status: Int
    var fields: [(name: String, value: String)]
    var body: [UInt8]

    init(status: Int = 200, type: String, body: [UInt8], fields: [(name: String, value: String)] = []) {
        self.status = status
        self.body = body
        self.fields =
            [
                ("Content-Type", type),
                // Numbers of this moment; and nobody but who asked for them is to keep them.
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
                // No other site may take it into its own pages, as an image or a script.
                ("Cross-Origin-Resource-Policy", "same-origin"),
            ] + fields
    }

    /// An error with a sentence, as JSON.
    static func problem(
        _ status: Int,
        _ message: String,
        fields: [(name: String, value: String)] = []
    ) -> ServerResponse {
        let body = JSON.object([("error", .string(message))])
        return ServerResponse(status: status, type: "application/json", body: body.bytes, fields: fields)
    }
}
