internal import CurlTransport

/// Connections opened early, pruned and made fresh.
extension SessionPool {
    /// Opens connections to a service before requests need them.
    ///
    /// Callers who ask at the same time wait for one warm-up. One connection is enough for HTTP/2, and no session gets
    /// more than its limits allow.
    ///
    /// - Parameters:
    ///   - baseURL: The base URL.
    ///   - connections: How many are to be open afterwards; `nil` for ``WarmUp/connections``.
    ///   - configuration: How the session behaves; `nil` takes the pool's for this origin.
    /// - Returns: What there is now, and why it is less than was wanted.
    /// - Throws: ``SessionError`` as ``session(for:configuration:)-(String,_)``; with ``WarmUp/isRequired`` also what kept
    ///   the connections from being opened.
    @discardableResult
    public nonisolated func warmUp(
        _ baseURL: String,
        connections: Int? = nil,
        configuration: SessionConfiguration? = nil
    ) async throws(SessionError) -> WarmUpReport {
        let url = try BaseURL(baseURL)
        let (_, core) = try await storage.enter(SessionKey(url, configuration), baseURL: url)
        defer { core.leave(telling: storage) }
        let report = try await core.ensureWarm(connections)
        if core.configuration.warmUp.isRequired, let error = report.errors.first { throw error }
        return report
    }

    /// Closes the connections that have been idle for too long, or are too old, without waiting for the next sweep.
    ///
    /// - Parameter idle: What is too long; `nil` for each session's idle timeout.
    /// - Returns: How many connections were closed.
    @discardableResult
    public nonisolated func prune(idleFor idle: Duration? = nil) async -> Int {
        await storage.prune(idle: idle)
    }

    /// Makes the next use of a base URL, and of every handle that was kept, start afresh: after a change of its
    /// credentials or certificates.
    ///
    /// Requests that run or wait inside the old session go on to their end, however long they take. The new one opens its
    /// own connections and resumes no TLS session of the old.
    ///
    /// - Parameters:
    ///   - baseURL: The base URL.
    ///   - configuration: The configuration that the session was asked for with.
    /// - Returns: Whether there was a session.
    /// - Throws: ``SessionError`` for a URL that cannot be used.
    @discardableResult
    public nonisolated func evict(
        _ baseURL: String,
        configuration: SessionConfiguration? = nil
    ) throws(SessionError) -> Bool {
        storage.evict(storage.remove(SessionKey(try BaseURL(baseURL), configuration))) > 0
    }

    /// Makes the next use of every session start afresh; see ``evict(_:configuration:)``.
    ///
    /// - Returns: How many sessions there were.
    @discardableResult
    public nonisolated func evictAll() -> Int {
        storage.evict(storage.removeAll())
    }

    /// Lets the requests to a base URL wait: for the time that a 429 or a maintenance names.
    ///
    /// Requests that run go on. A new one waits in line, within its acquire timeout, if the session goes on before that
    /// has passed; otherwise it fails at once with ``SessionError/Code/sessionSuspended`` and
    /// ``SessionError/retryAfter``. The suspension outlives the session: one that is re-created is suspended too.
    ///
    /// - Parameters:
    ///   - baseURL: The base URL.
    ///   - end: When the requests go on by themselves; `nil` when only ``resume(_:configuration:)`` lets them.
    ///   - configuration: The configuration that the session is asked for with.
    /// - Throws: ``SessionError`` for a URL that cannot be used.
    public nonisolated func suspend(
        _ baseURL: String,
        until end: ContinuousClock.Instant? = nil,
        configuration: SessionConfiguration? = nil
    ) throws(SessionError) {
        storage.suspend(SessionKey(try BaseURL(baseURL), configuration), until: MonotonicTime(end))
    }

    /// Ends a suspension: those who wait go on, in their order.
    ///
    /// - Parameters:
    ///   - baseURL: The base URL.
    ///   - configuration: The configuration that the session is asked for with.
    /// - Throws: ``SessionError`` for a URL that cannot be used.
    public nonisolated func resume(
        _ baseURL: String,
        configuration: SessionConfiguration? = nil
    ) throws(SessionError) {
        storage.suspend(SessionKey(try BaseURL(baseURL), configuration), until: nil)
    }

    /// The health, warm-ups and suspensions of the sessions that the pool holds.
    public nonisolated var conditions: [SessionCondition] { storage.conditions }
}

extension MonotonicTime {
    /// The same point on this clock; the far future for `nil`.
    init(_ instant: ContinuousClock.Instant?) {
        self = instant.map { MonotonicTime.now.advanced(by: ContinuousClock.now.duration(to: $0)) } ?? .distantFuture
    }
}
