internal import HTTPSessionPool

/// A token that is fetched when it is needed and renewed before it ends, once for all who ask.
///
/// The decisions are those of ``TokenState``; this actor keeps those who wait and runs the one refresh. The refresh is a
/// task of its own: a caller that is cancelled stops waiting, and the refresh goes on for the others. It has neither the
/// task-local values nor the priority of the caller who was the first to need it.
actor TokenCache {
    private var state: TokenState
    private var waiters: [Int: CheckedContinuation<Result<AccessToken, ProviderError>, Never>] = [:]
    private var nextWaiter = 0
    private let provider: Provider
    private let now: @Sendable () -> TokenState.Instant
    private let sessions: SessionSource?
    private let fetch: @Sendable () async throws(ProviderError) -> FetchedToken

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - provider: Whose tokens they are, for errors.
    ///   - leeway: How long before its end a token is renewed; `nil` takes a tenth of its life, at least 60 s.
    ///   - sessions: Where `fetch` gets its sessions, if they are its own: ``close()`` closes them.
    ///   - now: The clock.
    ///   - fetch: Gets a new token.
    init(
        provider: Provider,
        leeway: Duration?,
        sessions: SessionSource? = nil,
        now: @escaping @Sendable () -> TokenState.Instant = { .now },
        fetch: @escaping @Sendable () async throws(ProviderError) -> FetchedToken
    ) {
        self.provider = provider
        self.sessions = sessions
        self.now = now
        self.fetch = fetch
        state = TokenState(leeway: leeway)
    }

    /// A token to use now; waits for a refresh if there is none.
    func token() async throws(ProviderError) -> AccessToken {
        switch state.acquire(at: now()) {
        case .use(let token):
            return token
        case .useAndRefresh(let token):
            startRefresh()
            return token
        case .refresh:
            startRefresh()
            return try await wait()
        case .wait:
            return try await wait()
        case .fail(let error):
            throw error
        }
    }

    /// Drops the token of this version, which a server refused.
    func invalidate(version: Int) {
        state.invalidate(version: version)
    }

    /// Closes the private session that tokens are fetched on, if there is one.
    func close() async {
        await sessions?.close()
    }

    /// How many callers wait for a refresh.
    var waiterCount: Int { waiters.count }

    /// Fetches a token; an error says that it came from there and not from the request that needed it.
    private func fetchToken() async throws(ProviderError) -> FetchedToken {
        do throws(ProviderError) {
            return try await fetch()
        } catch {
            throw error.during("The access token could not be fetched")
        }
    }

    private func startRefresh() {
        _ = PoolTask { [self] in await refresh() }
    }

    private func refresh() async {
        let result: Result<FetchedToken, ProviderError>
        do throws(ProviderError) {
            result = .success(try await fetchToken())
        } catch {
            result = .failure(error)
        }
        finish(result)
    }

    private func finish(_ result: Result<FetchedToken, ProviderError>) {
        let answer: Result<AccessToken, ProviderError>
        switch result {
        case .success(let fetched):
            answer = .success(state.complete(fetched, at: now()))
        case .failure(let error):
            answer = .failure(state.fail(error, at: now()))
        }
        let waiting = waiters.values
        waiters = [:]
        for waiter in waiting { waiter.resume(returning: answer) }
    }

    private func wait() async throws(ProviderError) -> AccessToken {
        let id = nextWaiter
        nextWaiter += 1
        // The waiter is stored before this actor is left for the first time, so the cancellation, which has to enter the
        // actor, finds it however early it comes.
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { waiters[id] = $0 }
        } onCancel: {
            Task { await self.cancel(id) }
        }
        return try result.get()
    }

    private func cancel(_ id: Int) {
        let error = ProviderError(.cancelled, provider, "The task was cancelled while it waited for a token.")
        waiters.removeValue(forKey: id)?.resume(returning: .failure(error))
    }
}
