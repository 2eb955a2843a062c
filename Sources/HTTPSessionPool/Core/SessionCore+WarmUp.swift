internal import CurlTransport

/// A warm-up that runs.
struct WarmUpRun {
    /// How many connections it is to reach.
    let target: Int
    let task: Task<WarmUpReport, Never>
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
    /// - Parameter connections: How many; `nil` for the configuration's number.
    /// - Returns: What there is now.
    nonisolated func ensureWarm(_ connections: Int?) async -> WarmUpReport {
        let run = await withCheckedContinuation { continuation in
            onLoop {
                continuation.resume(returning: $0.startWarmUp(to: connections.map($0.bounded) ?? $0.defaultWarmTarget))
            }
        }
        guard let run else { return await idleReport() }
        return await run.value
    }

    /// Waits until a session is warm that cannot do without.
    ///
    /// - Throws: ``SessionError``, what kept connections from being opened.
    nonisolated func awaitRequiredWarmUp() async throws(SessionError) {
        if let error = await ensureWarm(nil).errors.first { throw error }
    }

    private func idleReport() -> WarmUpReport {
        WarmUpReport(connections: livingConnections, opened: 0, errors: [])
    }

    /// Begins a warm-up, after the one that runs if that is too small; `nil` when there is nothing to do.
    @discardableResult
    func startWarmUp(to target: Int) -> Task<WarmUpReport, Never>? {
        if let warmUpRun, warmUpRun.target >= target { return warmUpRun.task }
        guard drain.aborted == nil, !permits.isDraining, livingConnections < target else { return nil }
        let earlier = warmUpRun?.task
        keeper.warmUpBegan()
        let task = Task {
            _ = await earlier?.value
            return await warmUp(to: target)
        }
        warmUpRun = WarmUpRun(target: target, task: task)
        return task
    }

    private func warmUp(to target: Int) async -> WarmUpReport {
        let progress = await openConnections(target - livingConnections)
        let now = MonotonicTime.now
        if warmUpRun?.target == target {
            warmUpRun = nil
            keeper.warmUpEnded(reached: livingConnections >= target, at: now)
            rearmSweep(at: now)
        }
        facts.update { facts in
            facts.warmUp.runs += 1
            facts.warmUp.opened += progress.opened
            facts.warmUp.failures += progress.errors.count
            facts.warmUp.lastError = progress.errors.last ?? facts.warmUp.lastError
        }
        return WarmUpReport(connections: livingConnections, opened: progress.opened, errors: progress.errors)
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
        while progress.left > 0 {
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
