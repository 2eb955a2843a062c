internal import HTTPSessionPool
internal import PoolServer
internal import PoolSettings

/// Writes what happens in a pool into the program's log.
///
/// Events hold no header, body, path or query, so that there is no secret to leave out.
struct PoolLog: PoolObserver {
    private let log: Log

    init(_ log: Log) {
        self.log = log
    }

    func requestStarted(_ request: RequestStartedEvent) {
        log.write(
            .trace,
            "a request was made",
            [Log.Field("request", Int(clamping: request.id)), Log.Field("http.request.method", request.method)]
                + fields(request.session)
        )
    }

    /// At `debug` level without `log_requests`, failed ones too: whoever made the request knows of it.
    func requestEnded(_ request: RequestEndedEvent) {
        let level: Log.Level = !log.logsRequests ? .debug : hasFailed(request) ? .warning : .info
        log.write(level, "a request has ended", fields(request))
    }

    func requestQueued(_ waiter: WaiterEvent) {
        log.write(
            .trace,
            "a request waits for its permit",
            [Log.Field("waiting", waiter.waiting)] + fields(waiter.session)
        )
    }

    func requestDequeued(_ waiter: WaiterEndedEvent) {
        log.write(
            waiter.outcome == .timedOut ? .warning : .trace,
            waiter.outcome == .timedOut ? "a request got no permit in time" : "a request waits no longer",
            [Log.Field("outcome", waiter.outcome.rawValue), Log.Field("waited_ms", waiter.waited)]
                + fields(waiter.session)
        )
    }

    func connectionOpened(_ connection: ConnectionEvent) {
        log.write(
            .debug,
            "a connection was opened",
            [Log.Field("open_connections", connection.open)] + fields(connection.session)
        )
    }

    func connectionClosed(_ connection: ConnectionClosedEvent) {
        log.write(
            .debug,
            "a connection was closed",
            [Log.Field("reason", connection.reason.rawValue), Log.Field("open_connections", connection.open)]
                + fields(connection.session)
        )
    }

    func sessionCreated(_ session: SessionEvent) {
        log.write(.info, "a session was created", fields(session))
    }

    func sessionClosed(_ session: SessionEvent) {
        log.write(.info, "a session was closed", fields(session))
    }

    func healthChecked(_ check: HealthEvent) {
        log.write(
            check.succeeded ? .debug : .warning,
            check.succeeded ? "a health check has succeeded" : "a health check has failed",
            [Log.Field("healthy", check.isHealthy)] + fields(check.session)
        )
    }

    /// As an error rate counts: what the caller cancelled has not failed.
    private func hasFailed(_ request: RequestEndedEvent) -> Bool {
        if let error = request.error { return error != .cancelled }
        return request.status.map { $0 >= 500 || $0 == 429 } ?? true
    }

    private func fields(_ request: RequestEndedEvent) -> [Log.Field] {
        var fields = [
            Log.Field("request", Int(clamping: request.id)),
            Log.Field("http.request.method", request.method),
        ]
        if let status = request.status { fields.append(Log.Field("http.response.status_code", status)) }
        if let type = request.errorType { fields.append(Log.Field("error.type", type)) }
        fields += [
            Log.Field("queue_ms", request.queueTime), Log.Field("duration_ms", request.duration),
            Log.Field("reused_connection", request.reusedConnection),
        ]
        return fields + self.fields(request.session)
    }

    private func fields(_ session: SessionEvent) -> [Log.Field] {
        let server = ServerLabels(origin: session.origin)
        return [
            Log.Field("server.address", server.address), Log.Field("server.port", .integer(Int(server.port) ?? 0)),
            Log.Field("session", Int(clamping: session.sessionID)), Log.Field("pool", session.pool),
        ]
    }
}
