import CurlTransport
@testable import HTTPSessionPool
import Synchronization
import TestSupport
import Testing

/// Requests that wait in a suspension while their session leaves the pool's table, or ends.
///
/// Like a waiter that jolestar/go-commons-pool#25 and apache/commons-pool#346 forgot: whoever waits is served or told.
@Suite(.timeLimit(.minutes(1)))
struct SuspensionTests {
    /// How a session leaves the table and goes on with what is inside it.
    enum Departure: CaseIterable {
        case evict, evictAll, closeSession, closeAll

        func leave(_ fixture: SessionFixture) async throws {
            switch self {
            case .evict: #expect(try fixture.pool.evict(fixture.server.url))
            case .evictAll: #expect(fixture.pool.evictAll() == 1)
            // These return although nobody has resumed the session: the request goes on in its successor.
            case .closeSession: #expect(try await fixture.pool.closeSession(for: fixture.server.url) == 0)
            case .closeAll: #expect(await fixture.pool.closeAll(grace: .seconds(600)) == 0)
            }
        }
    }

    private static func patient(_ configuration: inout SessionConfiguration) {
        configuration.timeouts.acquire = nil
        configuration.timeouts.total = nil
    }

    @Test(arguments: Departure.allCases, [false, true])
    func `who waits in a suspension is resumed although the session has left the table`(
        departure: Departure,
        isResumedByHandle: Bool
    ) async throws {
        try await SessionFixture.run(Self.patient) {
            .text($0.target)
        } _: { fixture in
            try fixture.pool.suspend(fixture.server.url)
            async let buffered = fixture.session.get("/buffered")
            async let streamed = fixture.session.stream(Request(.get, "/streamed")).body.collect()
            try await fixture.session.waitForWaiters(2)
            try await departure.leave(fixture)
            #expect(fixture.server.requests.isEmpty)
            if isResumedByHandle { fixture.session.resume() } else { try fixture.pool.resume(fixture.server.url) }
            #expect(try await buffered.text == "/buffered")
            #expect(try await streamed == Array("/streamed".utf8))
            #expect(fixture.pool.statistics.total.failures == 0)
        }
    }

    @Test func `a session that was evicted twice over is resumed too, and suspended again`() async throws {
        try await SessionFixture.run(Self.patient) {
            .text($0.target)
        } _: { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                try fixture.pool.suspend(fixture.server.url)
                for index in 0..<3 {
                    let core = try await fixture.pool.acquire(fixture.server.url) { $0.core }
                    group.addTask { _ = try await fixture.session.get("/\(index)") }
                    try await eventually { core.tally.snapshot.waiting == 1 }
                    #expect(try fixture.pool.evict(fixture.server.url))
                }
                // Another word of the same kind reaches all of them, too.
                try fixture.pool.suspend(fixture.server.url, until: .now + .seconds(600))
                #expect(fixture.server.requests.isEmpty)
                try fixture.pool.resume(fixture.server.url)
                try await group.waitForAll()
            }
            #expect(fixture.server.requests.count == 3)
        }
    }

    @Test func `a session outside the table is resumed although it was evicted`() async throws {
        try await LoopbackServer.serving {
            .text($0.target)
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.maxSessions = 0
            Self.patient(&configuration.session)
            let pool = SessionPool(configuration: configuration)
            let session = try await pool.session(for: server.url)
            try pool.suspend(server.url)
            async let response = session.get("/waits")
            try await session.waitForWaiters(1)
            #expect(try pool.evict(server.url))
            try pool.resume(server.url)
            #expect(try await response.text == "/waits")
            await pool.shutdown()
        }
    }

    // MARK: Ends

    @Test func `a pool's end does not wait for requests that nothing can let go on`() async throws {
        try await SessionFixture.run(Self.patient) { _ in
            .text("ok")
        } _: { fixture in
            fixture.session.suspend()
            let waiting = Task { try await fixture.session.get("/") }
            try await fixture.session.waitForWaiters(1)
            #expect(await fixture.pool.shutdown(grace: .seconds(600)) == 1)
            #expect(await failure { try await waiting.value }?.code == .poolClosed)
        }
    }

    @Test func `a private session's end does not wait for them either`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            var configuration = SessionConfiguration()
            Self.patient(&configuration)
            let session = try Session(server.url, configuration: configuration)
            session.suspend()
            let waiting = Task { try await session.get("/") }
            try await session.waitForWaiters(1)
            #expect(await session.close(grace: .seconds(600)) == 1)
            #expect(await failure { try await waiting.value }?.code == .sessionClosed)
        }
    }

    @Test func `a suspension that ends within the grace lets its requests be served`() async throws {
        try await SessionFixture.run(Self.patient) { _ in
            .text("ok")
        } _: { fixture in
            fixture.session.suspend()
            async let response = fixture.session.get("/")
            try await fixture.session.waitForWaiters(1)
            fixture.session.suspend(until: .now + .milliseconds(100))
            #expect(await fixture.pool.shutdown(grace: .seconds(600)) == 0)
            #expect(try await response.status == 200)
        }
    }

    @Test func `a suspension that begins in the grace ends it`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            Self.patient(&$0)
            $0.limits.maxConcurrentRequests = 1
        } handler: { _ in
            .text("ok").after(.wait(gate))
        } _: { fixture in
            async let running = fixture.session.get("/running")
            try await fixture.server.waitForRequests(1)
            async let waiting = fixture.session.get("/waiting")
            try await fixture.session.waitForWaiters(1)
            async let aborted = fixture.pool.closeAll(grace: .seconds(600))
            try await eventually { fixture.session.isClosed }
            try fixture.pool.suspend(fixture.server.url)
            gate.open()
            #expect(try await running.status == 200)
            #expect(await aborted == 0)
            try fixture.pool.resume(fixture.server.url)
            #expect(try await waiting.status == 200)
        }
    }

    @Test func `the acquire timeout goes on where a request goes on in another session`() async throws {
        try await SessionFixture.run {
            $0.timeouts.acquire = .milliseconds(300)
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            fixture.session.suspend()
            let done = Observed(false)
            async let error = failure { try await fixture.session.get("/") }
            async let closer: Void = {
                // Each of these would start the wait anew.
                while !done.value { await fixture.pool.closeAll() }
            }()
            #expect(await error?.code == .sessionSuspended)
            done.update { $0 = true }
            await closer
            fixture.session.resume()
        }
    }

    // MARK: Order

    @Test func `of a suspension and a resumption at one time, pool and session keep the same one`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            let (pool, key) = (fixture.pool, fixture.session.key)
            for _ in 0..<500 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 {
                        group.addTask { try pool.suspend(fixture.server.url) }
                        group.addTask { try pool.resume(fixture.server.url) }
                    }
                    try await group.waitForAll()
                }
                let isSuspended = pool.storage.state.withLock { $0.suspensions[key] != nil }
                #expect(await fixture.session.core.isSuspended == isSuspended)
                #expect((fixture.session.suspension != nil) == isSuspended)
            }
            try pool.resume(fixture.server.url)
            #expect(try await fixture.session.get("/").status == 200)
        }
    }
}

extension SessionCore {
    fileprivate var isSuspended: Bool { suspendedUntil != nil }
}
