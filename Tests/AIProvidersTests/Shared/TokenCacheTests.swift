import Synchronization
import TestSupport
import Testing

@testable import AIProviders

struct TokenCacheTests {
    /// A token endpoint that answers when the test says so.
    private final class Endpoint: Sendable {
        let calls = Observed(0)
        private let answers: Observed<[Result<FetchedToken, ProviderError>]> = Observed([])

        func answer(_ result: Result<FetchedToken, ProviderError>) {
            answers.update { $0.append(result) }
        }

        func fetch() async throws(ProviderError) -> FetchedToken {
            let number = calls.update { calls in
                calls += 1
                return calls
            }
            do {
                return try await answers.wait("answer \(number)") { $0.count >= number }[number - 1].get()
            } catch let error as ProviderError {
                throw error
            } catch {
                throw ProviderError(.cancelled, .gigaChat, "\(error)")
            }
        }
    }

    /// A cache for which no time passes.
    private func cache(_ endpoint: Endpoint) -> TokenCache {
        let start = TokenState.Instant.now
        return TokenCache(provider: .gigaChat, leeway: .seconds(60), now: { start }) {
            () async throws(ProviderError) -> FetchedToken in
            try await endpoint.fetch()
        }
    }

    /// Waits until `count` callers wait.
    private func waiters(_ count: Int, of cache: TokenCache) async {
        while await cache.waiterCount != count { await Task.yield() }
    }

    private enum Caller {
        @TaskLocal static var name = "nobody"
    }

    /// A token is everybody's: fetched with one caller's values it would carry that one's request into others' logs.
    @Test func `a token is fetched with no caller's task-local values and priority`() async throws {
        let seen = Observed("")
        let cache = TokenCache(provider: .gigaChat, leeway: .seconds(60)) {
            () async throws(ProviderError) -> FetchedToken in
            seen.update { $0 = "\(Caller.name), \(Task.currentPriority)" }
            return FetchedToken(value: "a", lifetime: .seconds(1_800))
        }
        let user = Task(priority: .background) {
            try await Caller.$name.withValue("tenant A") { try await cache.token() }
        }
        _ = try await user.value
        #expect(seen.value == "nobody, \(TaskPriority.medium)")
    }

    @Test(.timeLimit(.minutes(1)))
    func `1000 concurrent callers cause one token request`() async throws {
        let endpoint = Endpoint()
        let cache = cache(endpoint)
        let tokens = try await withThrowingTaskGroup(of: AccessToken.self) { group in
            for _ in 0..<1_000 { group.addTask { try await cache.token() } }
            await waiters(1_000, of: cache)
            endpoint.answer(.success(FetchedToken(value: "a", lifetime: .seconds(1_800))))
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(tokens.count == 1_000)
        #expect(Set(tokens).count == 1)
        #expect(endpoint.calls.value == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cancelled caller stops waiting and the refresh goes on for the others`() async throws {
        let endpoint = Endpoint()
        let cache = cache(endpoint)
        let first = Task { try await cache.token() }
        await waiters(1, of: cache)
        let second = Task { try await cache.token() }
        await waiters(2, of: cache)
        first.cancel()
        let error = await #expect(throws: ProviderError.self) { try await first.value }
        #expect(error?.code == .cancelled)
        endpoint.answer(.success(FetchedToken(value: "a", lifetime: nil)))
        #expect(try await second.value.value == "a")
        #expect(endpoint.calls.value == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a failed refresh is told to all who wait, and not repeated at once`() async throws {
        let endpoint = Endpoint()
        let cache = cache(endpoint)
        let refusal = ProviderError(.unauthorized, .gigaChat, "no", status: 401)
        let failure = refusal.during("The access token could not be fetched")
        let callers = (0..<10).map { _ in Task { try await cache.token() } }
        await waiters(10, of: cache)
        endpoint.answer(.failure(refusal))
        for caller in callers {
            let error = await #expect(throws: ProviderError.self) { try await caller.value }
            #expect(error?.message == failure.message)
        }
        let error = await #expect(throws: ProviderError.self) { try await cache.token() }
        #expect(error?.message == failure.message)
        #expect(error?.retryAfter.map { $0 > .zero } == true)
        #expect(endpoint.calls.value == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a thousand callers with the same refused token cause one more request`() async throws {
        let endpoint = Endpoint()
        let cache = cache(endpoint)
        endpoint.answer(.success(FetchedToken(value: "a", lifetime: nil)))
        endpoint.answer(.success(FetchedToken(value: "b", lifetime: nil)))
        let refused = try await cache.token()
        try await withThrowingTaskGroup { group in
            for _ in 0..<1_000 {
                group.addTask {
                    await cache.invalidate(version: refused.version)
                    let token = try await cache.token()
                    #expect(token.value == "b")
                }
            }
            try await group.waitForAll()
        }
        #expect(endpoint.calls.value == 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a token near its end serves while it is renewed`() async throws {
        let endpoint = Endpoint()
        let now = Mutex(TokenState.Instant.now)
        let cache = TokenCache(provider: .gigaChat, leeway: .seconds(60), now: { now.withLock { $0 } }) {
            () async throws(ProviderError) -> FetchedToken in
            try await endpoint.fetch()
        }
        endpoint.answer(.success(FetchedToken(value: "a", lifetime: .seconds(1_800))))
        #expect(try await cache.token().value == "a")
        now.withLock { $0 += .seconds(1_745) }
        #expect(try await cache.token().value == "a")
        try await endpoint.calls.wait("the refresh begins") { $0 == 2 }
        #expect(try await cache.token().value == "a")
        endpoint.answer(.success(FetchedToken(value: "b", lifetime: .seconds(1_800))))
        while try await cache.token().value == "a" { await Task.yield() }
        #expect(try await cache.token().value == "b")
        #expect(endpoint.calls.value == 2)
    }
}
