/// What a request says before its body, shared by all requests that say the same.
///
/// A handle that has sent a head once knows it again by its identity and sets no option anew.
package final class RequestHead: Sendable {
    /// The method; checked to be a token.
    package let method: String
    /// The absolute URL.
    package let url: String
    /// The header fields, checked; those of the engine's options are added.
    package let headers: [TransferHeader]
    /// Whether the engine's constant header fields are sent too; not after a redirect to another origin.
    package let carriesConstantHeaders: Bool
    /// Whether the URL's scheme is `https`.
    let isSecure: Bool

    /// Makes a head of what has been checked.
    package init(method: String, url: String, headers: [TransferHeader] = [], carriesConstantHeaders: Bool = true) {
        self.method = method
        self.url = url
        self.headers = headers
        self.carriesConstantHeaders = carriesConstantHeaders
        isSecure = url.utf8.starts(with: "https:".utf8)
    }
}

/// One request as the engine takes it: checked, resolved, and in the terms of libcurl.
package struct TransferRequest: Sendable {
    /// Method, URL and header fields.
    package var head: RequestHead
    /// The body, `nil` for none.
    package var body: [UInt8]?
    /// Whether libcurl may send the request again when a kept connection dies before the first byte of an answer.
    package var mayResend: Bool
    /// Whether it opens a connection even if a kept one is free: a warm-up.
    package var opensConnection = false
    /// Whether it ends as ``TransferFailure/Cause/connected`` where it would be sent: a check that the server can be reached.
    package var stopsWhenConnected = false
    /// The largest header section accepted, in bytes.
    package var maxHeaderBytes: Int
    /// The largest body accepted, in bytes after decompression; not applied to streams.
    package var maxBodyBytes: Int
    /// The time limits; the total is an absolute deadline.
    package var limits: TransferDeadlines.Limits

    package init(
        head: RequestHead,
        body: [UInt8]? = nil,
        mayResend: Bool = false,
        maxHeaderBytes: Int = 256 * 1_024,
        maxBodyBytes: Int = 64 * 1_024 * 1_024,
        limits: TransferDeadlines.Limits = .init()
    ) {
        self.head = head
        self.body = body
        self.mayResend = mayResend
        self.maxHeaderBytes = maxHeaderBytes
        self.maxBodyBytes = maxBodyBytes
        self.limits = limits
    }
}

/// One header field of a request.
package struct TransferHeader: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What came back before the body.
package struct TransferHead: Sendable {
    /// The status code.
    package var status: Int
    /// The header section's lines as they came, without the status line.
    package var headerBytes: [UInt8]
}

/// How a transfer ended, or that it has not.
///
/// A type of its own: the standard library's `Result` is copied and destroyed by its run-time description, which with
/// ``TransferMetrics`` inside took 800 instructions more of a request.
package enum TransferOutcome: Sendable {
    case running
    case success(TransferMetrics)
    indirect case failure(TransferFailure)
}

/// What one transfer cost, by libcurl's own clocks: points in microseconds after the start.
package struct TransferMetrics: Sendable, Hashable {
    package var nameLookup: Int64 = 0
    package var connect: Int64 = 0
    package var tlsHandshake: Int64 = 0
    package var firstByte: Int64 = 0
    package var total: Int64 = 0
    /// Connections opened for it: 0 means that a kept one was used.
    package var connectionsOpened = 0
    /// libcurl's number for the version spoken: 2 is HTTP/1.1, 3 is HTTP/2.
    package var httpVersion = 0
    /// Times that the request was about to be sent: more than 1 after a resend.
    package var sendAttempts = 0
    package var headerBytes = 0
    /// Bytes of the body as they arrived.
    package var bodyBytes = 0

    package init() {}
}

/// Why a transfer ended without a whole response.
package struct TransferFailure: Error, Sendable, Hashable {
    /// The causes that the engine tells apart.
    package enum Cause: Sendable, Hashable {
        /// libcurl's own result code.
        case curl(UInt32)
        /// libcurl refused an option.
        case setup(CurlSetupError)
        /// The name of the host, or of the proxy, could not be looked up.
        case name(NameLookupFailure, isProxy: Bool)
        /// A time limit passed.
        case timeout(TransferDeadlines.Cause)
        /// The header section is not what RFC 9110 and RFC 9112 allow.
        case malformedHead(HeadFault)
        /// The header section outgrew its limit.
        case headersTooLarge(limit: Int)
        /// The body outgrew its limit.
        case bodyTooLarge(limit: Int)
        /// The kept connection died, and the request must not be sent twice.
        case resendRefused
        /// The server has not looked at the request, however often it was sent.
        case unprocessed
        /// The kept connection had bytes that nobody had asked for: the request was not sent on it.
        case staleConnection
        /// The answer was there before the request was sent: it is to something else.
        case unaskedAnswer
        /// The system cannot tell when the connection has something to say.
        case unwatched
        /// The process or the system has no more descriptors.
        case descriptorsExhausted
        /// A connection was there, and no more was wanted.
        case connected
        /// The caller was cancelled or went away.
        case cancelled
        /// The engine was closed under it.
        case closed
    }

    package let cause: Cause
    /// libcurl's words, without header values.
    package let detail: String
    /// Whether any of the request may have reached the server.
    package let wasSent: Bool
    /// Whether the host was to be reached through a proxy.
    package let usedProxy: Bool
    /// Whether a proxy has said that it will not serve such a request, this time or the next.
    package let isForGood: Bool

    package init(
        _ cause: Cause,
        detail: String = "",
        wasSent: Bool,
        usedProxy: Bool = false,
        isForGood: Bool = false
    ) {
        self.cause = cause
        self.detail = detail
        self.wasSent = wasSent
        self.usedProxy = usedProxy
        self.isForGood = isForGood
    }
}
