internal import CurlTransport

/// Whether the server is there.
extension SessionCore {
    /// Learns from a request of somebody's: a test and a store where all is well.
    func noteHealth(of transfer: Transfer, _ outcome: TransferOutcome, at now: MonotonicTime) {
        let status = transfer.status
        if status > 0, status < 500 {
            lastSuccess = now
            if awaitsSuccess { apply(health.note(success: true), lastCheck: true) }
        } else if configuration.health.mode == .passive {
            notePassiveFailure(outcome, status: status)
        }
    }

    private func notePassiveFailure(_ outcome: TransferOutcome, status: Int) {
        var error = SessionError(.connectionLost, "The server answers \(status).", origin: origin)
        if case .failure(let failure) = outcome {
            guard failure.concernsServer else { return }
            error = self.failure(failure)
        }
        facts.update { facts in
            facts.health.failedChecks += 1
            facts.health.lastError = error
        }
        // Answers of requests meanwhile were only stored; they end a row of failures all the same.
        if let lastSuccess, lastSuccess > lastPassiveFailure { _ = health.note(success: true) }
        lastPassiveFailure = .now
        apply(health.note(success: false), lastCheck: true)
    }

    /// Makes a check if one is due.
    func checkHealth(at now: MonotonicTime) {
        let room = probeRoom
        let step = health.step(at: now, lastSuccess: lastSuccess, isWanted: isWanted(at: now), isFree: room > 0)
        switch step {
        case .none: break
        case .skipped:
            facts.update { $0.health.skippedChecks += 1 }
            apply(.none, lastCheck: true)
        case .yielded: facts.update { $0.health.yieldedChecks += 1 }
        case .check:
            Task { await runCheck() }
        }
    }

    private func runCheck() async {
        let outcome = await check()
        guard drain.aborted == nil else { return }
        let error: SessionError? = if case .failure(let error) = outcome { error } else { nil }
        let wasYielded = error?.code == .cancelled
        facts.update { facts in
            guard !wasYielded else { return facts.health.yieldedChecks += 1 }
            facts.health.checks += 1
            guard let error else { return }
            facts.health.failedChecks += 1
            facts.health.lastError = error
        }
        let now = MonotonicTime.now
        let change = health.checkEnded(succeeded: wasYielded ? nil : error == nil, at: now)
        if !wasYielded {
            tally.healthChecked(succeeded: error == nil, isHealthy: health.state != .unhealthy, at: now)
        }
        apply(change, lastCheck: !wasYielded)
        rearmSweep(at: .now)
    }

    /// Makes a check.
    ///
    /// - Returns: What it failed with; `cancelled` when requests needed its permit.
    private func check() async -> Result<Void, SessionError> {
        let settings = configuration.health
        let deadline = MonotonicTime.now.advanced(by: settings.timeout)
        do throws(SessionError) {
            let request = try await checkRequest(settings)
            // Making the request may have taken a while: others may need the permits now.
            guard probeRoom > 0, !waitsForConnection(request), !request.opensConnection || bookConnections(1) > 0
            else { return .failure(Self.cancelled(origin)) }
            switch await probe(request, deadline: deadline) {
            case .success(let response): return try judge(response.head.status, settings.mode)
            case .failure(let error):
                guard request.stopsWhenConnected else { throw error }
                if error.code == .connectionOnly { return .success(()) }
                // Requests took the connection meanwhile: nothing was tried.
                let isTimeout = error.code == .connectTimeout || error.code == .deadlineExceeded
                throw isTimeout && waitsForConnection(request) ? Self.cancelled(origin) : error
            }
        } catch {
            // An answer that is longer than a probe will read is an answer.
            return error.code == .bodyTooLarge ? .success(()) : .failure(error)
        }
    }

    /// Whether a check that opens a connection would wait for the only one to become free, which shows nothing.
    private func waitsForConnection(_ request: TransferRequest) -> Bool {
        guard request.opensConnection, let engine, engine.keepsToOneConnection else { return false }
        return engine.usesSockets
    }

