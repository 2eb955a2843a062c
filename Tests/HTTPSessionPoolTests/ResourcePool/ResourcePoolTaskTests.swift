@testable import HTTPSessionPool
import TestSupport
import Testing

/// What is done for all callers is not done in the name of the one that made it necessary.
@Suite(.timeLimit(.minutes(1)))
struct `Resource pool's own tasks` {
    enum Caller {
        @TaskLocal static var name = "nobody"
    }

    typealias Log = Observed<[String: Set<String>]>

    static func note(_ what: String, in log: Log) {
        log.update { $0[what, default: []].insert("\(Caller.name), \(Task.currentPriority)") }
    }

    struct Resource: Pingable, Closeable {
        let log: Log

        func ping() async throws -> Bool {
            note("ping", in: log)
            return true
        }

        func close() async throws { note("close", in: log) }
    }

    /// A clock that notes who sleeps.
    struct NotingClock: Clock {
        let log: Log
        let clock = ContinuousClock()

        var now: ContinuousClock.Instant { clock.now }
        var minimumResolution: Duration { clock.minimumResolution }

        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
            note("timer", in: log)
            try await clock.sleep(until: deadline, tolerance: tolerance)
        }
    }

    @Test func `factory, pings, closes and the timer have no caller's values and priority`() async throws {
        let log = Log([:])
        // The first pool of a process may be made in a caller's task, too.
        let user = Task(priority: .background) {
            try await Caller.$name.withValue("tenant A") {
                var configuration = ResourcePoolConfiguration()
                configuration.minSize = 1
                let pool = try ResourcePool(configuration: configuration, clock: NotingClock(log: log)) {
                    Self.note("factory", in: log)
                    return Resource(log: log)
                }
                try await pool.withResource { _ in #expect(Caller.name == "tenant A") }
                struct Failure: Error {}
                await #expect(throws: Failure.self) { try await pool.withResource { _ in throw Failure() } }
                try await pool.withResource { _ in }
                try await pool.discard(pool.acquire())
                await pool.shutdown()
            }
        }
        try await user.value
        try await log.wait("the timer") { $0["timer"] != nil }
        let expected: Set<String> = ["nobody, \(TaskPriority.medium)"]
        #expect(log.value == ["factory": expected, "ping": expected, "close": expected, "timer": expected])
    }

    @Test func `a task that is cancelled before it begins is cancelled when it begins`() async throws {
        let seen = Observed<Bool?>(nil)
        let task = PoolTask {
            while !Task.isCancelled { await Task.yield() }
            seen.update { $0 = Task.isCancelled }
        }
        task.cancel()
        try await seen.wait("the task") { $0 == true }
    }
}
