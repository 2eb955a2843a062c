/// The access tokens that GigaChat has issued.
struct GigaChatTokens: Sendable {
    /// Whom a request speaks for.
    struct Account: Hashable, Sendable {
        var key: String
        var scope: String
    }

    /// What a token is worth.
    enum Verdict: Hashable, Sendable {
        case valid(Account)
        case expired
        case unknown
    }

    private var issued: [String: (account: Account, expiry: Int64)] = [:]

    /// Remembers a token until `expiry`, nanoseconds of the monotonic clock.
    mutating func add(_ token: String, account: Account, expiry: Int64) {
        issued[token] = (account, expiry)
    }

    /// Ends a token's life.
    mutating func expire(_ token: String) {
        issued[token]?.expiry = .min
    }

    /// Ends every token's life.
    mutating func expireAll() {
        for token in issued.keys { expire(token) }
    }

    func verdict(_ token: String, now: Int64) -> Verdict {
        guard let entry = issued[token] else { return .unknown }
        return entry.expiry > now ? .valid(entry.account) : .expired
    }
}
