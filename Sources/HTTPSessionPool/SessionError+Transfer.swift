package import CurlTransport

extension SessionError {
    /// Says what a transport failure means to the caller of a session.
    ///
    /// - Parameters:
    ///   - failure: What the engine reports.
    ///   - origin: The origin that was asked.
    ///   - isClosing: What closed the session, if it is closed.
    ///   - usesProxy: Whether the session goes through a proxy.
    package init(_ failure: TransferFailure, origin: String, isClosing: Code, usesProxy: Bool = false) {
        let delivery: Delivery = failure.wasSent ? .maybeProcessed : .notSent
        let (code, message) = Self.explain(failure, isClosing: isClosing, usesProxy: usesProxy)
        self.init(code, message, origin: origin, delivery: delivery)
    }

    private static func explain(_ failure: TransferFailure, isClosing: Code, usesProxy: Bool) -> (Code, String) {
        switch failure.cause {
        case .curl(let code): explain(curl: code, failure, usesProxy: usesProxy)
        case .setup: (.unsupported, "libcurl \(CurlGlobal.shared.version) refuses an option: \(failure.detail).")
        case .timeout(let cause): explain(cause)
        case .headersTooLarge(let limit): (.headersTooLarge, "The header section exceeds \(limit) bytes.")
        case .bodyTooLarge(let limit):
            (.bodyTooLarge, "The body exceeds \(limit) bytes; raise maxBodyBytes or stream it.")
        case .resendRefused:
            (
                .connectionLost,
                "A kept connection closed without an answer, and the request is not idempotent: it was not repeated."
            )
        case .connected: (.connectionOnly, "The connection was made, and nothing sent.")
        case .cancelled: (.cancelled, "The task was cancelled.")
        case .closed where isClosing == .poolClosed: (.poolClosed, "The pool was shut down.")
        case .closed: (.sessionClosed, "The session was closed while the request was running.")
        }
    }

    private static func explain(_ timeout: TransferDeadlines.Cause) -> (Code, String) {
        switch timeout {
        case .connect: (.connectTimeout, "No connection within the connect timeout.")
        case .firstByte: (.firstByteTimeout, "The request was sent, and no answer began within the first-byte timeout.")
        case .idle: (.idleTimeout, "The body stopped arriving for longer than the idle timeout.")
        case .total: (.deadlineExceeded, "The total time limit has passed.")
        case .reader: (.noProgress, "No event arrived within the no-progress timeout, heartbeats apart.")
        }
    }

    /// By libcurl's result codes (libcurl-errors(3)); the numbers are part of its interface.
    private static func explain(curl code: UInt32, _ failure: TransferFailure, usesProxy: Bool) -> (Code, String) {
        let words = withoutCredentials(failure.detail)
        // A proxy that cannot be reached or refuses to connect fails like any other host, while a connection is set up.
        if usesProxy, !failure.wasSent, [7, 52, 55, 56].contains(code) {
            return (.proxyFailed, "The proxy, or the host through it, could not be used: \(words).")
        }
        return switch code {
        case 3: (.invalidURL, "libcurl cannot read the URL.")
        case 5, 97: (.proxyFailed, "The proxy could not be used: \(words).")
        case 6: (.nameResolutionFailed, "The host's name could not be resolved; check it and the network.")
        case 7: (.connectionFailed, "The host could not be reached: \(words).")
        case 35: (.tlsHandshakeFailed, "TLS could not be set up: \(words).")
        case 51, 60, 83, 90, 91:
            (
                .certificateRejected,
                "The server's certificate is not trusted, has expired or is for another name; add its root to additionalRoots."
            )
        case 53, 54, 58, 59, 66, 77, 80, 82:
            (.invalidTLSConfiguration, "A certificate or key cannot be used: \(words).")
        case 1, 8, 61: (.malformedResponse, "What came back is not a valid HTTP response: \(words).")
        case 18: (.connectionLost, "The connection closed before the whole body had arrived.")
        case 28: (.deadlineExceeded, "The transfer took too long.")
        case 16, 52, 55, 56, 92, 95: explainLoss(words, wasSent: failure.wasSent)
        default: (.internalError, "libcurl failed with code \(code): \(words).")
        }
    }

    /// libcurl quotes a proxy's URL as it was given: without what stands before the `@`.
    static func withoutCredentials(_ words: String) -> String {
        var parts = words.split(separator: "://", omittingEmptySubsequences: false).map(String.init)
        for index in parts.indices.dropFirst() {
            let authority = parts[index].prefix { $0 != "/" && $0 != " " }
            guard let at = authority.lastIndex(of: "@") else { continue }
            parts[index] = "***" + parts[index][at...]
        }
        return parts.joined(separator: "://")
    }

    private static func explainLoss(_ words: String, wasSent: Bool) -> (Code, String) {
        wasSent
            ? (.connectionLost, "The connection broke before the answer was complete: \(words).")
            : (.connectionFailed, "The connection broke while it was being set up: \(words).")
    }
}
