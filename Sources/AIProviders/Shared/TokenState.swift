/// A token as requests use it.
struct AccessToken: Sendable, Hashable {
    /// The token itself.
    let value: Secret
    /// Counts the tokens of a cache, so that a 401 invalidates the token that got it and not its successor.
    let version: Int
}

/// A token as a provider gave it.
struct FetchedToken: Sendable, Hashable {
    /// The token itself.
    var value: Secret
    /// How long it lives from now on; `nil` for a token that does not end.
    var lifetime: Duration?
}

/// What a token cache knows and decides: a value without clock, task or lock.
///
/// One refresh runs at a time, whoever asks. A token near its end is still used while it is renewed; a failed refresh is
/// not repeated for a moment, so that a thousand callers do not hammer an endpoint that refuses.
struct TokenState: Sendable {
    /// A point of time, given by the caller.
    typealias Instant = ContinuousClock.Instant

    /// What a caller that needs a token must do.
    enum Decision: Sendable, Hashable {
        /// Use this token.
        case use(AccessToken)
        /// Use this token, and start a refresh beside it.
        case useAndRefresh(AccessToken)
        /// Start a refresh and wait for it.
        case refresh
        /// Wait for the refresh that is running.
        case wait
        /// Give up: the last refresh failed a moment ago.
        case fail(ProviderError)
    }

    private struct Current {
        var token: AccessToken
        /// When it should be renewed; `nil` never.
        var renewAt: Instant?
        /// When it must no longer be used; `nil` never.
        var unusableAt: Instant?
    }

    private struct Failure {
        var error: ProviderError
        var delay: Duration
        var until: Instant

        /// The error, with what is left of the pause as the wait that it asks for.
        ///
        /// A caller that repeats at once would spend all its tries inside of the pause.
        func error(at now: Instant) -> ProviderError {
            var error = error
            error.retryAfter = max(error.retryAfter ?? .zero, until - now)
            return error
        }
    }

    /// The first and the longest pause after failed refreshes; each further failure doubles the pause.
    static let pauses: ClosedRange<Duration> = .seconds(1) ... .seconds(30)
    /// A token that ends within this time may end under way, so it is not used.
    static let margin: Duration = .seconds(5)

    private let leeway: Duration?
    private var current: Current?
    private var failure: Failure?
    private var versions = 0
    /// Whether a refresh is running.
    private(set) var isRefreshing = false

    /// Makes an empty state whose tokens are renewed `leeway` before their end; `nil` takes a tenth of their life, at least
    /// 60 s.
    init(leeway: Duration?) {
        self.leeway = leeway.map { max($0, .zero) }
    }

    /// Decides for a caller that needs a token at `now`.
    mutating func acquire(at now: Instant) -> Decision {
        let isPaused = failure.map { now < $0.until } ?? false
        if let current, current.unusableAt.map({ now < $0 }) ?? true {
            guard let renewAt = current.renewAt, now >= renewAt, !isRefreshing, !isPaused else {
                return .use(current.token)
            }
            isRefreshing = true
            return .useAndRefresh(current.token)
        }
        if isRefreshing { return .wait }
        if let failure, isPaused { return .fail(failure.error(at: now)) }
        isRefreshing = true
        return .refresh
    }

    /// Takes the token that a refresh brought.
    ///
    /// - Returns: The token with its version, for those who waited; they get it even if it is about to end, because a new
    ///   refresh would bring nothing better.
    mutating func complete(_ fetched: FetchedToken, at now: Instant) -> AccessToken {
        isRefreshing = false
        failure = nil
        versions += 1
        let token = AccessToken(value: fetched.value, version: versions)
        // A token that lives shorter than two leeways is renewed at half its life, not before every request.
        let life = fetched.lifetime.map { max($0, .zero) }
        current = Current(
            token: token,
            renewAt: life.map { now + $0 - min(leeway ?? max(.seconds(60), $0 / 10), $0 / 2) },
            unusableAt: life.map { now + $0 - min(Self.margin, $0 / 10) }
        )
        return token
    }

    /// Takes note that a refresh failed; the token at hand, if any, stays in use until its end.
    ///
    /// - Returns: The error for those who waited, with the pause as the wait that it asks for.
    @discardableResult
    mutating func fail(_ error: ProviderError, at now: Instant) -> ProviderError {
        isRefreshing = false
        let delay = failure.map { min($0.delay * 2, Self.pauses.upperBound) } ?? Self.pauses.lowerBound
        let pause = max(delay, min(error.retryAfter ?? .zero, Self.pauses.upperBound))
        let failure = Failure(error: error, delay: delay, until: now + pause)
        self.failure = failure
        return failure.error(at: now)
    }

    /// Drops the token that a server refused, unless it has been replaced already.
    mutating func invalidate(version: Int) {
        if current?.token.version == version { current = nil }
    }
}
