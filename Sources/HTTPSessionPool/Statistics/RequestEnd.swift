package import CurlTransport

/// How a request ended, in whole nanoseconds: what a session counts, and tells its pool's observer.
package struct RequestEnd: Sendable {
    /// What the caller got.
    package enum Result: Sendable, Hashable {
        /// A response, whatever its status; 0 stands for one that is not known.
        case response(status: Int)
        /// None.
        case failure(SessionError.Code)
    }

    /// What the caller got.
    package var result: Result
    /// The status of a response that broke off; 0 when there was none.
    package var status = 0
    /// Whether it went on its way to the server.
    package var isSent = false
    /// Names the request to an observer.
    package var id: UInt64 = 0
    /// The method.
    package var method = ""
    /// Whether the response was streamed.
    package var isStream = false
    /// From the call until the request had its permit, or until it gave up waiting for one.
    package var queue: Int64 = 0
    /// From the permit to the end; `nil` for a request that never had one.
    package var transfer: Int64?
    /// From the permit until the new connection was ready, TLS included; 0 on a kept one.
    package var connect: Int64 = 0
    /// From the permit to the first byte of the response; 0 when there was none.
    package var firstByte: Int64 = 0
    /// Connections opened for it.
    package var connectionsOpened = 0
    /// How often it was sent again.
    package var resends = 0
    /// Bytes of the body as they arrived.
    package var bodyBytes = 0
    /// Whether it waited for a TLS handshake.
    package var hadHandshake = false
    /// libcurl's number for the version of HTTP that was spoken.
    package var httpVersion = 0

    /// libcurl counts in microseconds.
    private static let microsecond: Int64 = 1_000

    /// A request that ended before a transfer began.
    package init(failedInQueue code: SessionError.Code, queue: Int64 = 0) {
        result = .failure(code)
        self.queue = queue
    }

    /// A request whose transfer has ended.
    ///
    /// - Parameters:
    ///   - outcome: What libcurl says about it.
    ///   - failed: What a transfer cost that failed.
    ///   - status: The response's status code, 0 if it is not known.
    ///   - elapsed: Nanoseconds from the permit to now; libcurl does not say how long a transfer took that failed.
    ///   - closing: Why requests fail once the session is closed.
    package init(
        _ outcome: TransferOutcome,
        failed: @autoclosure () -> TransferMetrics = TransferMetrics(),
        status: Int = 0,
        elapsed: Int64 = 0,
        closing: SessionError.Code = .sessionClosed
    ) {
        self.status = status
        switch outcome {
        case .success(let metrics):
            result = .response(status: status)
            transfer = metrics.total * Self.microsecond
            httpVersion = metrics.httpVersion
            note(metrics)
            guard metrics.connectionsOpened > 0 else { return }
            hadHandshake = metrics.tlsHandshake > 0
            connect = max(metrics.connect, metrics.tlsHandshake) * Self.microsecond
        case .failure(let failure):
            result = .failure(SessionError(failure, origin: "", isClosing: closing).code)
            transfer = elapsed
            note(failed())
        case .running:
            result = .failure(.internalError)
            transfer = elapsed
        }
    }

    private mutating func note(_ metrics: TransferMetrics) {
        isSent = metrics.sendAttempts > 0
        firstByte = metrics.firstByte * Self.microsecond
        connectionsOpened = metrics.connectionsOpened
        resends = max(0, metrics.sendAttempts - 1)
        bodyBytes = metrics.bodyBytes
    }
}
