@testable import HTTPSessionPool
import TestSupport
import Testing

/// Whether the server is there, by checks and by requests.
@Suite(.timeLimit(.minutes(1)))
struct HealthCheckTests {
    private static func every(
        _ interval: Duration,
        _ change: @escaping (inout SessionConfiguration) -> Void = { _ in }
    ) -> (inout SessionConfiguration) -> Void {
        { configuration in
            configuration.health.interval = interval
            change(&configuration)
        }
    }

    @Test func `a free request at intervals; a refused credential is no illness`() async throws {
        try await SessionFixture.run(Self.every(.milliseconds(20))) { request in
            request.method == "HEAD" ? .text("", status: 401) : .text("ok")
        } _: { fixture in
            #expect(fixture.session.health.state == .unknown)
            _ = try await fixture.session.get("/")
            try await fixture.server.waitUntil("three checks") { counts in
                counts.requests.count { $0.method == "HEAD" } >= 3
            }
            try await eventually { fixture.session.health.checks >= 3 }
            let health = fixture.session.health
            #expect(health.state == .healthy)
            #expect(health.failedChecks == 0)
            #expect(health.lastCheck != nil)
            // One, and another if a check came while the request ran.
            #expect(fixture.server.acceptedConnections <= 2, "checks use the connections that are there")
            #expect(fixture.session.statistics.requests == 1)
            #expect(fixture.pool.conditions.map(\.id) == [fixture.session.id])
        }
    }

    @Test func `requests that are answered are the check`() async throws {
        try await SessionFixture.run(Self.every(.seconds(1)) { $0.health.jitter = 0 }) { _ in
            .text("ok")
        } _: { fixture in
            // On the loop, where nothing that other tests do can keep the requests apart for longer than the interval.
            try await fixture.session.onLoop {
                while fixture.session.health.skippedChecks == 0 { _ = try await fixture.session.get("/") }
            }
            #expect(fixture.session.health.state == .healthy)
            #expect(fixture.session.health.checks == 0)
            #expect(fixture.server.requests.allSatisfy { $0.method == "GET" })
        }
    }

    @Test func `an unhealthy session is re-created at its next use, and what runs in it goes on`() async throws {
        let gate = Gate()
        let isDown = Observed(true)
        try await SessionFixture.run(Self.every(.milliseconds(15))) { request in
            switch (request.method, request.target) {
            case ("HEAD", _): .text("", status: isDown.value ? 503 : 200)
            case (_, "/slow"): LoopbackReply.chunked(["a", "b"], gates: [Gate.opened(), gate])
            default: .text("ok")
            }
        } _: { fixture in
            let first = fixture.session.id
            let stream = try await fixture.session.stream(Request(.get, "/slow"))
            try await eventually { fixture.session.health.state == .unhealthy }
            #expect(fixture.session.health.failedChecks >= 3)
            let message = fixture.session.health.lastError?.message ?? "no error"
            #expect(message.contains("503"))
            #expect(fixture.pool.conditions.map(\.health.state) == [.unhealthy])
            isDown.update { $0 = false }
            #expect(try await fixture.session.get("/").text == "ok")
            #expect(fixture.session.id != first)
            gate.open()
            var text = ""
            for try await piece in stream.body { text += String(decoding: piece, as: UTF8.self) }
            #expect(text == "ab")
            #expect(fixture.pool.statistics.sessionsCreated == 2)
            // Nothing that the first has done is lost from the sums.
            #expect(fixture.pool.statistics.total.requests == 2)
            #expect(fixture.session.health.state == .healthy, "a request was answered")
        }
    }

    @Test func `a full pool makes room by the unhealthy session`() async throws {
        var configuration = PoolConfiguration()
        configuration.maxSessions = 1
        // Down only once the request was answered: an answer after three failures would make it healthy again, for ever.
        let isDown = Observed(false)
        try await SessionFixture.run(pool: configuration, Self.every(.milliseconds(15))) { request in
            request.method == "HEAD" ? .text("", status: isDown.value ? 500 : 200) : .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            isDown.update { $0 = true }
            try await eventually { fixture.session.health.state == .unhealthy }
            try await LoopbackServer.serving { _ in
                .text("other")
            } _: { other in
                let session = try await fixture.pool.session(for: other.url)
                #expect(try await session.get("/").text == "other")
                await fixture.pool.closeAll()
            }
        }
    }

