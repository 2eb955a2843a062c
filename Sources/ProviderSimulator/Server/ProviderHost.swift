/// A provider: answers requests by what they say, on the server's threads.
protocol ProviderService: AnyObject, Sendable {
    /// The provider's answer.
    func reply(to request: HTTPRequest) -> Reply
    /// The provider's form of an error that the simulator was told to give.
    func errorReply(to request: HTTPRequest, status: Int, message: String?) -> Reply
}

/// Stands between a server and its provider: counts, applies faults, turns replies into exchanges.
final class ProviderHost: ServerApplication {
    let provider: SimulatorProvider
    private let service: any ProviderService
    private let answer: SimulatorAnswer
    private let faults: Guarded<FaultBook>
    private let releases: ReleaseCounter
    private let recorder: StatisticsRecorder

    init(
        _ provider: SimulatorProvider,
        service: any ProviderService,
        answer: SimulatorAnswer,
        faults: Guarded<FaultBook>,
        releases: ReleaseCounter,
        recorder: StatisticsRecorder
    ) {
        self.provider = provider
        self.service = service
        self.answer = answer
        self.faults = faults
        self.releases = releases
        self.recorder = recorder
    }

    func connectionOpened() {
        recorder.connectionOpened()
    }

    func connectionClosed() {
        recorder.connectionClosed()
    }

    func handshakeDone(resumed: Bool) {
        recorder.handshakeDone(resumed: resumed)
    }

    func receive(_ request: HTTPRequest) -> Exchange {
        recorder.requestReceived(request)
        let faults = faults.withLock { $0.faults(for: provider, path: request.path) }
        let reply = reply(to: request, faults)
        let builder = PlanBuilder(
            faults: faults,
            latency: faults.latency ?? answer.latency,
            chunkDelay: faults.chunkDelay ?? answer.chunkDelay,
            method: request.method
        )
        let recorder = recorder
        return Exchange(
            builder.plan(reply),
            releases: releases,
            observer: Exchange.Observer(
                onHead: { recorder.responseBegun(status: reply.status) },
                onHangBegin: { recorder.hangBegan() },
                onHangEnd: { recorder.hangEnded() },
                onComplete: {
                    reply.onComplete?()
                    recorder.requestCompleted()
                }
            )
        )
    }

    private func reply(to request: HTTPRequest, _ faults: SimulatorFaults) -> Reply {
        if let failure = faults.failure { return failed(request, failure) }
        if request.isBodyTooLong {
            return service.errorReply(to: request, status: 413, message: nil)
        }
        if request.method == "OPTIONS" {
            return Reply.bytes([], status: 204, contentType: "text/plain").adding("Allow", "GET, HEAD, POST, OPTIONS")
        }
        return service.reply(to: request)
    }

    private func failed(_ request: HTTPRequest, _ failure: SimulatorFaults.Failure) -> Reply {
        var reply =
            switch failure.body {
            case .provider: service.errorReply(to: request, status: failure.status, message: failure.message)
            case .html: Reply.html(status: failure.status)
            case .text(let text):
                Reply.bytes(Array(text.utf8), status: failure.status, contentType: "text/plain")
            }
        reply = reply.adding("Retry-After", failure.retryAfter)
        reply = reply.adding("retry-after-ms", failure.retryAfterMilliseconds.map(String.init))
        return reply.adding("x-should-retry", failure.shouldRetry.map(String.init))
    }
}
