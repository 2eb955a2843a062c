/// One HTTP request, to be sent through a ``Session``.
public struct Request: Sendable {
    /// The method.
    public var method: Method
    /// What follows the session's base URL: `"/models"` on `https://host/v1` asks for `https://host/v1/models`.
    ///
    /// A query may follow. An absolute URL is accepted when its origin is the session's.
    public var path: String
    /// The header fields; those of the session's configuration are added, a field given here wins.
    public var headers: HeaderFields
    /// The body; `nil` sends none.
    public var body: [UInt8]?
    /// Time limits that replace the session's for this request.
    public var timeouts: Timeouts?
    /// The largest body accepted in the response, in bytes after decompression; `nil` takes the session's limit.
    public var maxResponseBodyBytes: Int?
    /// A key by which the server recognises a repeated request; sent as `Idempotency-Key`.
    ///
    /// With a key a request counts as idempotent: it may be sent again when a kept connection turns out dead.
    public var idempotencyKey: String?

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: What follows the session's base URL.
    ///   - headers: The header fields.
    ///   - body: The body, `nil` for none.
    public init(_ method: Method = .get, _ path: String, headers: HeaderFields = [:], body: [UInt8]? = nil) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// Whether the request may be sent twice without harm: by its method, or by its idempotency key.
    public var isIdempotent: Bool { method.isIdempotent || idempotencyKey != nil }
}
