package import CurlTransport

/// A request that has been checked and put into the engine's terms, but for its body and its deadline.
///
/// It is made on the caller's thread, and shared by all requests that differ from it in those alone: most requests of a
/// client do from the one before.
package final class PreparedRequest: Sendable {
    /// What was asked for, without its body.
    private let request: Request
    private let transfer: TransferRequest
    package let timeouts: Timeouts
    /// The time limits that count from the call, in nanoseconds.
    let limits: CallLimits

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
        var bodiless = request
        bodiless.body = nil
        self.request = bodiless
        timeouts = request.timeouts ?? configuration.timeouts
        limits = CallLimits(timeouts)
        transfer = TransferRequest(
            head: RequestHead(
                method: request.method.rawValue,
                url: try base.url(for: request.path),
                headers: headers
            ),
            mayResend: request.isIdempotent,
            maxHeaderBytes: configuration.limits.maxHeaderBytes,
            maxBodyBytes: request.maxResponseBodyBytes ?? configuration.limits.maxBodyBytes,
            limits: TransferDeadlines.Limits(
                connect: timeouts.connect,
                firstByte: timeouts.firstByte,
                idle: timeouts.idle,
                readerStall: timeouts.readerStall
            )
        )
    }

    /// Whether another request differs in its body alone.
    ///
    /// Equal arrays and strings that share their storage are compared in a step.
    func serves(_ other: Request) -> Bool {
        other.path == request.path && other.method == request.method && other.headers == request.headers
            && other.method != .head && other.timeouts == request.timeouts
            && other.maxResponseBodyBytes == request.maxResponseBodyBytes
            && other.idempotencyKey == request.idempotencyKey
    }

    /// The request with its body, and with the time until which all of it may take.
    package func transfer(body: [UInt8]?, until deadline: MonotonicTime?) -> TransferRequest {
        var transfer = transfer
        transfer.body = body
        transfer.limits.total = deadline
        return transfer
    }
}

/// The limits of ``Timeouts`` that count from the call, in nanoseconds.
struct CallLimits: Sendable {
    let acquire: Int64?
    let total: Int64?
    let streamTotal: Int64?

    init(_ timeouts: Timeouts) {
        acquire = timeouts.acquire?.wholeNanoseconds
        total = timeouts.total?.wholeNanoseconds
        streamTotal = timeouts.streamTotal?.wholeNanoseconds
    }
}
