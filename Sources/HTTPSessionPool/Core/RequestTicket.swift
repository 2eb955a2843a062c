package import CurlTransport
import Synchronization

/// One request on its way through a session: what is asked for, and who waits for it.
///
/// A caller off the loop pays two thread switches and no more: the ticket goes to the loop by its mailbox, and the result
/// comes back by the continuation. A caller on the loop pays none.
package final class RequestTicket: Sendable {
    /// What the caller waits for.
    @safe
    enum Waiting {
        /// The whole response.
        case response(UnsafeContinuation<ResponseOutcome, Never>)
        /// The head of a stream.
        case head(UnsafeContinuation<Result<OpenedStream, SessionError>, Never>)
    }

    /// Names the request; no other of the process has the same number.
    let id: UInt64
    let request: TransferRequest
    /// When the session was asked.
    let submitted: MonotonicTime
    /// Until when to wait for a permit.
    let acquireDeadline: MonotonicTime?
    let waiting: Waiting
    /// How long it waited for its permit.
    let queueNanoseconds = Atomic<Int64>(0)

    private static let lastID = Atomic<UInt64>(0)

    /// A number for a ticket, known before the ticket is made so that a cancellation can name it.
    static func nextID() -> UInt64 {
        lastID.add(1, ordering: .relaxed).newValue
    }

    /// Makes a ticket.
    ///
    /// The wait for a permit has its own limit and is part of the total.
    init(id: UInt64, request: TransferRequest, limits: CallLimits, submitted: MonotonicTime, waiting: Waiting) {
        self.id = id
        self.request = request
        self.submitted = submitted
        self.waiting = waiting
        let byAcquire = limits.acquire.map { submitted.advanced(byNanoseconds: $0) }
        acquireDeadline =
            if let byAcquire, let total = request.limits.total { min(byAcquire, total) } else {
                byAcquire ?? request.limits.total
            }
    }

    /// Hands the head of a stream to the caller.
    func open(_ stream: OpenedStream) {
        guard case .head(let continuation) = waiting else { return }
        unsafe continuation.resume(returning: .success(stream))
    }

    /// Lets the caller of a request that is not streamed go on.
    func finish(_ outcome: ResponseOutcome) {
        guard case .response(let continuation) = waiting else { return }
        unsafe continuation.resume(returning: outcome)
    }

    /// Tells the caller that there will be no response.
    func fail(_ error: SessionError) {
        switch waiting {
        case .response(let continuation): unsafe continuation.resume(returning: .failure(error))
        case .head(let continuation): unsafe continuation.resume(returning: .failure(error))
        }
    }
}

extension RequestTicket.Waiting {
    var isStream: Bool {
        if case .head = self { true } else { false }
    }
}

/// How a request ended that was not streamed; concrete for the reason that ``TransferOutcome`` is.
package enum ResponseOutcome: Sendable {
    case success(TransferResponse)
    indirect case failure(SessionError)
}

/// A whole response, in the engine's terms.
package struct TransferResponse: Sendable {
    package let head: TransferHead
    package let body: [UInt8]
    package let metrics: TransferMetrics
    package let queueNanoseconds: Int64
}

/// A streamed response that has begun.
package struct OpenedStream: Sendable {
    /// Names the stream to its session.
    package let id: UInt64
    package let head: TransferHead
    /// What the transfer cost, once it has ended.
    let report: StreamReport
}

/// Where the loop leaves what a streamed transfer cost, for whoever holds the response.
final class StreamReport: Sendable {
    private let result = Locked<RequestMetrics?>(nil)

    /// The metrics of a transfer that has ended.
    var metrics: RequestMetrics? { result.withLock { $0 } }

    func ended(_ metrics: RequestMetrics) { result.withLock { $0 = metrics } }
}
