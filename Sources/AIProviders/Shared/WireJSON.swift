internal import FoundationEssentials

/// Reads JSON into the structs that mirror what providers send.
enum WireJSON {
    /// Why bytes could not be read, without any of their content.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads a value; white space before it is allowed, which is how DeepSeek keeps a waiting request alive.
    ///
    /// What is nearly JSON is read as what it was meant to be, see ``JSONRepair``.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(Failure) -> Value {
        guard !bytes.isEmpty else { throw Failure(description: "the body is empty") }
        do throws(Failure) {
            return try decodeExactly(type, from: bytes)
        } catch {
            guard let repaired = JSONRepair.repaired(bytes) else { throw error }
            return try decodeExactly(type, from: repaired)
        }
    }

    private static func decodeExactly<Value: Decodable>(
        _ type: Value.Type,
        from bytes: [UInt8]
    ) throws(Failure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw Failure(description: reason(error))
        } catch {
            throw Failure(description: "it is no JSON")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "the field \(path(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context):
            "the field \(path(context.codingPath)) is no \(type)"
        case .valueNotFound(let type, let context):
            "the field \(path(context.codingPath)) is null instead of a \(type)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is no JSON" : "the field \(path(context.codingPath)) cannot be read"
        @unknown default:
            "it is not of the expected form"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".").nonEmpty ?? "at the top"
    }
}

/// A count that providers write as a number, as a whole double or, being 64 bits wide in protobuf, as a string.
struct WireInteger: Decodable, Hashable, Sendable {
    let value: Int

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            value = number
        } else if let number = try? container.decode(Double.self), let exact = Int(exactly: number.rounded()) {
            value = exact
        } else if let text = try? container.decode(String.self), let number = Int(text) {
            value = number
        } else {
            throw DecodingError.typeMismatch(
                Int.self,
                .init(codingPath: decoder.codingPath, debugDescription: "neither a number nor digits")
            )
        }
    }
}
