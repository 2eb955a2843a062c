package import CurlTransport

/// A request that has been checked and put into the engine's terms, on the caller's thread.
package struct PreparedRequest: Sendable {
    package var transfer: TransferRequest
    package let timeouts: Timeouts

    /// Checks a request.
    ///
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidURL`` or ``SessionError/Code/invalidRequest``.
    package init(_ request: Request, to base: BaseURL, _ configuration: SessionConfiguration) throws(SessionError) {
        guard HeaderFields.isToken(request.method.rawValue) else {
            throw SessionError(.invalidRequest, "The method is not an RFC 9110 token.", origin: base.origin)
        }
        guard request.method != "CONNECT" else {
            throw SessionError(.invalidRequest, "CONNECT is for proxies; set a proxy instead.", origin: base.origin)
        }
        guard request.method != .head || request.body == nil else {
            throw SessionError(.invalidRequest, "A HEAD request has no body.", origin: base.origin)
        }
        try request.timeouts?.validate(origin: base.origin)
        var headers = try request.headers.checked(origin: base.origin)
        if let key = request.idempotencyKey {
            headers += try HeaderFields(dictionaryLiteral: ("Idempotency-Key", key)).checked(origin: base.origin)
        }
        timeouts = request.timeouts ?? configuration.timeouts
        transfer = TransferRequest(
            method: request.method.rawValue,
            url: try base.url(for: request.path),
            headers: headers,
            body: request.body,
            mayResend: request.isIdempotent,
            maxHeaderBytes: configuration.limits.maxHeaderBytes,
            maxBodyBytes: request.maxResponseBodyBytes ?? configuration.limits.maxBodyBytes,
            limits: TransferDeadlines.Limits(
                connect: timeouts.connect,
                firstByte: timeouts.firstByte,
                idle: timeouts.idle
            )
        )
    }
}
