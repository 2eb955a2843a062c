internal import CurlTransport
import Synchronization

/// A suspension or its end, with its place among all: of several that come at one time from several threads, the pool,
/// the session and what is said of it keep the same one.
struct SuspensionOrder: Sendable {
    /// A later order has a higher number.
    let number: UInt64
    /// Until when requests wait; `nil` when they go on.
    let end: MonotonicTime?

    private static let lastNumber = Atomic<UInt64>(0)

    /// The latest order; a pool gives it under its lock, where it changes its own state.
    init(until end: MonotonicTime?) {
        number = Self.lastNumber.add(1, ordering: .relaxed).newValue
        self.end = end
    }

    /// What it means to requests.
    var suspension: Suspension? {
        guard let end else { return nil }
        guard end != .distantFuture else { return .indefinite }
        return .until(ContinuousClock.now.advanced(by: MonotonicTime.now.duration(to: end)))
    }
}
