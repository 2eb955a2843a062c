/// Why a simulator could not start.
public struct SimulatorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Hashable, Sendable {
        /// The port is taken, forbidden, or the four ports do not fit below 65536.
        case portUnavailable
        /// The HTTP server did not start: out of descriptors, threads or memory.
        case serverFailed
        /// The certificates could not be made.
        case certificateFailed
        /// The private file of the CA could not be written.
        case fileFailed
        /// A value of the configuration is out of its range.
        case invalidConfiguration
    }

    /// What went wrong.
    public let code: Code

    /// Where, why, and what to do about it.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message in one line.
    public var description: String {
        "simulator: \(code): \(message)"
    }
}
