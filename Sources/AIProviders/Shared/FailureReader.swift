internal import HTTPSessionPool

/// Turns what a provider says about a failure into an error.
struct FailureReader: Sendable {
    let provider: Provider
    let redactor: Redactor
    /// The headers in which the provider puts its id of the request, best first.
    var requestIDHeaders = ["x-request-id"]
    /// Finds a wait in an error's text, for providers that say it there.
    var waitInText: @Sendable (String) -> Duration? = { RetryAdvice.wait(inText: $0) }

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
        let status =
            status ?? body.status ?? body.grpcCode.flatMap(ErrorClassification.status(grpcCode:))
            ?? body.kind.flatMap(ErrorClassification.status(kind:))
            ?? body.code.flatMap(ErrorClassification.status(kind:))
        // A code in digits is the status once more; the kind says what it is about.
        let word = body.code.flatMap { Int($0) == nil ? $0 : nil } ?? body.kind
        var code = ErrorClassification.code(status: status, serverCode: word)
        if code == .notFound, body.isJSON, !ErrorClassification.meansPath(body.message) { code = missing }
        let said = body.message.map { redactor.clean($0) } ?? "the server gave no reason"
        var error = ProviderError(code, provider, said + ErrorClassification.hint(code, status: status), status: status)
        error.serverCode = body.code.map { redactor.clean($0) }
        error.requestID = requestID.map { redactor.clean($0) }
        error.retryAfter = advice?.after ?? body.retryDelay ?? body.message.flatMap(waitInText)
        error.serverAdvisesRetry = advice?.shouldRetry
        return error
    }

    /// The error for bytes that are not what the protocol promises: the error in them, if they hold one.
    func malformed(_ reason: String, body: [UInt8], requestID: String? = nil) -> ProviderError {
        let json = JSONValue(parsing: body)
        if let json, let error = self.error(in: json) {
            return failure(error, status: nil, requestID: requestID)
        }
        var reason = reason
        if json == nil, body.first(where: { $0 > UInt8(ascii: " ") }) == UInt8(ascii: "<") {
            reason = "it is \(ErrorBody.plainText(body) ?? "a page"), not JSON"
        }
        var error = ProviderError(.malformedResponse, provider, "The answer cannot be read: \(redactor.clean(reason))")
        error.requestID = requestID
        return error
    }

    /// The error that a body of a successful status holds in place of an answer, in any of the forms that are met.
    ///
    /// `nil` for an error that says nothing: some services send an empty one beside a good answer.
    func error(in json: JSONValue) -> ErrorBody? {
        guard let object = json.object ?? json[0]?.object else { return nil }
        let base = object["base_resp"]?["status_code"]?.integer ?? 0
        let marks = ["message", "msg", "error_msg", "error_code", "detail"]
        let hasError = object["error"].map { !$0.isNull && $0 != false && $0 != "" && $0 != 0 } ?? false
        let hasErrors = object["errors"]?.array?.isEmpty == false
        guard hasError || hasErrors || base != 0 || marks.contains(where: { object[$0].map { !$0.isNull } ?? false })
        else { return nil }
        let body = ErrorBody(json)
        return body.isEmpty && !hasError ? nil : body
    }
}
