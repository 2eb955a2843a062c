import TestSupport
import Testing

@testable import AIProviders

struct TokenStateTests {
    private let start = TokenState.Instant.now
    private let error = ProviderError(.serverError, .gigaChat, "no", status: 503)

    private func token(_ name: String, lives: Duration?) -> FetchedToken {
        FetchedToken(value: Secret(name), lifetime: lives)
    }

    @Test func `the first caller refreshes and the others wait`() {
        var state = TokenState(leeway: .seconds(60))
        #expect(state.acquire(at: start) == .refresh)
        #expect(state.acquire(at: start) == .wait)
        let token = state.complete(token("a", lives: .seconds(1_800)), at: start)
        #expect(state.acquire(at: start) == .use(token))
        #expect(token.version == 1)
    }

    @Test func `a token is renewed 60 s before its end, once, while it still serves`() {
        var state = TokenState(leeway: .seconds(60))
        _ = state.acquire(at: start)
        let token = state.complete(token("a", lives: .seconds(1_800)), at: start)
        #expect(state.acquire(at: start + .seconds(1_739)) == .use(token))
        #expect(state.acquire(at: start + .seconds(1_740)) == .useAndRefresh(token))
        #expect(state.acquire(at: start + .seconds(1_741)) == .use(token))
        #expect(state.acquire(at: start + .seconds(1_796)) == .wait, "it may end under way")
    }

    @Test(arguments: [(1_800, 1_620), (36_000, 32_400), (600, 540), (300, 240), (100, 50)])
    func `without a leeway a token is renewed a tenth of its life before its end, at least 60 s`(
        life: Int,
        renewed: Int
    ) {
        var state = TokenState(leeway: nil)
        _ = state.acquire(at: start)
        let token = state.complete(token("a", lives: .seconds(life)), at: start)
        #expect(state.acquire(at: start + .seconds(renewed) - .milliseconds(1)) == .use(token))
        #expect(state.acquire(at: start + .seconds(renewed)) == .useAndRefresh(token))
    }

    @Test func `a token without an end is never renewed`() {
        var state = TokenState(leeway: .seconds(60))
        _ = state.acquire(at: start)
        let token = state.complete(token("a", lives: nil), at: start)
        #expect(state.acquire(at: start + .seconds(1_000_000_000)) == .use(token))
    }

    @Test func `a token shorter than the leeway is not fetched anew for every request`() {
        var state = TokenState(leeway: .seconds(60))
        _ = state.acquire(at: start)
        let token = state.complete(token("a", lives: .seconds(30)), at: start)
        #expect(state.acquire(at: start + .seconds(14)) == .use(token))
        #expect(state.acquire(at: start + .seconds(15)) == .useAndRefresh(token))
    }

    @Test func `an expired token serves those who waited, and nobody after them`() {
        var state = TokenState(leeway: .seconds(60))
        _ = state.acquire(at: start)
        #expect(state.complete(token("a", lives: .seconds(-5)), at: start).value == "a")
        #expect(state.acquire(at: start) == .refresh)
    }

    @Test func `a failed refresh pauses longer every time, and a success forgets it`() {
        var state = TokenState(leeway: .seconds(60))
        var now = start
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            #expect(state.acquire(at: now) == .refresh)
            // What is left of the pause is the wait that the error asks for.
            var told = error
            told.retryAfter = .seconds(pause)
            #expect(state.fail(error, at: now) == told)
            told.retryAfter = .nanoseconds(1)
            #expect(state.acquire(at: now + .seconds(pause) - .nanoseconds(1)) == .fail(told))
            now += .seconds(pause)
        }
        #expect(state.acquire(at: now) == .refresh)
        _ = state.complete(token("a", lives: .zero), at: now)
        #expect(state.acquire(at: now) == .refresh)
        state.fail(error, at: now)
        #expect(state.acquire(at: now + .seconds(1)) == .refresh)
    }

    @Test func `the wait that the token endpoint asks for is kept`() {
        var limited = ProviderError(.rateLimited, .gigaChat, "slow down", status: 429)
        limited.retryAfter = .seconds(12)
        var state = TokenState(leeway: .seconds(60))
        _ = state.acquire(at: start)
        state.fail(limited, at: start)
        #expect(state.acquire(at: start + .seconds(11)) == .fail(limited))
        #expect(state.acquire(at: start + .seconds(12)) == .refresh)
    }

    @Test func `a refused token is dropped only if it is still the one in use`() {
        var state = TokenState(leeway: .seconds(60))
        _ = state.acquire(at: start)
        let first = state.complete(token("a", lives: nil), at: start)
        state.invalidate(version: first.version)
        #expect(state.acquire(at: start) == .refresh)
        let second = state.complete(token("b", lives: nil), at: start)
        state.invalidate(version: first.version)
        #expect(state.acquire(at: start) == .use(second), "the 401 was for the token before")
    }

    @Test func `a refresh beside a valid token may fail without harm`() {
        var state = TokenState(leeway: .seconds(60))
        _ = state.acquire(at: start)
        let token = state.complete(token("a", lives: .seconds(1_800)), at: start)
        let late = start + .seconds(1_750)
        #expect(state.acquire(at: late) == .useAndRefresh(token))
        state.fail(error, at: late)
        #expect(state.acquire(at: late) == .use(token))
        #expect(state.acquire(at: late + .seconds(1)) == .useAndRefresh(token))
    }

    @Test(arguments: 0..<200)
    func `whatever happens, one refresh runs at a time and no dead token is used`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var state = TokenState(leeway: .seconds(60))
        var now = start
        var ends: [Int: TokenState.Instant] = [:]
        var refused: Set<Int> = []
        var refreshes = 0
        for step in 0..<500 {
            now += .milliseconds(random.below(20_000))
            switch random.below(4) {
            case 0 where refreshes > 0:
                refreshes -= 1
                let life = Duration.seconds(random.below(400) - 20)
                let token = state.complete(token("t", lives: life), at: now)
                try invariant(ends[token.version] == nil, "version \(token.version) twice at step \(step)")
                ends[token.version] = now + life
            case 1 where refreshes > 0:
                refreshes -= 1
                state.fail(error, at: now)
            case 2:
                let version = random.below(ends.count + 1)
                state.invalidate(version: version)
                refused.insert(version)
            default:
                switch state.acquire(at: now) {
                case .use(let token), .useAndRefresh(let token):
                    try invariant(ends[token.version].map { now < $0 } ?? false, "dead token used at step \(step)")
                    try invariant(!refused.contains(token.version), "refused token used at step \(step)")
                case .wait:
                    try invariant(refreshes == 1, "waits for nothing at step \(step)")
                case .fail:
                    try invariant(refreshes == 0, "fails beside a refresh at step \(step)")
                case .refresh: break
                }
            }
            let isRefreshing = state.isRefreshing
            if isRefreshing, refreshes == 0 { refreshes = 1 }
            try invariant(isRefreshing == (refreshes == 1), "\(refreshes) refreshes at step \(step)")
        }
    }
}
