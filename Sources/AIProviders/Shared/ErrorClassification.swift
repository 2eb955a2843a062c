/// What an HTTP status, a gRPC code or a server's own code means.
enum ErrorClassification {
    /// The code for an error.
    static func code(status: Int?, serverCode: String?) -> ProviderError.Code {
        switch serverCode {
        case "insufficient_quota", "insufficient_balance": return .paymentRequired
        case "content_filter", "content_policy_violation", "data_inspection_failed": return .contentFiltered
        case "context_length_exceeded", "exceed_context_size_error": return .requestTooLarge
        case "model_not_found": return .modelNotFound
        case "invalid_api_key" where status == nil || status == 400, "API_KEY_INVALID": return .unauthorized
        case "rate_limit_exceeded" where status == nil: return .rateLimited
        default: break
        }
        return switch status {
        case 401: .unauthorized
        case 402: .paymentRequired
        case 403: .forbidden
        case 404, 410: .notFound
        case 407: .invalidConfiguration
        case 408, 409, 423: .serverError
        case 413: .requestTooLarge
        case 429: .rateLimited
        case .some(300..<400): .malformedResponse
        case .some(400..<500): .invalidRequest
        default: .serverError
        }
    }

    /// The HTTP status that a word for a kind of error stands for: an error inside a stream has no other.
    static func status(kind: String) -> Int? {
        switch kind.lowercased() {
        case "invalid_request_error", "invalid_request", "bad_request", "badrequesterror", "tool_use_failed": 400
        case "authentication_error", "invalid_api_key", "unauthorized", "unauthenticated": 401
        case "billing_error", "insufficient_quota", "insufficient_balance", "payment_required": 402
        case "permission_error", "permission_denied", "forbidden": 403
        case "not_found_error", "not_found", "notfounderror": 404
        case "request_too_large": 413
        case "locked": 423
        case "rate_limit_error", "rate_limit_exceeded", "rate_limit", "rate_limited", "too_many_requests": 429
        case "server_error", "internal_server_error", "internal_error", "internalservererror", "api_error": 500
        case "service_unavailable", "service_unavailable_error", "unavailable", "unavailable_error": 503
        case "timeout_error", "timeout": 504
        case "overloaded_error", "overloaded", "engine_overloaded_error": 529
        default: nil
        }
    }

    /// Whether words about a 404 mean the path: what a server says that knows no such address, and so no model.
    static func meansPath(_ message: String?) -> Bool {
        guard var words = message?.lowercased() else { return false }
        while let last = words.last, last == "." || last == "!" || last.isWhitespace { words.removeLast() }
        let exact = ["not found", "404 not found", "page not found", "404 page not found", "resource not found"]
        let beginnings = [
            "invalid url", "cannot post", "cannot get", "no route", "no static resource", "route not found",
        ]
        return exact.contains(words) || beginnings.contains(where: words.hasPrefix)
    }

    /// The gRPC code of a name, as Google's services write it.
    static func grpcCode(named name: String) -> Int? {
        let names = [
            "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
        ]
        return names.firstIndex(of: name).map { $0 + 1 }
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
        case .invalidConfiguration where status == 407: " - the proxy wants credentials; check its address"
        case .paymentRequired: " - the account has no money or tokens left"
        case .malformedResponse where (300..<400).contains(status ?? 0):
            " - the server redirects; check the base URL"
        default: ""
        }
    }
}
