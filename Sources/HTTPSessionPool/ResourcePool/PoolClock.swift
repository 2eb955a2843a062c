import CurlTransport

/// Any clock, in the nanoseconds that the pure machines count in.
struct PoolClock: Sendable {
    private let read: @Sendable () -> MonotonicTime
    private let wait: @Sendable (MonotonicTime) async throws -> Void

    /// A clock that starts at zero.
    init(_ clock: some Clock<Duration>) {
        let origin = clock.now
        read = { MonotonicTime(nanoseconds: origin.duration(to: clock.now).wholeNanoseconds) }
        wait = { deadline in
            let time = Duration.nanoseconds(deadline.nanoseconds).sleepable
            try await clock.sleep(until: origin.advanced(by: time), tolerance: nil)
        }
    }

    var now: MonotonicTime { read() }

    func sleep(until deadline: MonotonicTime) async throws {
        try await wait(deadline)
    }
}
