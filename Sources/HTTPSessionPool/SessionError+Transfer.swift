package import CurlTransport

extension SessionError {
    /// Says what a transport failure means to the caller of a session.
    ///
    /// - Parameters:
    ///   - failure: What the engine reports.
    ///   - origin: The origin that was asked.
    ///   - isClosing: What closed the session, if it is closed.
    package init(_ failure: TransferFailure, origin: String, isClosing: Code) {
        let delivery: Delivery = failure.wasSent ? .maybeProcessed : .notSent
        let (code, message) = Self.explain(failure, isClosing: isClosing)
        self.init(code, message, origin: origin, delivery: delivery, isForGood: failure.isForGood)
    }

    private static func explain(_ failure: TransferFailure, isClosing: Code) -> (Code, String) {
        switch failure.cause {
        case .curl(let code):
            CurlResult.explain(
                code,
                withoutCredentials(failure.detail),
                wasSent: failure.wasSent,
                usedProxy: failure.usedProxy
            )
        case .setup: (.unsupported, "libcurl \(CurlGlobal.shared.version) refuses an option: \(failure.detail).")
        case .name(let reason, let isProxy): explain(reason, isProxy: isProxy)
        case .timeout(.connect) where !failure.detail.isEmpty:
            (.connectTimeout, "No connection within the connect timeout: \(failure.detail).")
        case .timeout(let cause): explain(cause)
        case .malformedHead(let fault): (.malformedResponse, fault.sentence)
        case .headersTooLarge(let limit): (.headersTooLarge, "The header section exceeds \(limit) bytes.")
        case .bodyTooLarge(let limit):
            (.bodyTooLarge, "The body exceeds \(limit) bytes; raise maxBodyBytes or stream it.")
        case .resendRefused:
            (
                .connectionLost,
                "A kept connection closed without an answer, and the request is not idempotent: it was not repeated."
            )
        case .unprocessed:
            (.connectionLost, "The server took no notice of the request, however often its stream was opened.")
        case .staleConnection:
            (.connectionFailed, "Kept connections had bytes that nobody had asked for, and no other could be opened.")
        case .unaskedAnswer:
            (
                .malformedResponse,
                "The answer was there before the request was sent: it is to something else, and was not taken."
            )
        case .unwatched: (.connectionFailed, "The system does not watch the connection: \(failure.detail).")
        case .descriptorsExhausted: (.descriptorsExhausted, descriptorsExhausted)
        case .connected: (.connectionOnly, "The connection was made, and nothing sent.")
        case .cancelled: (.cancelled, "The task was cancelled.")
        case .closed where isClosing == .poolClosed: (.poolClosed, "The pool was shut down.")
        case .closed: (.sessionClosed, "The session was closed while the request was running.")
        }
    }

    /// What is said when the process or the system has no more descriptors.
    static let descriptorsExhausted =
        "The process or the system has no more file descriptors; raise their limit (ulimit -n) or lower maxConnections."

    private static func explain(_ reason: NameLookupFailure, isProxy: Bool) -> (Code, String) {
        let (code, whose): (Code, String) = isProxy ? (.proxyFailed, "proxy") : (.nameResolutionFailed, "host")
        return switch reason {
        case .unknown:
            (code, "The \(whose)'s name could not be resolved: there is no such name, or it has no address; check it.")
        case .unanswered:
            (code, "The \(whose)'s name could not be resolved: no name server has answered; check the network.")
        case .noDescriptors: (code, descriptorsExhausted)
        case .impossible(let words): (code, "The \(whose)'s name could not be resolved: \(words).")
        }
    }

    private static func explain(_ timeout: TransferDeadlines.Cause) -> (Code, String) {
        switch timeout {
        case .connect: (.connectTimeout, "No connection within the connect timeout.")
        case .firstByte: (.firstByteTimeout, "The request was sent, and no answer began within the first-byte timeout.")
        case .idle: (.idleTimeout, "The body stopped arriving for longer than the idle timeout.")
        case .total: (.deadlineExceeded, "The total time limit has passed.")
        case .readerStall:
            (.readerStalled, "The stream's reader took nothing for longer than the reader-stall timeout.")
        case .reader: (.noProgress, "No event arrived within the no-progress timeout, heartbeats apart.")
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
}
