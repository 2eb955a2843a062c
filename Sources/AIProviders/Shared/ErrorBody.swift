/// What the body of an error says, in any of the forms that providers use.
///
/// Seen: `{"error":{"message","code","type"}}` (OpenAI), the same with `grpcCode` and `httpCode` (Yandex), in an array
/// (Gemini), with `status_code` (Groq) and with what the provider behind it said in `metadata.raw` (OpenRouter),
/// `{"status","message"}` and `{"code","message"}` (GigaChat), `{"error":"…"}`, `{"error":[{"msg"}]}` and `{"detail":"…"}`
/// (1C:Naparnik, FastAPI), `{"errors":[{"code","message"}]}` (Cloudflare), `{"base_resp":{"status_code","status_msg"}}`
/// (MiniMax), `{"error_code","error_msg"}` (Baidu), `{"error":"…","error_description"}` (OAuth 2), a flat
/// `{"object":"error","message"}` (older vLLM), `{"error":"…"}` (Ollama), and HTML from proxies.
struct ErrorBody: Hashable, Sendable {
    /// What the server said; `nil` when the body says nothing.
    var message: String?
    /// The server's code or type for the error.
    var code: String?
    /// The HTTP status named in the body, which counts for errors inside a stream.
    var status: Int?
    /// The gRPC code named in the body.
    var grpcCode: Int?
    /// The kind of error in the body, such as OpenAI's `type`.
    var kind: String?
    /// How long to wait, where Google's `RetryInfo` says it.
    var retryDelay: Duration?
    /// Whether it was JSON, and so came from the provider itself and not from a proxy before it.
    var isJSON = true

    /// Reads a body.
    init(_ bytes: [UInt8]) {
        let json = JSONValue(parsing: bytes)
        self.init(json ?? .null)
        guard json == nil else { return }
        if let message = Self.messageOfCut(bytes) {
            self.message = message
        } else {
            message = Self.plainText(bytes)
            isJSON = false
        }
    }

    /// Reads a body that was parsed already.
    init(_ json: JSONValue) {
        switch json {
        case .array(let elements):
            self.init(elements.lazy.compactMap(\.object).first ?? [:])
            message = message ?? Self.sentence(json)
        case .object(let object):
            self.init(object)
        default:
            self.init([:])
            message = json.string?.trimmingWhitespace.nonEmpty
        }
    }

    private init(_ object: [String: JSONValue]) {
        var word: String?
        switch object["error"] {
        case .object(let error): read(error, isError: true)
        case .array(let errors): readList(errors)
        case .string(let text): word = text.trimmingWhitespace.nonEmpty
        default: break
        }
        if let errors = object["errors"]?.array { readList(errors) }
        if let base = object["base_resp"]?.object { readBase(base) }
        read(object, isError: object["details"]?.array != nil)
        guard let word else { return }
        // OAuth 2 and gateways write a short word, and a sentence beside it.
        if let said = message, said.count > word.count {
            code = code ?? word
        } else {
            message = word
        }
    }

    /// Whether it says that something is wrong: some services send an empty error beside a good answer.
    var isEmpty: Bool { message == nil && (code ?? "0") == "0" }
}

extension ErrorBody {
    /// Takes what is not known yet from an object.
    private mutating func read(_ object: [String: JSONValue], isError: Bool) {
        let sentences = ["message", "msg", "error_msg", "status_msg", "error_description", "detail", "title"]
        let said = sentences.lazy.compactMap { object[$0].flatMap(Self.sentence) }.first
        message = message ?? said
        let details = object["details"]?.array ?? []
        code = code ?? Self.label(object["code"]) ?? Self.label(object["error_code"])
        kind = kind ?? Self.label(object["error_type"]) ?? object["type"]?.string?.nonEmpty
        // Google says in the details what the code leaves open.
        if let reason = details.lazy.compactMap({ $0["reason"]?.string?.nonEmpty }).first { code = reason }
        code = code ?? kind
        retryDelay =
            retryDelay ?? details.lazy.compactMap { $0["retryDelay"]?.string.flatMap(RetryAdvice.wait(of:)) }.first
        let statuses = ["httpCode", "http_code", "status_code", "statusCode", "code", "status"]
        status = status ?? statuses.lazy.compactMap { Self.httpStatus(object[$0]) }.first
        grpcCode =
            grpcCode ?? Self.integer(object["grpcCode"]) ?? Self.integer(object["grpc_code"])
            ?? object["status"]?.string.flatMap(ErrorClassification.grpcCode(named:))
        if grpcCode == nil, isError, let code = object["code"]?.integer, (1...16).contains(code) {
            grpcCode = Int(code)
        }
        if let raw = object["metadata"]?["raw"] { addBehind(raw) }
    }

