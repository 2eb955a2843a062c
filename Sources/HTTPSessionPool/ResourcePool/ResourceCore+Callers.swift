internal import CurlTransport

// MARK: - Callers

extension ResourceCore {
    /// Gets a resource, which the caller has to release.
    func acquire(timeout: Duration?) async throws(ResourcePoolError) -> Table.Grant {
        let id = newID()
        let timeout = timeout ?? configuration.acquireTimeout
        let immediate = update { state, now -> Answer? in
            switch state.table.acquire(id, at: now, deadline: timeout.map { now.advanced(by: $0) }) {
            case .granted(let grant): return .success(grant)
            case .rejected(let rejection): return .failure(error(for: rejection))
            case .enqueued:
                state.callers.announce(id)
                return nil
            }
        }
        if let immediate { return try immediate.get() }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = update { state, _ in state.callers.wait(id, continuation) }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            cancel(id)
        }.get()
    }

    private func cancel(_ id: UInt64) {
        let waiter = update { state, now -> AnswerBox<Answer>.Continuation? in
            guard state.table.cancel(id, at: now) else { return nil }
            return state.callers.answer(id, .failure(cancelled))
        }
        waiter?.resume(returning: .failure(cancelled))
    }

    /// Gives a resource back; false when it was given back before.
    func release(_ lease: Table.LeaseID, as condition: Table.Condition) -> Bool {
        update { state, now in state.table.release(lease, as: condition, at: now) }
    }

    /// Waits until there are `target` resources.
    func warmUp(_ target: Int) async throws(ResourcePoolError) -> Int {
        let id = newID()
        update { state, now in
            state.warmers.announce(id)
            state.table.warmUp(id, target: target, at: now)
        }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = update { state, _ in state.warmers.wait(id, continuation) }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            let waiter = update { state, _ -> AnswerBox<WarmUpAnswer>.Continuation? in
                guard state.table.cancelWarmUp(id) else { return nil }
                return state.warmers.answer(id, .failure(cancelled))
            }
            waiter?.resume(returning: .failure(cancelled))
        }.get()
    }
}

// MARK: - The end

extension ResourceCore {
    /// Ends the pool, no later than the grace allows; returns how many uses and waits were cut off.
    func shutDown(grace: Duration) async -> Int {
        await withCheckedContinuation { continuation in
            update { state, now in
                state.shutdowns.append(continuation)
                state.table.beginDrain(until: now.advanced(by: max(.zero, grace)), at: now)
            }
        }
    }

    /// Ends the pool now, because nobody has it any more.
    func abandon() {
        update { state, now in state.table.beginDrain(until: now, at: now) }
    }
}

// MARK: - Errors

extension ResourceCore {
    private var cancelled: ResourcePoolError {
        error(.cancelled, "The task was cancelled while it waited for a resource.")
    }

    private func error(for rejection: LeaseMachine.Rejection) -> ResourcePoolError {
        switch rejection {
        case .draining: error(.poolClosed, "The pool was shut down.")
        case .queueFull:
            error(.queueFull, "\(configuration.maxWaiters) callers wait already; raise maxSize or maxWaiters.")
        }
    }

    func error(
        for refusal: Table.Refusal,
        _ facts: ResourcePoolStatistics,
        _ factoryError: ResourcePoolError?
    ) -> ResourcePoolError {
        switch refusal {
        case .closed: error(.poolClosed, "The pool was shut down while the caller waited.")
        case .creationFailed: factoryError ?? error(.factoryFailed, "The factory failed.")
        case .creationGivenUp:
            error(
                .factoryFailed,
                "The factory did not finish within \(configuration.createTimeout.map { "\($0)" } ?? "its time") and goes on "
                    + "although it was cancelled."
            )
        case .timedOut: timeoutError(facts, factoryError)
        }
    }

    /// Says what stood in the way: a full pool and a factory that does not get done want different remedies.
    private func timeoutError(
        _ facts: ResourcePoolStatistics,
        _ factoryError: ResourcePoolError?
    ) -> ResourcePoolError {
        var message =
            "No resource in time: \(facts.inUse) of \(facts.maxSize) are in use, \(facts.creating) are being created, "
            + "\(facts.waiting) more callers wait."
        if facts.inUse == facts.maxSize { message += " Raise maxSize or the timeout." }
        if factoryError != nil { message += " The last creation failed." }
        return ResourcePoolError(
            .acquireTimeout,
            message,
            pool: name,
            underlyingError: factoryError?.underlyingError
        )
    }

    func factoryError(_ error: any Error, wasCancelled: Bool) -> ResourcePoolError {
        let limit = configuration.createTimeout.map { "\($0)" } ?? "the pool's life"
        let message =
            wasCancelled
            ? "The factory did not finish within \(limit) and was cancelled."
            : "The factory failed with \(type(of: error)); see underlyingError."
        return ResourcePoolError(.factoryFailed, message, pool: name, underlyingError: error)
    }
}
