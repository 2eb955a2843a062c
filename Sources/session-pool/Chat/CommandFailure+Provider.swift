internal import AIProviders
internal import HTTPSessionPool

extension CommandFailure {
    /// A provider's error as an exit code and one line that says what to do.
    init(_ error: ProviderError) {
        let advice = Self.advice(error)
        self.init(Self.code(error), Self.text(error) + (advice.isEmpty ? "" : " - \(advice)"))
    }

    /// Who was asked and what happened first, then what support and searching want: code, status, origin and the like.
    private static func text(_ error: ProviderError) -> String {
        var message = error.message
        var facts = ["\(error.code)"] + (error.status.map { ["HTTP \($0)"] } ?? [])
        if let cause = error.underlying {
            // What wraps an error of the pool ends with its description, which is for programmers.
            if message.hasSuffix(cause.description) {
                message = message.dropLast(cause.description.count) + cause.message
                facts[0] = "\(cause.code)"
            }
            if !cause.origin.isEmpty { facts.append(cause.origin) }
        } else if error.code == .invalidConfiguration {
            facts = []
        }
        if let time = error.retryAfter { facts.append("retry after \(time)") }
        if let id = error.requestID { facts.append("request \(id)") }
        return "\(error.provider): \(message)" + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }

    private static func code(_ error: ProviderError) -> ExitCode {
        switch error.code {
        case .invalidConfiguration: .configuration
        case .unauthorized, .forbidden, .paymentRequired: .refused
        case .rateLimited: .unavailable
        case .serverError: error.isRetryable ? .unavailable : .failure
        case .streamTruncated: .incomplete
        case .cancelled: .interrupted
        case .transport: error.underlying.map { code($0) } ?? .failure
        default: .failure
        }
    }

    private static let settings: Set<SessionError.Code> = [.invalidURL, .invalidTLSConfiguration, .unsupported]

    private static let unreachable: Set<SessionError.Code> = [
        .connectTimeout, .firstByteTimeout, .idleTimeout, .deadlineExceeded, .noProgress, .acquireTimeout,
        .nameResolutionFailed, .connectionFailed, .proxyFailed, .tlsHandshakeFailed, .certificateRejected,
        .connectionLost,
    ]

    private static func code(_ error: SessionError) -> ExitCode {
        if settings.contains(error.code) { return .configuration }
        return unreachable.contains(error.code) ? .unavailable : .failure
    }

    /// What the person at the keyboard can do, where the error's own text does not say it.
    private static func advice(_ error: ProviderError) -> String {
        switch error.code {
        case .forbidden: return "check that the account may use this model and scope"
        case .paymentRequired: return "the account has no money or tokens left"
        case .modelNotFound: return "check --model and --base-url"
        case .notFound: return "check --base-url"
        case .rateLimited, .serverError: return error.isRetryable ? "try again later" : ""
        case .transport: return error.underlying.map { advice($0.code) } ?? ""
        default: return ""
        }
    }

    private static func advice(_ code: SessionError.Code) -> String {
        switch code {
        case .connectionFailed, .nameResolutionFailed, .connectTimeout:
            "check the address, the network and the proxy (session-pool doctor)"
        case .proxyFailed: "check the proxy (session-pool doctor)"
        case .certificateRejected: "if the server's root is not a public one, give it with --ca-file"
        case .deadlineExceeded, .firstByteTimeout, .idleTimeout, .noProgress:
            "give it more time with --timeout, or try again"
        default: ""
        }
    }
}