    private mutating func readList(_ errors: [JSONValue]) {
        if let first = errors.lazy.compactMap(\.object).first { read(first, isError: true) }
        message = errors.compactMap(Self.sentence).joined(separator: "; ").nonEmpty ?? message
    }

    /// MiniMax's codes; 0 is success.
    private mutating func readBase(_ base: [String: JSONValue]) {
        guard let number = Self.integer(base["status_code"]), number != 0 else { return }
        code = String(number)
        message = base["status_msg"].flatMap(Self.sentence)
        status =
            switch number {
            case 1_002, 1_039: 429
            case 1_004, 2_049: 401
            case 1_008: 402
            case 1_026, 1_027, 2_013: 400
            default: 500
            }
    }

    /// Adds what the provider behind a router said: JSON, in a text or not, or words.
    private mutating func addBehind(_ raw: JSONValue) {
        let behind = raw.string.map { ErrorBody(Array($0.utf8)).message } ?? ErrorBody(raw).message
        guard let behind, behind != message else { return }
        message = (message.map { $0 + ": " } ?? "") + behind
    }

    private static func integer(_ value: JSONValue?) -> Int? {
        (value?.integer ?? value?.string.flatMap { Int64($0) }).flatMap { Int(exactly: $0) }
    }

    private static func httpStatus(_ value: JSONValue?) -> Int? {
        integer(value).flatMap { (400...599).contains($0) ? $0 : nil }
    }

    private static func label(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text.nonEmpty
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// A sentence from a string, from the `msg` or `message` of an object, or from a list of either.
    ///
    /// FastAPI names in `loc` the field that it means.
    private static func sentence(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): return text.trimmingWhitespace.nonEmpty
        case .array(let values): return values.compactMap(sentence).joined(separator: "; ").nonEmpty
        case .object(let object):
            let said = (object["msg"] ?? object["message"] ?? object["detail"]).flatMap(sentence)
            let place = (object["loc"]?.array ?? []).compactMap { $0.string ?? $0.integer.map { String($0) } }
            let path = place.first == "body" ? place.dropFirst() : place[...]
            return said.map { path.isEmpty ? $0 : path.joined(separator: ".") + ": " + $0 }
        default: return nil
        }
    }
}

extension ErrorBody {
    /// The message in JSON of which only the beginning was read.
    private static func messageOfCut(_ bytes: [UInt8]) -> String? {
        guard let first = bytes.first(where: { $0 > UInt8(ascii: " ") }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        for name in ["\"message\"", "\"msg\"", "\"detail\""] {
            let text = String(decoding: bytes.prefix(64 * 1_024), as: UTF8.self)
            guard let rest = text.utf8Following(name)?.drop(while: { $0 == " " || $0 == ":" }), rest.first == "\""
            else {
                continue
            }
            var string = "\""
            var isEscaped = false
            for character in rest.dropFirst().unicodeScalars.prefix(4 * Redactor.limit) {
                if !isEscaped, character == "\"" { break }
                isEscaped = !isEscaped && character == "\\"
                string.unicodeScalars.append(character)
            }
            // A backslash at the cut has lost what it escapes.
            if isEscaped { string.removeLast() }
            if let said = JSONValue(parsing: string + "\"")?.string?.trimmingWhitespace.nonEmpty { return said }
        }
        return nil
    }

    /// What a body says that is no JSON; of a page its title.
    static func plainText(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes.prefix(8 * 1_024), as: UTF8.self).trimmingWhitespace
        guard text.hasPrefix("<") else { return text.nonEmpty }
        let title = (text.following("<title>") ?? text.following("<TITLE>"))?.prefix { $0 != "<" }
        return "an HTML page" + (title.map { " titled \"\(String($0).trimmingWhitespace)\"" } ?? "")
    }
}
