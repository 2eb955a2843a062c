/// When a list of things that end by themselves is worth looking through: after it has doubled.
///
/// Looking at every addition costs O(n) each; this way it is O(1) on average, and a short list is looked at every time.
struct SweepThreshold: Sendable {
    private static let shortList = 16

    private var count = 0

    /// Whether a list of this length is to be looked through now.
    func isReached(by count: Int) -> Bool { count >= self.count }

    /// So many are left after a look.
    mutating func reset(left: Int) { count = left <= Self.shortList ? 0 : left * 2 }
}