    @Test func `it never takes the only permit`() async throws {
        let gate = Gate()
        try await SessionFixture.run(
            Self.every(.milliseconds(10)) { $0.limits.maxConcurrentRequests = 1 }
        ) { request in
            request.method == "HEAD" ? .silence : .text("ok").after(.wait(gate))
        } _: { fixture in
            async let response = fixture.session.get("/")
            try await fixture.server.waitForRequests(1)
            try await eventually { fixture.session.health.yieldedChecks >= 3 }
            #expect(fixture.server.requests.count == 1, "no check while the permit is in use")
            gate.open()
            #expect(try await response.text == "ok")
            // Now a check holds the permit, and gets no answer: a request takes it over.
            try await fixture.server.waitUntil("a check") { counts in
                counts.requests.contains { $0.method == "HEAD" }
            }
            #expect(try await fixture.session.get("/").text == "ok")
            #expect(fixture.session.health.failedChecks == 0)
        }
    }

    @Test func `connect opens a connection and sends nothing`() async throws {
        try await SessionFixture.run(Self.every(.milliseconds(20)) { $0.health.mode = .connect }) { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            try await eventually { fixture.session.health.checks >= 3 }
            #expect(fixture.session.health.failedChecks == 0)
            #expect(fixture.session.health.state == .healthy)
            #expect(fixture.server.requests.count == 1)
            try await fixture.server.waitUntil("three checks' connections") { $0.acceptedConnections >= 4 }
            try await fixture.server.waitUntil("checks' connections are closed") { $0.openConnections <= 2 }
        }
    }

    @Test func `a server that cannot be reached is unhealthy after three checks`() async throws {
        let port = try ReservedPort()
        for mode in [HealthCheck.Mode.connect, .http] {
            var configuration = SessionConfiguration()
            configuration.health.mode = mode
            configuration.health.interval = .milliseconds(10)
            configuration.minConnections = 1
            configuration.warmupOnStartup = false
            let session = try Session("http://127.0.0.1:\(port.number)", configuration: configuration)
            try await eventually { session.health.state == .unhealthy }
            #expect(session.health.checks >= 3)
            #expect(session.health.lastError?.code == .connectionFailed)
            #expect(!session.isClosed, "nobody could re-create a private session")
            await session.close()
        }
    }

    @Test func `a completion is asked for by the closure that makes it`() async throws {
        let made = Observed(0)
        let probe = CompletionProbe("hello") {
            let count = made.update { count -> Int in
                count += 1
                return count
            }
            guard count != 2 else { throw ConditionNotMet(what: "secret token", limit: .zero, lastState: "") }
            return Request(.post, "/chat", headers: ["Content-Type": "application/json"], body: Array("{}".utf8))
        }
        try await SessionFixture.run(Self.every(.milliseconds(20)) { $0.health.mode = .completion(probe) }) { request in
            request.method == "POST" ? .text("{}") : .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            try await eventually { fixture.session.health.checks >= 3 }
            #expect(fixture.server.requests.contains { $0.method == "POST" && $0.target == "/chat" })
            #expect(fixture.session.health.failedChecks == 1)
            let text = fixture.session.health.lastError?.description ?? "no error"
            #expect(!text.contains("secret"))
        }
    }

    @Test func `passive: requests alone make a session unhealthy and healthy`() async throws {
        let isDown = Observed(true)
        var configuration = SessionConfiguration()
        configuration.health.mode = .passive
        try await LoopbackServer.serving { _ in
            isDown.value ? .text("", status: 503) : .text("ok")
        } _: { server in
            let session = try Session(server.url, configuration: configuration)
            for _ in 0..<2 { _ = try await session.get("/") }
            #expect(session.health.state == .unknown)
            _ = try await session.get("/")
            #expect(session.health.state == .unhealthy)
            #expect(session.health.failedChecks == 3)
            isDown.update { $0 = false }
            _ = try await session.get("/")
            #expect(session.health.state == .healthy)
            await session.close()
        }
    }
}
