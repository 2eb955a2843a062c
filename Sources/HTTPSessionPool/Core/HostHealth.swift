package import CurlTransport

/// Whether a host is worth trying: not after several failures in a row, until a pause has passed.
///
/// After the pause it is tried again. One success clears it, one failure begins another pause: no host is given up for good,
/// and none needs somebody to call it back.
package struct HostHealth: Sendable, Hashable {
    /// How many failures in a row make the host unhealthy.
    package let unhealthyAfter: Int
    /// How long it is left alone then.
    package let pause: Duration
    private var failuresInRow = 0
    private var resting: MonotonicTime?

    /// A host that has not failed.
    package init(unhealthyAfter: Int, pause: Duration) {
        self.unhealthyAfter = unhealthyAfter
        self.pause = pause
    }

    /// How long the host is left alone from `now` on; zero when it may be tried.
    package func remainingPause(at now: MonotonicTime) -> Duration {
        resting.map { max(.zero, now.duration(to: $0)) } ?? .zero
    }

    /// The host has done what was asked.
    package mutating func succeed() {
        failuresInRow = 0
        resting = nil
    }

    /// The host has failed.
    package mutating func fail(at now: MonotonicTime) {
        failuresInRow += 1
        guard failuresInRow >= unhealthyAfter else { return }
        rest(until: now.advanced(by: pause))
    }

    /// Leaves the host alone until `end`, or until later if that was said before.
    package mutating func rest(until end: MonotonicTime) {
        resting = max(resting ?? end, end)
    }
}