    private func checkRequest(_ settings: HealthCheck) async throws(SessionError) -> TransferRequest {
        guard case .completion(let probe) = settings.mode else {
            var request = try prepareProbe(Request(settings.probe.method, settings.probe.path))
            if settings.mode == .connect {
                request.opensConnection = true
                request.stopsWhenConnected = true
            }
            return request
        }
        do {
            return try prepareProbe(try await Self.request(of: probe, within: settings.timeout))
        } catch let error as SessionError where error.code != .cancelled {
            throw error
        } catch {
            // Its text may hold anything, a token too: the type's name must do.
            throw SessionError(
                .invalidRequest,
                "The completion probe '\(probe.name)' could not make its request: \(type(of: error)).",
                origin: origin
            )
        }
    }

    /// What a probe of the program's sends; making it may take as long as the check itself.
    private static func request(of probe: CompletionProbe, within limit: Duration) async throws -> Request {
        try await withThrowingTaskGroup(of: Request.self) { group in
            group.addTask { try await probe.request() }
            group.addTask {
                try await Task.sleep(for: limit.sleepable)
                let message = "The completion probe '\(probe.name)' did not make its request in time."
                throw SessionError(.deadlineExceeded, message)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private func judge(_ status: Int, _ mode: HealthCheck.Mode) throws(SessionError) -> Result<Void, SessionError> {
        let isHealthy =
            if case .completion = mode { (200..<300).contains(status) } else { status < 500 || status == 501 }
        guard !isHealthy else { return .success(()) }
        throw SessionError(
            .connectionLost,
            "The check of health was answered with \(status).",
            origin: origin,
            delivery: .maybeProcessed
        )
    }

    /// Makes a change visible; a pool's session that has become unhealthy makes room for a fresh one.
    private func apply(_ change: HealthMonitor.Change, lastCheck isCheck: Bool) {
        awaitsSuccess = health.state == .unhealthy
        // First, so that who sees it in the session finds it in the statistics.
        publishHealth(checkedAt: isCheck ? .now : nil)
        facts.update { facts in
            facts.health.state = health.state
            facts.health.consecutiveFailures = health.consecutiveFailures
            if isCheck { facts.health.lastCheck = .now }
        }
        guard change == .becameUnhealthy, identity != nil else { return }
        retireUnhealthy()
    }

    /// Lets the statistics say what the session knows of its health, however it has learnt it.
    private func publishHealth(checkedAt: MonotonicTime?) {
        let state: HealthStatistics.State =
            switch health.state {
            case .unknown: .unknown
            case .healthy: .healthy
            case .unhealthy: .unhealthy
            }
        tally.setHealth(state, consecutiveFailures: health.consecutiveFailures, checkedAt: checkedAt)
    }

    /// Takes no more requests; those inside go on, and the last to leave closes the session.
    private func retireUnhealthy() {
        if gate.retire() { submitClose(reason: .sessionClosed) }
    }

    /// Goes on with the health of the session in whose place this one was made.
    nonisolated func adoptHealth(of other: SessionCore) {
        let known = other.facts.snapshot.health
        guard known.state == .unhealthy else { return }
        facts.update { $0.health = known }
        onLoop { core in
            core.health = HealthMonitor(
                core.configuration.healthPolicy,
                state: .unhealthy,
                seed: core.id,
                at: .now
            )
            core.awaitsSuccess = true
            core.publishHealth(checkedAt: nil)
        }
    }
}

extension TransferFailure {
    /// Whether the server, or the way to it, has failed, and not the caller or the configuration.
    fileprivate var concernsServer: Bool {
        switch cause {
        case .curl, .name, .malformedHead, .resendRefused, .unprocessed, .unaskedAnswer: true
        case .timeout(let cause): cause == .connect || cause == .firstByte || cause == .idle
        case .setup, .headersTooLarge, .bodyTooLarge, .connected, .cancelled, .closed: false
        case .staleConnection, .unwatched, .descriptorsExhausted: false
        }
    }
}
