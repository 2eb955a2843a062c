/// An error in the OpenAI format.
struct OpenAIError: Sendable {
    var status: Int
    var message: String
    var code: String?
    var parameter: String?

    init(_ status: Int, _ message: String, code: String?, parameter: String? = nil) {
        self.status = status
        self.message = message
        self.code = code
        self.parameter = parameter
    }

    private var type: String {
        switch status {
        case 401: "authentication_error"
        case 402: "insufficient_quota"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    /// The body.
    var json: JSON {
        [
            "error": [
                "message": .string(message),
                "type": .string(type),
                "param": parameter.map(JSON.string) ?? .null,
                "code": code.map(JSON.string) ?? .null,
            ]
        ]
    }

    /// The answer.
    var reply: Reply {
        .json(json, status: status)
    }

    /// How the error looks inside a stream.
    static let streamFailure: @Sendable (String) -> [StreamScript.Unit] = { message in
        [.data(OpenAIError(500, message, code: nil).json.text)]
    }
}

/// Embeddings in the OpenAI format.
struct OpenAIEmbeddings: Sendable {
    let json: JSON

    /// `isBase64` packs the numbers as little-endian 32-bit floats, which is what OpenAI's own client asks for.
    init(_ inputs: [String], model: String, dimensions: Int, isBase64: Bool) {
        let tokens = inputs.reduce(0) { $0 + TokenCounter.count($1) }
        let data = inputs.enumerated().map { index, text -> JSON in
            let vector = EmbeddingMaker.vector(text, dimensions: max(1, min(dimensions, 4096)))
            let embedding: JSON =
                isBase64
                ? .string(Base64.text(vector.flatMap { Self.bytes(Float($0)) })) : .array(vector.map(JSON.number))
            return ["object": "embedding", "index": .integer(index), "embedding": embedding]
        }
        json = [
            "object": "list", "data": .array(data), "model": .string(model),
            "usage": ["prompt_tokens": .integer(tokens), "total_tokens": .integer(tokens)],
        ]
    }

    private static func bytes(_ number: Float) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    }
}

/// Base64 with padding (RFC 4648).
enum Base64 {
    /// The text of some bytes.
    static func text(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
