internal import CurlTransport

/// A warm-up that runs, and those who wait for it.
struct WarmUpRun {
    /// Names it to its session.
    let number: UInt64
    /// How many connections it is to reach.
    let target: Int
    /// Whether the session wants it, whoever waits.
    var isOwn: Bool
    /// Nobody wants it any more: it is about to end.
    var isAbandoned = false
    var task: Task<Void, Never>?
    /// By the numbers that they can be taken out by; `nil` tells that somebody was.
    var waiters: [UInt64: CheckedContinuation<WarmUpReport?, Never>] = [:]
}

/// What a warm-up's workers share.
private struct WarmUpProgress {
    /// How many connections may still be tried.
    var left: Int
    var opened = 0
    var errors: [SessionError] = []
}

/// Connections opened ahead of requests.
extension SessionCore {
    /// How many connections a warm-up reaches when nobody names a number.
    var defaultWarmTarget: Int { bounded(max(1, configuration.warmUp.connections ?? configuration.minConnections)) }

    /// Opens connections until there are so many, or waits for the warm-up that does so already.
    ///
    /// A caller who is cancelled waits no longer; a warm-up that nobody else wants ends with them.
    ///
    /// - Parameter connections: How many; `nil` for the configuration's number.
    /// - Returns: What there is now.
    /// - Throws: ``SessionError`` when the caller was cancelled.
    nonisolated func ensureWarm(_ connections: Int?) async throws(SessionError) -> WarmUpReport {
        let id = RequestTicket.nextID()
        let report: WarmUpReport? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: nil) }
                onLoop { $0.joinWarmUp(to: connections.map($0.bounded) ?? $0.defaultWarmTarget, as: id, continuation) }
                // A cancellation that came between the lines above reached the loop too early: say it again.
                if Task.isCancelled { submitLeaveWarmUp(id) }
            }
        } onCancel: {
            submitLeaveWarmUp(id)
        }
        guard let report else { throw Self.cancelled(origin) }
        return report
    }

    /// Waits until a session is warm that cannot do without.
    ///
    /// - Throws: ``SessionError``, what kept connections from being opened, or that the caller was cancelled.
    nonisolated func awaitRequiredWarmUp() async throws(SessionError) {
        if let error = try await ensureWarm(nil).errors.first { throw error }
    }

    // MARK: Who waits

    private func joinWarmUp(
        to target: Int,
        as id: UInt64,
        _ continuation: CheckedContinuation<WarmUpReport?, Never>
    ) {
        guard let index = warmUpIndex(to: target) else {
            return continuation.resume(
                returning: WarmUpReport(connections: livingConnections, opened: 0, errors: [])
            )
        }
        warmUps[index].waiters[id] = continuation
    }

    private nonisolated func submitLeaveWarmUp(_ id: UInt64) {
        loop.submit { [self] in assumeIsolated { $0.leaveWarmUp(id) } }
    }

    private func leaveWarmUp(_ id: UInt64) {
        for index in warmUps.indices {
            guard let waiter = warmUps[index].waiters.removeValue(forKey: id) else { continue }
            if !warmUps[index].isOwn, warmUps[index].waiters.isEmpty {
                warmUps[index].isAbandoned = true
                warmUps[index].task?.cancel()
            }
            return waiter.resume(returning: nil)
        }
    }

    // MARK: Running

    /// Begins a warm-up of the session's own.
    func startWarmUp(to target: Int) {
        if let index = warmUpIndex(to: target) { warmUps[index].isOwn = true }
    }

    /// The warm-up that reaches a target: one that runs, or one that begins, after those that are too small; `nil` when
    /// there is nothing to do.
    private func warmUpIndex(to target: Int) -> Int? {
        if let index = warmUps.firstIndex(where: { $0.target >= target && !$0.isAbandoned }) { return index }
        guard drain.aborted == nil, !permits.isDraining, livingConnections < target else { return nil }
        let number = RequestTicket.nextID()
        let earlier = warmUps.last?.number
        warmUps.append(WarmUpRun(number: number, target: target, isOwn: false))
        keeper.warmUpBegan()
        // By the mailbox, outside any task: what the caller's task carries is no business of those who join later.
        loop.submit { [self] in assumeIsolated { $0.launchWarmUp(number, after: earlier) } }
        return warmUps.count - 1
    }

    private func launchWarmUp(_ number: UInt64, after earlier: UInt64?) {
        guard let index = warmUps.firstIndex(where: { $0.number == number }) else { return }
        let task = Task {
            if let earlier { await waitForWarmUp(earlier, as: number) }
            await runWarmUp(number)
        }
        warmUps[index].task = task
        if warmUps[index].isAbandoned { task.cancel() }
    }

    private func waitForWarmUp(_ number: UInt64, as id: UInt64) async {
        _ = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard let index = warmUps.firstIndex(where: { $0.number == number }) else {
                    return continuation.resume(returning: nil as WarmUpReport?)
                }
                warmUps[index].waiters[id] = continuation
            }
        } onCancel: {
            submitLeaveWarmUp(id)
        }
    }

    private func runWarmUp(_ number: UInt64) async {
        guard let target = warmUps.first(where: { $0.number == number })?.target else { return }
        let progress = await openConnections(target - livingConnections)
        guard let index = warmUps.firstIndex(where: { $0.number == number }) else { return }
        let run = warmUps.remove(at: index)
        let now = MonotonicTime.now
        if warmUps.isEmpty {
            keeper.warmUpEnded(reached: run.isAbandoned ? nil : livingConnections >= target, at: now)
            rearmSweep(at: now)
        }
        facts.update { facts in
            facts.warmUp.runs += 1
            facts.warmUp.opened += progress.opened
            facts.warmUp.failures += progress.errors.count
            facts.warmUp.lastError = progress.errors.last ?? facts.warmUp.lastError
        }
        let report = WarmUpReport(
            connections: livingConnections,
            opened: progress.opened,
            errors: progress.errors
        )
        for waiter in run.waiters.values { waiter.resume(returning: report) }
    }

    /// Tries to open so many connections, some at a time; the first failure ends it.
    private func openConnections(_ count: Int) async -> WarmUpProgress {
        var progress = WarmUpProgress(left: max(0, count))
        let settings = configuration.warmUp
        var request: TransferRequest
        do throws(SessionError) {
            request = try prepareProbe(Request(settings.probe.method, settings.probe.path))
        } catch {
            progress.errors.append(error)
            return progress
        }
        // libcurl would use a kept connection again: this asks for one more.
        request.opensConnection = true
        let deadline = MonotonicTime.now.advanced(by: settings.timeout)
        while progress.left > 0, !Task.isCancelled {
            let batch = bookConnections(min(progress.left, settings.parallel, probeRoom))
            guard batch > 0 else { break }
            progress.left -= batch
            for result in await probes(batch, request, deadline: deadline) {
                switch result {
                case .success: progress.opened += 1
                case .failure(let error) where error.code == .cancelled: progress.left = 0
                case .failure(let error):
                    progress.errors.append(error)
                    progress.left = 0
                }
            }
        }
        return progress
    }

    private func probes(
        _ count: Int,
        _ request: TransferRequest,
        deadline: MonotonicTime
    ) async -> [ResponseOutcome] {
        await withTaskGroup { group in
            for _ in 0..<count { group.addTask { await self.probe(request, deadline: deadline) } }
            var results: [ResponseOutcome] = []
            for await result in group { results.append(result) }
            return results
        }
    }
}
