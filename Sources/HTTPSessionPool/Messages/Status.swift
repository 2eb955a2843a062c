/// An HTTP status code (RFC 9110, section 15).
public struct Status: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The three-digit code.
    public let rawValue: Int

    /// Wraps a code.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Makes a status from a literal, so that `response.status == 200` reads as it should.
    public init(integerLiteral value: Int) {
        self.init(rawValue: value)
    }

    /// The class of a status code: its first digit.
    public enum Kind: Sendable, Hashable {
        /// 1xx.
        case informational
        /// 2xx.
        case successful
        /// 3xx.
        case redirection
        /// 4xx.
        case clientError
        /// 5xx.
        case serverError
        /// Anything else.
        case unknown
    }

    /// The class of the code.
    public var kind: Kind {
        switch rawValue {
        case 100..<200: .informational
        case 200..<300: .successful
        case 300..<400: .redirection
        case 400..<500: .clientError
        case 500..<600: .serverError
        default: .unknown
        }
    }

    /// Whether the code is 2xx.
    public var isSuccess: Bool { kind == .successful }

    /// The code in digits.
    public var description: String { String(rawValue) }
}
