/// What one request cost, as libcurl and the pool measured it.
public struct RequestMetrics: Sendable, Hashable {
    /// The time spent waiting for a permit or a connection of the pool, before libcurl saw the request.
    public var queueTime: Duration = .zero
    /// From the start of the transfer until the name was resolved.
    public var nameLookup: Duration = .zero
    /// From the start of the transfer until TCP was connected; zero on a kept connection.
    public var connect: Duration = .zero
    /// From the start of the transfer until TLS was up; zero on a kept connection and without TLS.
    public var tlsHandshake: Duration = .zero
    /// From the start of the transfer until the first byte of the response.
    public var firstByte: Duration = .zero
    /// The whole transfer, without the queue.
    public var total: Duration = .zero
    /// Connections that were opened for the request: 0 means that a kept one served it.
    public var connectionsOpened: Int = 0
    /// The major and minor version of HTTP that was spoken, such as `1.1` or `2`.
    public var httpVersion: String = ""
    /// Bytes of the response's header section.
    public var headerBytes: Int = 0
    /// Bytes of the body as they arrived, before decompression.
    public var bodyBytes: Int = 0

    /// Makes empty metrics.
    public init() {}

    /// Whether a kept connection served the request.
    public var reusedConnection: Bool { connectionsOpened == 0 }
}
