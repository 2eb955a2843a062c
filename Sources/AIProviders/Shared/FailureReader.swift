internal import HTTPSessionPool

/// Turns what a provider says about a failure into an error.
struct FailureReader: Sendable {
    let provider: Provider
    let redactor: Redactor
    /// The headers in which the provider puts its id of the request, best first.
    var requestIDHeaders = ["x-request-id"]
    /// Finds a wait in an error's text, for providers that say it there.
    var waitInText: @Sendable (String) -> Duration? = { _ in nil }

    /// Makes a reader that removes `secrets` from what servers say.
    init(_ provider: Provider, secrets: [Secret] = []) {
        self.provider = provider
        redactor = Redactor(secrets: secrets)
    }

    /// The provider's id of the request that was answered with these headers.
    func requestID(in headers: HeaderFields) -> String? {
        for name in requestIDHeaders {
            if let id = headers[name]?.nonEmpty { return id }
        }
        return nil
    }

    /// The error that a response of an unsuccessful status means.
    ///
    /// `missing` is what a 404 means when the server gives a reason; without one the path is wrong, not the model.
    func failure(_ response: Response, missing: ProviderError.Code = .notFound) -> ProviderError {
        failure(
            ErrorBody(response.body),
            missing: missing,
            status: response.status.rawValue,
            advice: RetryAdvice(headers: response.headers, now: .now),
            requestID: requestID(in: response.headers)
        )
    }

    /// The error that a body means, whether it came with an unsuccessful status or inside a successful answer.
    func failure(
        _ body: ErrorBody,
        missing: ProviderError.Code = .notFound,
        status: Int?,
        advice: RetryAdvice? = nil,
        requestID: String? = nil
    ) -> ProviderError {
        let status = status ?? body.status ?? body.grpcCode.flatMap(ErrorClassification.status(grpcCode:))
        var code = ErrorClassification.code(status: status, serverCode: body.code)
        if code == .notFound, body.isJSON { code = missing }
        let said = body.message.map { redactor.clean($0) } ?? "the server gave no reason"
        var error = ProviderError(code, provider, said + ErrorClassification.hint(code, status: status), status: status)
        error.serverCode = body.code.map { redactor.clean($0) }
        error.requestID = requestID.map { redactor.clean($0) }
        error.retryAfter = advice?.after ?? body.message.flatMap(waitInText)
        error.serverAdvisesRetry = advice?.shouldRetry
        return error
    }

    /// The error for bytes that are not what the protocol promises: the error in them, if they hold one.
    func malformed(_ reason: String, body: [UInt8], requestID: String? = nil) -> ProviderError {
        if let json = JSONValue(parsing: body), let error = json["error"], !error.isNull {
            return failure(ErrorBody(json), status: nil, requestID: requestID)
        }
        var error = ProviderError(.malformedResponse, provider, "The answer cannot be read: \(redactor.clean(reason))")
        error.requestID = requestID
        return error
    }
}
