/// What clients must show, and the only code that compares it.
struct AccessToken: Sendable {
    private static let minimumLength = 16
    private let bytes: [UInt8]

    init(_ token: String) {
        bytes = Array(token.utf8)
    }

    /// Refuses tokens that are easily guessed or cannot be sent.
    static func validate(_ token: String) throws(PoolServerError) {
        guard token.utf8.count >= minimumLength, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw PoolServerError(
                .invalidConfiguration,
                "The token must have at least \(minimumLength) visible ASCII characters and no spaces."
            )
        }
    }

    /// Whether an `Authorization` field carries the token.
    ///
    /// The time it takes depends on the length of what was sent, and on nothing else.
    func isShown(by authorization: String?) -> Bool {
        guard let authorization else { return false }
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        let shown = Array(parts[1].utf8.drop { $0 == 0x20 })
        var difference = UInt64(truncatingIfNeeded: shown.count ^ bytes.count)
        for index in shown.indices {
            difference |= UInt64(shown[index] ^ bytes[index % bytes.count])
        }
        return difference == 0
    }
}
