@testable import HTTPSessionPool
import TestSupport
import Testing

/// Who has a place in a pool, who loses it, and who waits for one.
@Suite(.timeLimit(.minutes(1)))
struct EvictionTests {
    private static func pool(_ capacity: Int, acquire: Duration = .seconds(30)) -> SessionPool {
        var configuration = PoolConfiguration()
        configuration.maxSessions = capacity
        configuration.acquireTimeout = acquire
        return SessionPool(configuration: configuration)
    }

    @Test func `20 distinct keys, racing creators: one session each`() async throws {
        let pool = Self.pool(20)
        let sessions = try await withThrowingTaskGroup(of: Session.self) { group in
            for index in 0..<400 { group.addTask { try await pool.session(for: "http://host\(index % 20).test") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(sessions.map(\.id)).count == 20)
        #expect(Set(sessions.map(ObjectIdentifier.init)).count == 20)
        #expect(pool.statistics.sessionsCreated == 20)
        #expect(pool.statistics.evictions == 0)
        await pool.shutdown()
    }

    @Test func `eviction never closes a session with a request in flight`() async throws {
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("done").after(.wait(gate))
        } _: { server in
            let pool = Self.pool(2)
            let busy = try await pool.session(for: server.url)
            let id = busy.id
            async let response = busy.get("/")
            try await server.waitForRequests(1)
            // The oldest by use, and still not the one to go.
            for index in 0..<10 { _ = try await pool.session(for: "http://host\(index).test") }
            #expect(!busy.isClosed)
            gate.open()
            #expect(try await response.text == "done")
            #expect(busy.id == id)
            #expect(pool.statistics.evictions == 9)
            await pool.shutdown()
        }
    }

    @Test func `a stream that is being read is in flight`() async throws {
        try await LoopbackServer.serving { _ in
            .endlessBody()
        } _: { server in
            let pool = Self.pool(1, acquire: .milliseconds(50))
            let response = try await pool.session(for: server.url).stream(Request(.get, "/"))
            var pieces = response.body.makeAsyncIterator()
            let error = await failure { try await pool.session(for: "http://other.test") }
            #expect(error?.code == .acquireTimeout)
            #expect(error?.delivery == .notSent)
            #expect(try await pieces.next()?.isEmpty == false)
            await pool.shutdown(grace: .zero)
        }
    }

    @Test func `a caller waits while every session is busy, and gets the first place that is free`() async throws {
        let pool = Self.pool(1)
        let release = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await pool.acquire("http://busy.test") { _ in
                for await _ in release.stream { break }
            }
        }
        try await eventually { !pool.statistics.sessions.isEmpty }
        let order = Observed<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, name) in ["a", "b", "c"].enumerated() {
                group.addTask {
                    try await pool.acquire("http://\(name).test") { _ in order.update { $0.append(name) } }
                }
                try await eventually { pool.statistics.waiting == index + 1 }
            }
            #expect(order.value.isEmpty)
            release.continuation.yield()
        }
        try await holder.value
        #expect(order.value == ["a", "b", "c"])
        #expect(pool.statistics.sessions.count == 1)
        await pool.shutdown()
    }

    @Test func `a caller that waits for too long is told`() async throws {
        let pool = Self.pool(1, acquire: .milliseconds(30))
        try await pool.acquire("http://busy.test") { _ in
            let error = await failure { try await pool.session(for: "http://other.test") }
            #expect(error?.code == .acquireTimeout)
            #expect(error?.isRetryable == true)
            #expect(pool.statistics.waiting == 0)
        }
        _ = try await pool.session(for: "http://other.test")
        await pool.shutdown()
    }

    @Test func `a handle goes on working after eviction, closeSession and closeAll`() async throws {
        try await LoopbackServer.serving {
            .text($0.target)
        } _: { server in
            let pool = Self.pool(1)
            let session = try await pool.session(for: server.url)
            var ids: Set<UInt64> = []
            for end in 0..<3 {
                #expect(try await session.get("/\(end)").text == "/\(end)")
                ids.insert(session.id)
                switch end {
                case 0: _ = try await pool.session(for: "http://other.test")
                case 1: try await pool.closeSession(for: server.url)
                default: await pool.closeAll()
                }
                #expect(session.isClosed)
                try await server.waitForOpenConnections(0)
            }
            #expect(try await session.get("/last").text == "/last")
            ids.insert(session.id)
            #expect(ids.count == 4)
            #expect(server.acceptedConnections == 4)
            await pool.shutdown()
        }
    }

    @Test func `many handles of an evicted session bind to one fresh session`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let pool = Self.pool(4)
            var handles: [Session] = []
            for path in ["", "/v1", "/v2", "/v3"] { handles.append(try await pool.session(for: server.url + path)) }
            await pool.closeAll()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for handle in handles { group.addTask { _ = try await handle.get("/") } }
                try await group.waitForAll()
            }
            #expect(Set(handles.map(\.id)).count == 1)
            #expect(pool.statistics.sessionsCreated == 2)
            await pool.shutdown()
        }
    }

    @Test func `closing a session lets its requests end, and a new one serves the next`() async throws {
        let gate = Gate()
        try await LoopbackServer.serving { request in
            request.target == "/slow" ? .text("slow").after(.wait(gate)) : .text("quick")
        } _: { server in
            let pool = Self.pool(1)
            let session = try await pool.session(for: server.url)
            async let slow = session.get("/slow")
            try await server.waitForRequests(1)
            async let aborted = pool.closeSession(for: server.url, grace: .seconds(30))
            try await eventually { session.isClosed }
            #expect(try await session.get("/quick").text == "quick")
            gate.open()
            #expect(try await slow.text == "slow")
            #expect(try await aborted == 0)
            #expect(server.acceptedConnections == 2)
            await pool.shutdown()
        }
    }

    @Test func `maxSessions 1: sessions take turns`() async throws {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let pool = Self.pool(1)
            let second = try LoopbackServer { _ in .text("second") }
            for _ in 0..<10 {
                #expect(try await pool.session(for: server.url).get("/").text == "ok")
                #expect(try await pool.session(for: second.url).get("/").text == "second")
            }
            #expect(pool.statistics.sessions.count == 1)
            #expect(pool.statistics.evictions == 19)
            await pool.shutdown()
            try await second.stop()
        }
    }

    @Test func `maxSessions 0 pools nothing: every caller gets a session that is closed when it is left`() async throws
    {
        try await LoopbackServer.serving { _ in
            .text("ok")
        } _: { server in
            let pool = Self.pool(0)
            for _ in 0..<3 {
                #expect(try await pool.acquire(server.url) { try await $0.get("/").text } == "ok")
            }
            #expect(pool.statistics.sessions.isEmpty)
            try await server.waitForOpenConnections(0)
            await pool.shutdown()
        }
    }
}
