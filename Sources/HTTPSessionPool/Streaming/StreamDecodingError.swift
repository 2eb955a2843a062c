/// A streamed body that is not what its format says, or larger than it may be.
///
/// It tells what is wrong and where, never what was received: a body may hold what must not reach a log.
public struct StreamDecodingError: Error, Sendable, Hashable {
    /// What is wrong with the stream.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case lineTooLong
            case eventTooLarge
            case objectTooLarge
            case malformedJSON
            case truncated
        }

        private let base: Base

        private init(_ base: Base) {
            self.base = base
        }

        /// A line of an event stream has no end within the limit.
        public static let lineTooLong = Code(.lineTooLong)
        /// The data lines of one event are together larger than the limit.
        public static let eventTooLarge = Code(.eventTooLarge)
        /// A JSON object has no end within the limit.
        public static let objectTooLarge = Code(.objectTooLarge)
        /// Where a JSON object should begin, or the stream end, there is something else.
        public static let malformedJSON = Code(.malformedJSON)
        /// The stream ended inside of something.
        public static let truncated = Code(.truncated)

        /// The name of the code, fit for a metric's label.
        public var description: String { base.rawValue }
    }

    /// What is wrong.
    public let code: Code
    /// The limit that was exceeded, in bytes; nil for codes without one.
    public let limit: Int?
    /// How many bytes of the stream precede the error; nil where only the size matters.
    public let offset: Int?

    private init(_ code: Code, limit: Int? = nil, offset: Int? = nil) {
        self.code = code
        self.limit = limit
        self.offset = offset
    }

    /// A line of an event stream is longer than `limit` bytes.
    package static func lineTooLong(limit: Int) -> StreamDecodingError {
        StreamDecodingError(.lineTooLong, limit: limit)
    }

    /// The data of one event is larger than `limit` bytes.
    package static func eventTooLarge(limit: Int) -> StreamDecodingError {
        StreamDecodingError(.eventTooLarge, limit: limit)
    }

    /// A JSON object is larger than `limit` bytes.
    package static func objectTooLarge(limit: Int) -> StreamDecodingError {
        StreamDecodingError(.objectTooLarge, limit: limit)
    }

    /// After `offset` bytes there is something that is no JSON object.
    package static func malformedJSON(offset: Int) -> StreamDecodingError {
        StreamDecodingError(.malformedJSON, offset: offset)
    }

    /// The stream ended after `offset` bytes, inside of something.
    package static func truncated(offset: Int) -> StreamDecodingError {
        StreamDecodingError(.truncated, offset: offset)
    }
}

extension StreamDecodingError: CustomStringConvertible {
    /// What is wrong, where, and what to do about it.
    public var description: String {
        let limit = limit ?? 0
        let offset = offset ?? 0
        return switch code {
        case .lineTooLong:
            "A line of the event stream is longer than \(limit) bytes: raise limits.maxEventBytes, "
                + "or check that the server sends server-sent events."
        case .eventTooLarge:
            "An event of the event stream has more than \(limit) bytes of data: raise limits.maxEventBytes."
        case .objectTooLarge:
            "A JSON object of the stream is larger than \(limit) bytes: raise limits.maxObjectBytes."
        case .malformedJSON:
            "At byte \(offset) of the stream there is something other than a JSON object: "
                + "check that the server streams JSON objects and nothing else."
        default:
            "The stream ended after \(offset) bytes in the middle of a JSON value: what arrived is incomplete."
        }
    }
}
