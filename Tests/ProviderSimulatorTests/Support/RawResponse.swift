/// A response, with the chunks as they came.
struct RawResponse: Sendable, CustomStringConvertible {
    /// How the body ended.
    enum Ending: Equatable {
        /// As HTTP wants it.
        case complete
        /// The connection closed too early.
        case truncated
        /// The connection was reset.
        case reset
    }

    var status: Int
    var fields: [(name: String, value: String)]
    /// The chunks of a chunked body; a body of known length is one.
    var chunks: [[UInt8]] = []
    var ending = Ending.complete

    subscript(field name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var isChunked: Bool {
        self[field: "Transfer-Encoding"] == "chunked"
    }

    var body: [UInt8] {
        Array(chunks.joined())
    }

    var text: String {
        String(decoding: body, as: UTF8.self)
    }

    /// The chunks as text.
    var texts: [String] {
        chunks.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The events' data, for a stream written in the providers' own style: one event a chunk, one line of data.
    var events: [String] {
        texts.filter { $0.hasSuffix("\n\n") }.flatMap { chunk in
            chunk.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
        }
    }

    /// The body as JSON.
    func json() throws -> JSONValue {
        try JSONValue(text)
    }

    /// The data of the events that precede `[DONE]`.
    func jsonEvents() throws -> [JSONValue] {
        try events.prefix { $0 != "[DONE]" }.map { try JSONValue($0) }
    }

    var description: String {
        let head = "HTTP \(status)\n" + fields.map { "\($0.name): \($0.value)\n" }.joined()
        return head + "\n\(text)\n(\(ending))"
    }
}
