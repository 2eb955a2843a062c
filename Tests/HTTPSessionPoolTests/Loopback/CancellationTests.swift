import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// Cancelling in every phase frees the permit and the connection at once, and the server sees it.
@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
    /// Whether the request is sent whole or streamed: the way into the engine is another.
    enum Kind: CaseIterable {
        case buffered, streamed

        func run(_ session: Session, _ path: String = "/") async throws(SessionError) {
            switch self {
            case .buffered: _ = try await session.get(path)
            case .streamed: _ = try await session.stream(Request(.get, path)).body.collect()
            }
        }
    }

    /// One permit and one connection: whatever is not given back stops the next request.
    private static func single(_ configuration: inout SessionConfiguration) {
        configuration.limits.maxConcurrentRequests = 1
        configuration.limits.maxConnections = 1
        configuration.timeouts.acquire = .seconds(10)
    }

    @Test(arguments: Kind.allCases)
    func `before it starts: nothing is sent`(kind: Kind) async throws {
        try await SessionFixture.run(Self.single) { _ in
            .text("ok")
        } _: { fixture in
            let task = Task {
                while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
                try await kind.run(fixture.session)
            }
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.delivery == .notSent)
            #expect(fixture.server.acceptedConnections == 0)
            try await kind.run(fixture.session)
        }
    }

    @Test(arguments: Kind.allCases)
    func `in the queue: the others keep their places`(kind: Kind) async throws {
        let gate = Gate()
        try await SessionFixture.run(Self.single) { request in
            request.target == "/first" ? .text("ok").after(.wait(gate)) : .text("ok")
        } _: { fixture in
            async let first: Void = kind.run(fixture.session, "/first")
            try await fixture.server.waitForRequests(1)
            let cancelled = Task { try await kind.run(fixture.session, "/cancelled") }
            try await fixture.session.waitForWaiters(1)
            async let last: Void = kind.run(fixture.session, "/last")
            try await fixture.session.waitForWaiters(2)
            cancelled.cancel()
            let error = await failure { try await cancelled.value }
            #expect(error?.code == .cancelled)
            #expect(error?.delivery == .notSent)
            #expect(fixture.session.statistics.waiting == 1)
            gate.open()
            try await first
            try await last
            #expect(fixture.server.requests.map(\.target) == ["/first", "/last"])
        }
    }

    @Test(arguments: Kind.allCases)
    func `while connecting: the socket is closed and its number free for others`(kind: Kind) async throws {
        let port = try UnansweringPort()
        try await SessionFixture.run(Self.single) { _ in
            .text("ok")
        } _: { fixture in
            let stuck = try await fixture.pool.session(for: "http://127.0.0.1:\(port.port)")
            for _ in 0..<10 {
                let task = Task { try await kind.run(stuck) }
                try await eventually { await stuck.core.socketCount > 0 }
                task.cancel()
                let error = await failure { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(error?.delivery == .notSent)
                #expect(await stuck.permitsInUse == 0)
                #expect(await stuck.core.socketCount == 0)
                // The next socket of the loop may get the same number from the kernel.
                try await fixture.pool.acquire(fixture.server.url) { try await kind.run($0) }
                try await fixture.server.waitUntil("the connection is idle") { $0.idleConnections == 1 }
                #expect(fixture.server.closeIdleConnections() == 1)
                try await fixture.server.waitForOpenConnections(0)
            }
            #expect(stuck.statistics.totalConnections == 0)
        }
    }

    /// libcurl 7.88.1 closes a socket that is connecting without a word; its number is the next one that is free.
    @Test(arguments: Kind.allCases)
    func `while connecting to be sent again: another session of the loop is served on the socket's number`(
        kind: Kind
    ) async throws {
        try await SessionFixture.run(Self.single) { _ in
            .text("ok", headers: ["Connection: close"])
        } _: { fixture in
            for _ in 0..<3 {
                try await kind.run(fixture.session)
                let port = try ClosingPort()
                let stuck = try await fixture.pool.session(for: "http://127.0.0.1:\(port.port)")
                try await kind.run(stuck)
                let task = Task { try await kind.run(stuck) }
                try await eventually { await stuck.core.socketsOpened == 2 }
                task.cancel()
                let error = await failure { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(stuck.statistics.totalConnections == 0)
                #expect(await stuck.core.socketCount == 0)
                for _ in 0..<3 { try await kind.run(fixture.session) }
                #expect(fixture.session.statistics.failures == 0)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `while waiting for the first byte: the server sees the end`(kind: Kind) async throws {
        try await SessionFixture.run(Self.single) { request in
            request.index == 0 ? .silence : .text("ok")
        } _: { fixture in
            let task = Task { try await kind.run(fixture.session) }
            try await fixture.server.waitForRequests(1)
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.delivery == .maybeProcessed)
            try await fixture.server.waitForOpenConnections(0)
            try await kind.run(fixture.session)
        }
    }

    @Test(arguments: Kind.allCases)
    func `in the middle of the body: the server sees the end`(kind: Kind) async throws {
        try await SessionFixture.run {
            Self.single(&$0)
            $0.limits.maxBodyBytes = .max
        } handler: { request in
            guard request.index == 0 else { return .text("ok") }
            return LoopbackReply([
                .send(LoopbackReply.head(status: 200, headers: ["Content-Length: 1000"])), .send([1, 2, 3]), .hold,
            ])
        } _: { fixture in
            let task = Task { try await kind.run(fixture.session) }
            try await fixture.server.waitUntil { $0.bytesWritten > 40 }
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.delivery == .maybeProcessed)
            try await fixture.server.waitForOpenConnections(0)
            try await kind.run(fixture.session)
        }
    }

    @Test func `while reading a stream: the reader learns, permit and connection are free`() async throws {
        try await SessionFixture.run(Self.single) { request in
            request.index == 0 ? .chunked(["one"]).dropping(last: 1).then(.hold) : .text("ok")
        } _: { fixture in
            let task = Task {
                let response = try await fixture.session.stream(Request(.get, "/"))
                var pieces = response.body.makeAsyncIterator()
                #expect(try await pieces.next() == Array("one".utf8))
                _ = try await pieces.next()
            }
            try await eventually { await fixture.session.core.hasReader }
            try await fixture.server.waitUntil { $0.bytesWritten > 50 }
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.code == .cancelled)
            try await fixture.server.waitForOpenConnections(0)
            #expect(try await fixture.session.get("/").text == "ok")
        }
    }

    @Test func `a cancelled caller that waits for a place in a full pool leaves the line`() async throws {
        var configuration = PoolConfiguration()
        configuration.maxSessions = 1
        let pool = SessionPool(configuration: configuration)
        try await pool.acquire("http://busy.test") { _ in
            let task = Task { try await pool.session(for: "http://waiting.test") }
            try await eventually { pool.statistics.waiting > 0 }
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(pool.statistics.waiting == 0)
        }
        await pool.shutdown()
    }

    @Test func `who was aborted finds the connection closed in the statistics`() async throws {
        try await LoopbackServer.serving { _ in
            .silence
        } _: { server in
            let pool = SessionPool()
            let session = try await pool.session(for: server.url)
            let left = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    _ = await failure { try await session.get("/") }
                    return session.statistics.totalConnections
                }
                try await server.waitForRequests(1)
                try await eventually { session.statistics.totalConnections == 1 }
                #expect(await pool.shutdown(grace: .zero) == 1)
                return try await group.next()
            }
            #expect(left == 0)
        }
    }
}

/// Connecting to a host with several addresses, some of them dead.
@Suite(.timeLimit(.minutes(1)))
struct AddressTests {
    @Test func `a dead first address does not stop the second, nor is its socket counted as open`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            let session = try await fixture.pool.session(for: "http://two.addresses.test:\(fixture.server.port)")
            for round in 0..<5 {
                #expect(try await session.get("/").text == "ok")
                #expect(session.statistics.totalConnections == 1)
                try await fixture.server.waitUntil("the connection is idle") { $0.idleConnections == 1 }
                #expect(fixture.server.closeIdleConnections() == 1)
                try await fixture.server.waitForOpenConnections(0)
                #expect(fixture.server.acceptedConnections == round + 1)
            }
        }
    }
}

extension SessionCore {
    /// Sockets that its engines have open.
    var socketCount: Int { engines.reduce(0) { $0 + $1.openSockets } }

    /// Sockets that its engines have opened, those that connect included.
    var socketsOpened: Int { engines.reduce(0) { $0 + $1.socketsOpened } }
}

extension LoopbackReply {
    /// The reply without its last steps.
    func dropping(last count: Int) -> LoopbackReply { LoopbackReply(steps.dropLast(count)) }
}
