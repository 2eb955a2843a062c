internal import CurlTransport

/// What one request cost, as libcurl and the pool measured it.
public struct RequestMetrics: Sendable, Hashable {
    // Whole numbers as they were measured: `Duration` counts in 128 bits, and few readers look at all of them.
    private var facts = TransferMetrics()
    private var queueNanoseconds: Int64 = 0

    /// Makes empty metrics.
    public init() {}

    init(_ facts: TransferMetrics, queueNanoseconds: Int64) {
        self.facts = facts
        self.queueNanoseconds = queueNanoseconds
    }

    /// The time spent waiting for a permit or a connection of the pool, before libcurl saw the request.
    public var queueTime: Duration {
        get { .nanoseconds(queueNanoseconds) }
        set { queueNanoseconds = newValue.wholeNanoseconds }
    }

    /// From the start of the transfer until the name was resolved; zero on a kept connection.
    public var nameLookup: Duration {
        get { .microseconds(facts.nameLookup) }
        set { facts.nameLookup = newValue.wholeMicroseconds }
    }

    /// From the start of the transfer until TCP was connected; zero on a kept connection.
    public var connect: Duration {
        get { .microseconds(facts.connect) }
        set { facts.connect = newValue.wholeMicroseconds }
    }

    /// From the start of the transfer until TLS was up; zero on a kept connection and without TLS.
    public var tlsHandshake: Duration {
        get { .microseconds(facts.tlsHandshake) }
        set { facts.tlsHandshake = newValue.wholeMicroseconds }
    }

    /// From the start of the transfer until the first byte of the response.
    public var firstByte: Duration {
        get { .microseconds(facts.firstByte) }
        set { facts.firstByte = newValue.wholeMicroseconds }
    }

    /// The whole transfer, without the queue.
    public var total: Duration {
        get { .microseconds(facts.total) }
        set { facts.total = newValue.wholeMicroseconds }
    }

    /// Connections that were opened for the request: 0 means that a kept one served it.
    public var connectionsOpened: Int {
        get { facts.connectionsOpened }
        set { facts.connectionsOpened = newValue }
    }

    /// The major and minor version of HTTP that was spoken, such as `1.1` or `2`; empty when there was no response.
    public var httpVersion: String {
        // libcurl's CURL_HTTP_VERSION_ numbers.
        switch facts.httpVersion {
        case 1: "1.0"
        case 2: "1.1"
        case 3: "2"
        case 30: "3"
        default: ""
        }
    }

    /// Bytes of the response's header section.
    public var headerBytes: Int {
        get { facts.headerBytes }
        set { facts.headerBytes = newValue }
    }

    /// Bytes of the body as they arrived, before decompression.
    public var bodyBytes: Int {
        get { facts.bodyBytes }
        set { facts.bodyBytes = newValue }
    }

    /// How often the request was sent again, on a new connection, because a kept one was dead or the server refused it
    /// unread.
    public var resends: Int {
        get { max(0, facts.sendAttempts - 1) }
        set { facts.sendAttempts = min(max(0, newValue), .max - 1) + 1 }
    }

    /// Whether a kept connection served the request.
    public var reusedConnection: Bool { connectionsOpened == 0 }
}

extension Duration {
    fileprivate var wholeMicroseconds: Int64 { wholeNanoseconds / 1_000 }
}
