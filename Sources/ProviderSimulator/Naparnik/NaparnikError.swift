/// An error of 1C:Naparnik, in one of its three forms.
enum NaparnikError: Error, Hashable, Sendable {
    /// `{"detail":…}`
    case detail(status: Int, String)
    /// `{"error":…,"error_type":…}`
    case typed(status: Int, String, type: String)
    /// `{"error":[{"msg":…}],"error_type":…}`
    case list(status: Int, String, type: String)

    static func invalid(_ message: String) -> NaparnikError {
        .list(status: 422, message, type: "validation_error")
    }

    static func rateLimited(seconds: Int) -> NaparnikError {
        .typed(
            status: 429,
            "Rate limit exceeded for message creation. Try again in \(seconds) seconds.",
            type: "rate_limit_exceeded"
        )
    }

    /// The answer.
    var reply: Reply {
        switch self {
        case .detail(let status, let text): .json(["detail": .string(text)], status: status)
        case .typed(let status, let text, let type):
            .json(["error": .string(text), "error_type": .string(type)], status: status)
        case .list(let status, let text, let type):
            .json(["error": [["msg": .string(text)]], "error_type": .string(type)], status: status)
        }
    }
}
