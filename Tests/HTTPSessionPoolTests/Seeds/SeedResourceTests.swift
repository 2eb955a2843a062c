@testable import HTTPSessionPool
import TestSupport
import Testing

/// What seed 003 says of the states of a pooled connection; its other sentences are with the pool's own tests.
@Suite(.timeLimit(.minutes(1)))
struct SeedResourceTests {
    @Test func `ConnectionState - being created, in use, idle, closed`() async throws {
        let world = FakeWorld { $0.isStuck = true }
        let pool = try world.pool { $0.maxSize = 1 }
        func states() -> [Int] {
            let facts = pool.statistics
            return [facts.creating, facts.inUse, facts.idle, facts.totalConnections]
        }
        #expect(states() == [0, 0, 0, 0])
        let caller = Task { try await pool.acquire() }
        try await world.state.wait("the factory runs") { $0.attempts == 1 }
        #expect(pool.statistics.creating == 1 && pool.statistics.inUse == 0 && pool.statistics.idle == 0)
        world.state.update { $0.isStuck = false }
        let lease = try await caller.value
        #expect(states() == [0, 1, 0, 1])
        try pool.release(lease)
        #expect(states() == [0, 0, 1, 1])
        #expect(pool.prune(idleFor: .zero) == 1)
        try await world.state.wait("it is closed") { $0.closed == [1] }
        #expect(pool.statistics.idle == 0 && pool.statistics.inUse == 0)
        await pool.shutdown()
        #expect(states() == [0, 0, 0, 0])
    }
}
