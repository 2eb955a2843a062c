/// Why a ``PoolServer`` could not be started.
public struct PoolServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, without dynamic text.
    public enum Code: String, Sendable, Hashable {
        /// A setting makes no sense.
        case invalidConfiguration
        /// The address cannot be listened at.
        case addressUnavailable
        /// The system gave no thread or memory.
        case startFailed
    }

    /// What went wrong.
    public let code: Code
    /// What happened and what may be done, in a sentence without secrets.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
