/// What an HTTP status, a gRPC code or a server's own code means.
enum ErrorClassification {
    /// The code for an error.
    static func code(status: Int?, serverCode: String?) -> ProviderError.Code {
        switch serverCode {
        case "insufficient_quota", "insufficient_balance": return .paymentRequired
        case "content_filter", "content_policy_violation", "data_inspection_failed": return .contentFiltered
        case "context_length_exceeded": return .requestTooLarge
        case "model_not_found": return .modelNotFound
        case "invalid_api_key" where status == nil || status == 400: return .unauthorized
        case "rate_limit_exceeded" where status == nil: return .rateLimited
        default: break
        }
        return switch status {
        case 401: .unauthorized
        case 402: .paymentRequired
        case 403: .forbidden
        case 404, 410: .notFound
        case 408, 409, 423: .serverError
        case 413: .requestTooLarge
        case 429: .rateLimited
        case .some(300..<400): .malformedResponse
        case .some(400..<500): .invalidRequest
        default: .serverError
        }
    }

    /// The HTTP status that stands for a gRPC code, as Yandex maps them; `nil` for codes that say nothing.
    static func status(grpcCode: Int) -> Int? {
        switch grpcCode {
        case 3, 9, 11: 400
        case 16: 401
        case 7: 403
        case 5: 404
        case 6, 10: 409
        case 8: 429
        case 1: 499
        case 2, 13, 15: 500
        case 12: 501
        case 14: 503
        case 4: 504
        default: nil
        }
    }

    /// What the caller can do, appended to what the server said.
    static func hint(_ code: ProviderError.Code, status: Int?) -> String {
        switch code {
        case .unauthorized: " - check the credential: it is wrong, expired or meant for another service"
        case .paymentRequired: " - the account has no money or tokens left"
        case .malformedResponse where (300..<400).contains(status ?? 0):
            " - the server redirects; check the base URL"
        default: ""
        }
    }
}
