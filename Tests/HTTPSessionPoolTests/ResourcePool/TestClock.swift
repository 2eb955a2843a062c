import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// A clock that stands still until a test moves it.
final class TestClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State: Sendable {
        var now = Instant(offset: .zero)
        /// Deadlines that somebody sleeps until.
        var sleepers: [Int: Instant] = [:]
        var lastID = 0
    }

    private let state = Observed(State())

    var now: Instant { state.value.now }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.update { state in
            state.lastID += 1
            state.sleepers[state.lastID] = deadline
            return state.lastID
        }
        defer { state.update { $0.sleepers[id] = nil } }
        try await state.wait("the clock") { $0.now >= deadline }
    }

    /// Moves the clock, and wakes those whose time has come.
    func advance(by duration: Duration) {
        state.update { $0.now = $0.now.advanced(by: duration) }
    }

    /// Moves the clock to the next moment that somebody sleeps until, once nobody sleeps whose time has come.
    ///
    /// A clock that ran on could pass the beginning and the end of a pause before anybody looked.
    func step() async throws {
        try await state.wait("somebody sleeps") { state in
            !state.sleepers.isEmpty && state.sleepers.values.allSatisfy { $0 > state.now }
        }
        state.update { $0.now = $0.sleepers.values.min() ?? $0.now }
    }

    /// Moves the clock through every moment that somebody sleeps until; after each, `settled` has to become true.
    func run(_ duration: Duration, settled: () async throws -> Void) async throws {
        let end = now.advanced(by: duration)
        try await settled()
        while let next = state.value.sleepers.values.min(), next <= end {
            if next > now { advance(by: now.duration(to: next)) }
            try await settled()
        }
        advance(by: now.duration(to: end))
        try await settled()
    }

    /// Whether somebody sleeps until this moment.
    func hasSleeper(until offset: Duration) -> Bool {
        state.value.sleepers.values.contains(Instant(offset: offset))
    }
}

extension ResourcePool {
    /// Waits until everything that could happen now has happened: only the clock can bring more.
    func settle(_ clock: TestClock) async throws {
        while true {
            let facts = statistics
            if facts.creating == 0, facts.checking == 0, facts.closing == 0 {
                guard let deadline = core.timerDeadline else { return }
                let offset = Duration.nanoseconds(deadline.nanoseconds)
                if offset > clock.now.offset, clock.hasSleeper(until: offset) { return }
            }
            await Task.yield()
        }
    }

    /// Lets the pool's time pass.
    func run(_ clock: TestClock, _ duration: Duration) async throws {
        try await clock.run(duration) { try await self.settle(clock) }
    }
}
