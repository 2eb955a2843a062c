/// What the body of an error says, in any of the forms that providers use.
///
/// Seen: `{"error":{"message","code","type"}}` (OpenAI), the same with `grpcCode` and `httpCode` (Yandex),
/// `{"status","message"}` and `{"code","message"}` (GigaChat), `{"error":"…"}`, `{"error":[{"msg"}]}` and `{"detail":"…"}`
/// (1C:Naparnik), a flat `{"object":"error","message"}` (older vLLM), `{"error":"…"}` (Ollama), and HTML from proxies.
struct ErrorBody: Hashable, Sendable {
    /// What the server said; `nil` when the body says nothing.
    var message: String?
    /// The server's code or type for the error.
    var code: String?
    /// The HTTP status named in the body, which counts for errors inside a stream.
    var status: Int?
    /// The gRPC code named in the body.
    var grpcCode: Int?
    /// Whether it was JSON, and so came from the provider itself and not from a proxy before it.
    var isJSON = true

    /// Reads a body.
    init(_ bytes: [UInt8]) {
        let json = JSONValue(parsing: bytes)
        self.init(json ?? .null)
        guard json == nil else { return }
        message = Self.plainText(bytes)
        isJSON = false
    }

    /// Reads a body that was parsed already.
    init(_ json: JSONValue) {
        guard let object = json.object else {
            message = json.string?.nonEmpty
            return
        }
        switch object["error"] {
        case .object(let error):
            read(error)
        case .some(let error) where !error.isNull:
            message = Self.sentence(error)
        default:
            break
        }
        if message == nil { message = (object["message"] ?? object["detail"]).flatMap(Self.sentence) }
        code = code ?? Self.label(object["error_type"]) ?? Self.label(object["code"]) ?? Self.label(object["type"])
        status = status ?? Self.httpStatus(object["status"]) ?? Self.httpStatus(object["code"])
    }

    private mutating func read(_ error: [String: JSONValue]) {
        message = (error["message"] ?? error["detail"]).flatMap(Self.sentence)
        code = Self.label(error["code"]) ?? Self.label(error["type"])
        grpcCode = error["grpcCode"]?.integer.flatMap { Int(exactly: $0) }
        // Some OpenAI dialects put the HTTP status into `code`.
        status = Self.httpStatus(error["httpCode"]) ?? Self.httpStatus(error["code"])
    }

    private static func httpStatus(_ value: JSONValue?) -> Int? {
        value?.integer.flatMap { (400...599).contains($0) ? Int($0) : nil }
    }

    private static func label(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text.nonEmpty
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// A sentence from a string, from the `msg` or `message` of an object, or from a list of either.
    private static func sentence(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text.trimmingWhitespace.nonEmpty
        case .array(let values): values.compactMap(sentence).joined(separator: "; ").nonEmpty
        case .object(let object): (object["msg"] ?? object["message"] ?? object["detail"]).flatMap(sentence)
        default: nil
        }
    }

    private static func plainText(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes.prefix(8 * 1_024), as: UTF8.self).trimmingWhitespace
        guard text.hasPrefix("<") else { return text.nonEmpty }
        let title = (text.following("<title>") ?? text.following("<TITLE>"))?.prefix { $0 != "<" }
        return "an HTML page" + (title.map { " titled \"\(String($0).trimmingWhitespace)\"" } ?? "")
    }
}
