@testable import HTTPSessionPool
import TestSupport
import Testing

/// The contract of the guide that the pool was asked for in (seed 004), sentence by sentence.
///
/// Each test is named after its sentence; where the guide promises what its own code did not keep, the promise counts.
@Suite(.timeLimit(.minutes(1)))
struct SeedContractTests {
    /// Every request is answered with its number on its connection, so that answers tell who shared one.
    private static let echo: LoopbackServer.Handler = { .text($0.target) }

    // MARK: Базовое использование

    @Test func `Получить сессию, использовать сессию, закрыть все сессии`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            var configuration = PoolConfiguration()
            configuration.maxSessions = 10
            configuration.session.timeouts.total = .seconds(60)
            let pool = SessionPool(configuration: configuration)
            let session = try await pool.session(for: server.url)
            #expect(try await session.get("\(server.url)/endpoint").text == "/endpoint")
            #expect(await pool.closeAll() == 0)
            #expect(session.isClosed)
            try await server.waitForOpenConnections(0)
            await pool.shutdown()
        }
    }

    @Test func `После выхода из контекста сессии автоматически закроются`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            func scope() async throws {
                let pool = SessionPool()
                _ = try await pool.session(for: server.url).get("/")
                #expect(server.openConnections == 1)
            }
            try await scope()
            try await server.waitForOpenConnections(0)
        }
    }

    // MARK: Глобальный пул

    @Test func `Глобальный пул (Singleton)`() async throws {
        // In a process of its own: other tests may use the shared pool.
        await #expect(processExitsWith: .success) {
            let first = SessionPool.shared
            let others = await withTaskGroup(of: SessionPool.self) { group in
                for _ in 0..<32 { group.addTask { SessionPool.shared } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(others.allSatisfy { $0 === first })
        }
    }

    @Test func `Закрыть глобальный пул; следующий запрос создаёт новый`() async throws {
        await #expect(processExitsWith: .success) {
            try await LoopbackServer.serving({ .text($0.target) }) { server in
                let first = SessionPool.shared
                let session = try await first.session(for: server.url)
                _ = try await session.get("/")
                await SessionPool.closeShared()
                try await server.waitForOpenConnections(0)
                let second = SessionPool.shared
                #expect(second !== first)
                #expect(second.statistics.sessions.isEmpty)
                #expect(try await second.session(for: server.url).get("/again").text == "/again")
                // The old pool has ended for good, and so have its handles.
                await #expect(throws: SessionError.self) { try await first.session(for: server.url) }
                await #expect(throws: SessionError.self) { try await session.get("/") }
                await SessionPool.closeShared()
            }
        }
    }

    @Test func `close_global_pool без пула ничего не делает`() async {
        await #expect(processExitsWith: .success) {
            let aborted = await SessionPool.closeShared()
            #expect(aborted == 0)
        }
    }

    // MARK: Использование через acquire

    @Test func `acquire даёт сессию, и относительный URL работает`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = SessionPool()
            let text = try await pool.acquire(server.url) { try await $0.get("/endpoint").text }
            #expect(text == "/endpoint")
            // The session stays in the pool, and is nobody's.
            #expect(pool.statistics.sessions.count == 1)
            #expect(try await pool.session(for: server.url).isUnused)
            await pool.shutdown()
        }
    }

    @Test func `acquire: автоматическая обработка ошибок`() async throws {
        struct Mistake: Error {}
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = SessionPool()
            await #expect(throws: Mistake.self) {
                try await pool.acquire(server.url) { session in
                    #expect(!session.isUnused)
                    throw Mistake()
                }
            }
            let session = try await pool.session(for: server.url)
            #expect(session.isUnused)
            #expect(!session.isClosed)
            #expect(try await session.get("/after").text == "/after")
            await pool.shutdown()
        }
    }

    @Test func `acquire освобождает сессию при отмене`() async throws {
        try await LoopbackServer.serving({ _ in .silence }) { server in
            let pool = SessionPool()
            let task = Task {
                try await pool.acquire(server.url) { try await $0.get("/") }
            }
            try await server.waitForRequests(1)
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(try await pool.session(for: server.url).isUnused)
            try await server.waitForOpenConnections(0)
            await pool.shutdown()
        }
    }

    // MARK: Отключение пула

    @Test func `Если нужно использовать отдельную сессию без пула`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = SessionPool()
            let pooled = try await pool.session(for: server.url)
            let session = try Session(server.url)
            #expect(session !== pooled)
            #expect(session.id != pooled.id)
            #expect(try await session.get("/private").text == "/private")
            #expect(pooled.statistics.requests == 0)
            await pool.closeAll()
            // Nobody but its owner closes it.
            #expect(try await session.get("/still").text == "/still")
            await session.close()
            let error = await failure { try await session.get("/closed") }
            #expect(error?.code == .sessionClosed)
            try await server.waitForOpenConnections(0)
            await pool.shutdown()
        }
    }

    // MARK: Особенности

    @Test func `При достижении max_size самая старая сессия автоматически вытесняется (FIFO)`() async throws {
        let pool = Self.pool(capacity: 3, .fifo)
        let first = try await pool.session(for: "http://a.test")
        for name in ["b", "c"] { _ = try await pool.session(for: "http://\(name).test") }
        // A use does not save the oldest.
        _ = try await pool.session(for: "http://a.test")
        _ = try await pool.session(for: "http://d.test")
        #expect(first.isClosed)
        #expect(pool.origins == ["http://b.test", "http://c.test", "http://d.test"])
        #expect(pool.statistics.evictions == 1)
        await pool.shutdown()
    }

    @Test func `LRU Eviction`() async throws {
        let pool = Self.pool(capacity: 3, .lru)
        for name in ["a", "b", "c", "a", "d"] { _ = try await pool.session(for: "http://\(name).test") }
        #expect(pool.origins == ["http://c.test", "http://a.test", "http://d.test"])
        await pool.shutdown()
    }

    @Test func `LRU eviction предотвращает утечки памяти`() async throws {
        let pool = Self.pool(capacity: 10, .lru)
        weak let evicted = try await pool.session(for: "http://host0.test")
        for index in 1..<200 { _ = try await pool.session(for: "http://host\(index).test") }
        #expect(pool.statistics.sessions.count == 10)
        #expect(pool.statistics.evictions == 190)
        // Its last reference is the loop's, for the moment that closing takes.
        try await eventually { evicted == nil }
        await pool.shutdown()
    }

    @Test func `Если сессия закрыта, она автоматически пересоздается при следующем запросе`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            _ = try await session.get("/before")
            let id = session.id
            #expect(try await pool.closeSession(for: server.url) == 0)
            #expect(session.isClosed)
            try await server.waitForOpenConnections(0)
            // The handle that was kept goes on working, and the pool gives out the same session.
            #expect(try await session.get("/after").text == "/after")
            #expect(!session.isClosed)
            #expect(session.id != id)
            #expect(try await pool.session(for: server.url).id == session.id)
            await pool.shutdown()
        }
    }

    @Test func `Thread-safe: конкурентный доступ к одному ключу возвращает одну и ту же сессию`() async throws {
        let pool = SessionPool()
        for round in 0..<20 {
            let sessions = try await withThrowingTaskGroup(of: Session.self) { group in
                for _ in 0..<64 { group.addTask { try await pool.session(for: "http://same\(round % 5).test") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(sessions.count == 64)
            #expect(sessions.allSatisfy { $0 === sessions[0] })
        }
        #expect(pool.statistics.sessionsCreated == 5)
        await pool.shutdown()
    }

    // MARK: Примеры

    @Test func `Все запросы используют одну сессию`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = Self.pool(capacity: 5, .lru)
            let session = try await pool.session(for: server.url)
            for endpoint in ["/users", "/posts", "/comments"] {
                #expect(try await session.get("\(server.url)\(endpoint)").text == endpoint)
            }
            #expect(server.acceptedConnections == 1)
            #expect(session.statistics.reuses == 2)
            await pool.shutdown()
        }
    }

    @Test func `Параллельные запросы переиспользуют сессии`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = SessionPool()
            for _ in 0..<5 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<10 {
                        group.addTask {
                            let session = try await pool.session(for: server.url)
                            #expect(try await session.get("/\(index)").text == "/\(index)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(pool.statistics.sessionsCreated == 1)
            #expect(server.acceptedConnections <= 10)
            #expect(server.requests.count == 50)
            await pool.shutdown()
        }
    }

    // MARK: Troubleshooting

    @Test func `Сессия уже закрыта, будет пересоздана при следующем запросе`() async throws {
        let pool = SessionPool()
        var session = try await pool.session(for: "http://api.test")
        let id = session.id
        try await pool.closeSession(for: "http://api.test")
        #expect(session.isClosed)
        session = try await pool.session(for: "http://api.test")
        #expect(!session.isClosed)
        #expect(session.id != id)
        await pool.shutdown()
    }

    @Test func `Увеличьте max_size, если нужно`() async throws {
        let pool = Self.pool(capacity: 20, .lru)
        let sessions = try await withThrowingTaskGroup(of: Session.self) { group in
            for index in 0..<20 { group.addTask { try await pool.session(for: "http://host\(index).test") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(sessions.map(\.id)).count == 20)
        #expect(sessions.allSatisfy { !$0.isClosed })
        #expect(pool.statistics.evictions == 0)
        await pool.shutdown()
    }

    // MARK: What the guide's code got wrong

    @Test func `one key in every spelling: case, default port, trailing slash and dot`() async throws {
        let pool = SessionPool()
        let session = try await pool.session(for: "https://API.Example.com:443/v1/")
        for spelling in [
            "https://api.example.com/v1", "HTTPS://api.example.com/v1/", "https://api.example.com.:443/v1",
        ] {
            let same = try await pool.session(for: spelling)
            #expect(same === session, "\(spelling)")
        }
        await pool.shutdown()
    }

    @Test func `one client's close does not close what others use`() async throws {
        try await LoopbackServer.serving(Self.echo) { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            #expect(await session.close() == 0)
            #expect(!session.isClosed)
            #expect(try await session.get("/open").text == "/open")
            await pool.shutdown()
        }
    }

    @Test func `clients with different configurations do not share a session`() async throws {
        let pool = SessionPool()
        var other = SessionConfiguration()
        other.timeouts.total = .seconds(25)
        let first = try await pool.session(for: "https://api.test")
        let second = try await pool.session(for: "https://api.test", configuration: other)
        let third = try await pool.session(for: "https://api.test", configuration: other)
        #expect(first !== second)
        #expect(second === third)
        await pool.shutdown()
    }

    private static func pool(capacity: Int, _ eviction: EvictionPolicy) -> SessionPool {
        var configuration = PoolConfiguration()
        configuration.maxSessions = capacity
        configuration.eviction = eviction
        return SessionPool(configuration: configuration)
    }
}

extension Session {
    /// Whether nobody is inside: no request, no scope.
    var isUnused: Bool { core.gate.occupancy == 0 }
}

extension SessionPool {
    /// The origins of its sessions, the next to be evicted first.
    nonisolated var origins: [String] { statistics.sessions.map(\.origin) }
}
