import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// Cancelling at every moment, very often.
@Suite(.serialized)
struct CancellationStressTests {
    /// Answers in every way that a request can be cancelled in.
    static let handler: LoopbackServer.Handler = { request in
        guard request.target != "/last" else { return .text("served") }
        return switch request.index % 5 {
        case 0: .text("quick")
        case 1: .silence
        case 2: .endlessBody(chunkSize: 1_024)
        case 3: .chunked(["data: a\n\n", "data: b\n\n"])
        default: .truncated("cut", contentLength: 100)
        }
    }

    @Test(arguments: [1 as UInt64, 2])
    func `requests cancelled at random moments leave nothing`(seed: UInt64) async throws {
        // In a process of its own, so that every descriptor is this test's. The seed is in the name of the failure.
        switch seed {
        case 1: await #expect(processExitsWith: .success) { try await Self.cancelMany(seed: 1) }
        default: await #expect(processExitsWith: .success) { try await Self.cancelMany(seed: 2) }
        }
    }

    private static func cancelMany(seed: UInt64) async throws {
        try await LoopbackServer.serving(Self.handler) { server in
            try await Task.sleep(for: .milliseconds(1))
            let descriptors = try ProcessFacts.openDescriptors()
            try await cancelMany(at: server, seed: seed)
            try await server.waitForOpenConnections(0)
            try await eventually("descriptors are back") { try ProcessFacts.openDescriptors() <= descriptors }
        }
        try await eventually("loops have ended") { try ProcessFacts.threads(named: "curl-") == 0 }
    }

    /// Uses a pool that is gone when this returns.
    private static func cancelMany(at server: LoopbackServer, seed: UInt64) async throws {
        let (tasks, perTask) = (50, Scale.connections(1_000))
        var configuration = PoolConfiguration()
        configuration.session.limits.maxConcurrentRequests = 16
        configuration.session.limits.maxConnections = 16
        configuration.session.timeouts.acquire = nil
        let pool = SessionPool(configuration: configuration)
        let session = try await pool.session(for: server.url)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var random = SplitMix64(seed: seed &* 1_000 &+ UInt64(task))
                    for _ in 0..<perTask { await Self.cancelOne(session, &random) }
                }
            }
        }
        // Nothing that was asked for is still anywhere.
        let core = session.core
        try await eventually("everything is given back") {
            await core.isAtRest
        }
        // And the session is none the worse.
        let last = try await session.get("/last")
        try invariant(last.text == "served", "seed \(seed): the session serves \(last.text)")
        await pool.shutdown()
        try invariant(pool.statistics.total.totalConnections == 0, "seed \(seed): \(pool.statistics.total)")
    }

    /// Starts a request, whole or streamed, and cancels it after a random time, which may be none.
    private static func cancelOne(_ session: Session, _ random: inout SplitMix64) async {
        let isStream = random.chance(50)
        let yields = random.below(12)
        let sleeps = random.chance(40)
        let task = Task {
            guard isStream else { return _ = try await session.get("/") }
            let response = try await session.stream(Request(.get, "/"))
            for try await _ in response.body {}
        }
        for _ in 0..<yields { await Task.yield() }
        if sleeps { try? await Task.sleep(for: .microseconds(random.below(3_000))) }
        task.cancel()
        _ = await task.result
    }
}

extension SessionCore {
    /// Whether nobody is inside, no permit is out, nobody waits, and no handle runs.
    var isAtRest: Bool {
        gate.occupancy == 0 && permits.isQuiescent && waiting.isEmpty && running.count == 0 && streams.isEmpty
            && engines.allSatisfy { $0.running == 0 }
    }
}

/// Waits for something that has no event to await, but not for ever: an exit test has no time limit of its own.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        try invariant(ContinuousClock.now < deadline, "not within a minute: \(what)")
        try await Task.sleep(for: .milliseconds(1))
    }
}
