internal import CurlTransport
import Synchronization

/// Requests, buffered and streamed.
extension Session {
    /// Sends a request and reads the whole response.
    ///
    /// - Parameter request: The request; its path is appended to ``baseURL``.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``SessionError`` when no whole response came.
    public func send(_ request: Request) async throws(SessionError) -> Response {
        let start = MonotonicTime.now
        var submitted = start
        var core = core
        if try !enter(core) {
            // The wait for a place is part of the total, and not of the wait for a permit.
            let total = (request.timeouts ?? core.configuration.timeouts).total
            core = try await enterFresh(until: total.map(start.advanced(by:)))
            submitted = .now
        }
        defer { leave(core) }
        var (route, limits) = try route(of: request, on: core, since: start)
        while true {
            switch await core.send(route.request, limits: limits, submitted: submitted) {
            case .success(let result):
                let headers = HeaderFields(wire: result.head.headerBytes)
                guard try route.follow(status: result.head.status, location: headers["location"]) else {
                    return Response(result, headers: headers)
                }
                submitted = .now
            case .failure(let error):
                let (failed, old) = (MonotonicTime.now, core)
                core = try await replace(old, after: error, on: route)
                submitted = submitted.advanced(by: failed.duration(to: .now))
            }
        }
    }

    /// Sends a request and hands the response over as soon as its head has arrived.
    ///
    /// - Parameter request: The request; its path is appended to ``baseURL``.
    /// - Returns: Status, headers and a body to be read piece by piece. Dropping it ends the transfer.
    /// - Throws: ``SessionError`` when no response began.
    public func stream(_ request: Request) async throws(SessionError) -> StreamingResponse {
        let start = MonotonicTime.now
        var submitted = start
        var core = core
        if try !enter(core) {
            let total = (request.timeouts ?? core.configuration.timeouts).streamTotal
            core = try await enterFresh(until: total.map(start.advanced(by:)))
            submitted = .now
        }
        do throws(SessionError) {
            let prepared = try prepare(request, on: core)
            let deadline = prepared.limits.streamTotal.map { start.advanced(byNanoseconds: $0) }
            var route = route(of: prepared.transfer(body: request.body, until: deadline), on: core)
            while true {
                switch await core.openStream(route.request, limits: prepared.limits, submitted: submitted) {
                case .success(let opened):
                    let headers = HeaderFields(wire: opened.head.headerBytes)
                    submitted = .now
                    guard try await follows(opened, headers, route: &route, on: core) else {
                        let reader = StreamReader(core: core, opened, owner: owner, timeouts: prepared.timeouts)
                        return StreamingResponse(
                            status: Status(rawValue: opened.head.status),
                            headers: headers,
                            body: ResponseBody(reader: reader)
                        )
                    }
                case .failure(let error):
                    let (failed, old) = (MonotonicTime.now, core)
                    core = try await replace(old, after: error, on: route)
                    submitted = submitted.advanced(by: failed.duration(to: .now))
                }
            }
        } catch {
            leave(core)
            throw error
        }
    }

    /// Whether the head of a stream is a redirect that is followed; its body is of no interest then.
    private func follows(
        _ opened: OpenedStream,
        _ headers: HeaderFields,
        route: inout RedirectRoute,
        on core: SessionCore
    ) async throws(SessionError) -> Bool {
        do throws(SessionError) {
            guard try route.follow(status: opened.head.status, location: headers["location"]) else { return false }
        } catch {
            await core.abandon(opened.id)
            throw error
        }
        await core.abandon(opened.id)
        return true
    }

    /// The session to go on with after a failure: a fresh one, if the old one was closed before it took the request.
    ///
    /// What the request has waited for a permit counts on in the new one; the wait for the place between them does not.
    private func replace(
        _ core: SessionCore,
        after error: SessionError,
        on route: RedirectRoute
    ) async throws(SessionError) -> SessionCore {
        guard error.code == .sessionRetired else { throw route.placed(error) }
        let fresh: SessionCore
        do throws(SessionError) {
            fresh = try await owner.enteredCore(for: self, until: route.request.limits.total)
        } catch {
            throw route.placed(error)
        }
        leave(core)
        binding.withLock { $0.core = fresh }
        return fresh
    }

    /// The first hop of a request, and its time limits; apart, so that nothing else stays in the memory of its task.
    private func route(
        of request: Request,
        on core: SessionCore,
        since start: MonotonicTime
    ) throws(SessionError) -> (RedirectRoute, CallLimits) {
        let prepared = try prepare(request, on: core)
        let deadline = prepared.limits.total.map { start.advanced(byNanoseconds: $0) }
        return (route(of: prepared.transfer(body: request.body, until: deadline), on: core), prepared.limits)
    }

    private func route(of request: consuming TransferRequest, on core: SessionCore) -> RedirectRoute {
        RedirectRoute(
            request,
            origin: baseURL.origin,
            maxRedirects: core.configuration.maxRedirects,
            hasClientCertificate: core.configuration.tls.clientCertificate != nil,
            hasUnixSocket: core.configuration.unixSocketPath != nil
        )
    }

    private func prepare(_ request: Request, on core: SessionCore) throws(SessionError) -> PreparedRequest {
        // Compared outside the lock, which others want too.
        if let last = binding.withLock({ $0.lastRequest }), last.serves(request) { return last }
        let prepared = try PreparedRequest(request, to: baseURL, core.configuration)
        binding.withLock { $0.lastRequest = prepared }
        return prepared
    }
}

extension Response {
    init(_ result: TransferResponse, headers: HeaderFields) {
        self.init(
            status: Status(rawValue: result.head.status),
            headers: headers,
            body: result.body,
            metrics: RequestMetrics(result.metrics, queueNanoseconds: result.queueNanoseconds)
        )
    }
}
