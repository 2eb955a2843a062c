/// An HTTP response whose body has been read whole.
///
/// Any status is a response; only what kept a response from arriving is thrown as a ``SessionError``.
public struct Response: Sendable {
    /// The status code.
    public let status: Status
    /// The header fields.
    public let headers: HeaderFields
    /// The body, decompressed if the session decompresses.
    public let body: [UInt8]
    /// What the request cost: phases, bytes, connection reuse.
    public let metrics: RequestMetrics

    /// Makes a response, as tests and stand-ins need.
    public init(status: Status, headers: HeaderFields, body: [UInt8], metrics: RequestMetrics = .init()) {
        self.status = status
        self.headers = headers
        self.body = body
        self.metrics = metrics
    }

    /// The body as UTF-8 text; malformed bytes become U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// An HTTP response whose body is still arriving.
///
/// Dropping it, or breaking out of the loop that reads its body, ends the transfer and frees its permit.
public struct StreamingResponse: Sendable {
    /// The status code.
    public let status: Status
    /// The header fields.
    public let headers: HeaderFields
    /// The body, to be read once.
    public let body: ResponseBody

    /// What the request cost - phases, bytes, connection reuse, resends - once its transfer has ended; `nil` before.
    ///
    /// The transfer has ended when the body has been read to its end, or has failed; the last bytes of it may still wait
    /// for their reader.
    public var metrics: RequestMetrics? { body.reader.report.metrics }

    package init(status: Status, headers: HeaderFields, body: ResponseBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
