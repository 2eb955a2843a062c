import HTTPSessionPool
import TestSupport
import Testing

/// `maxAge` of connections that requests share, and so keep in use without end.
@Suite(.timeLimit(.minutes(2))) struct HTTP2AgeTests {
    /// A request that is held, requests beside it until the session has another connection, and some after that.
    private func outgrow(
        _ configure: (inout SessionConfiguration) -> Void = { _ in },
        total: Int? = nil,
        _ check: (Session, BehindNginx, _ slow: () async throws -> String) async throws -> Void
    ) async throws {
        let gate = Gate()
        try await BehindNginx.run(total: total) { request in
            request.target.contains("slow") ? .text("slow").after(.wait(gate)) : .text("ok")
        } _: { behind in
            let session = try await behind.session {
                $0.maxAge = .seconds(1)
                $0.maxAgeJitter = 0
                configure(&$0)
            }
            let held = Task { try await session.get("/upstream/slow").text }
            try await behind.server.waitForRequests(1)
            try await check(session, behind) {
                gate.open()
                return try await held.value
            }
        }
    }

    @Test(arguments: [nil, 2])
    func `one that is too old takes no new requests, and is closed after those that it has`(total: Int?) async throws {
        try await outgrow(total: total) { session, behind, endSlow in
            while session.statistics.connectionsCreated < 2 { _ = try await session.get("/upstream/x") }
            _ = try await session.get("/upstream/y")
            #expect(session.statistics.totalConnections >= 1, "the request that was there goes on")
            #expect(try await endSlow() == "slow")
            // Those for later requests grow too old as well.
            try await eventually { session.statistics.totalConnections == 0 }
            #expect(session.statistics.closeReasons == [.age: session.statistics.connectionsCreated])
            #expect(session.statistics.failures == 0)
            func connection(of path: String) -> Int? { behind.nginx.requests.first { $0.path == path }?.connection }
            try await eventually { connection(of: "/upstream/slow") != nil && connection(of: "/upstream/y") != nil }
            #expect(connection(of: "/upstream/slow") != connection(of: "/upstream/y"))
        }
    }

    /// Neither the session's own limit nor the pool's total is overrun for it.
    @Test(arguments: [true, false])
    func `without room for another one it is used on until it is idle`(isOwnLimit: Bool) async throws {
        try await outgrow({ if isOwnLimit { $0.limits.maxConnections = 1 } }, total: isOwnLimit ? nil : 1) {
            session,
            behind,
            endSlow in
            let end = ContinuousClock.now + .milliseconds(1_500)
            while .now < end { _ = try await session.get("/upstream/x") }
            #expect(session.statistics.connectionsCreated == 1)
            #expect(try await endSlow() == "slow")
            try await eventually { session.statistics.totalConnections == 0 }
            #expect(session.statistics.closeReasons == [.age: 1])
            #expect(try await session.get("/upstream/x").text == "ok")
        }
    }
}
