import CTestSupport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// The waiting queue, the connections that are kept, warming up, name look-up, the end.
extension TwelvePointsTests {
    // MARK: 2. The queue is ours

    @Test func `2: a request that waits for a permit times out, and only it`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.timeouts.acquire = .milliseconds(50)
        } handler: { _ in
            .text("slow").after(.wait(gate))
        } _: { fixture in
            async let running = fixture.session.get("/running")
            try await fixture.server.waitForRequests(1)
            let error = await failure { try await fixture.session.get("/waiting") }
            #expect(error?.code == .acquireTimeout)
            #expect(error?.delivery == .notSent)
            #expect(error?.isRetryable == true)
            gate.open()
            #expect(try await running.text == "slow")
            #expect(fixture.server.requests.map(\.target) == ["/running"])
            #expect(fixture.session.statistics.waiting == 0)
        }
    }

    @Test func `2: those who wait are served in their order`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.timeouts.acquire = nil
        } handler: { request in
            request.index == 0 ? .text("first").after(.wait(gate)) : .text("ok")
        } _: { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask { _ = try await fixture.session.get("/\(index)") }
                    if index == 0 {
                        try await fixture.server.waitForRequests(1)
                    } else {
                        try await fixture.session.waitForWaiters(index)
                    }
                }
                gate.open()
                try await group.waitForAll()
            }
            #expect(fixture.server.requests.map(\.target) == (0..<20).map { "/\($0)" })
            #expect(fixture.server.acceptedConnections == 1)
        }
    }

    @Test func `2: queue time is reported apart, and counts neither as connecting nor as waiting`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.timeouts.acquire = nil
            // Far shorter than the wait: they would fail the request if they ran in the queue.
            $0.timeouts.connect = .milliseconds(250)
            $0.timeouts.firstByte = .milliseconds(250)
        } handler: { request in
            request.index == 0
                ? LoopbackReply([.send(LoopbackReply.head(status: 200, headers: ["Content-Length: 1"]))])
                    .then(.wait(gate)).then(.send([1]))
                : .text("second")
        } _: { fixture in
            async let first = fixture.session.get("/first")
            try await fixture.server.waitForRequests(1)
            async let second = fixture.session.get("/second")
            try await fixture.session.waitForWaiters(1)
            try await Task.sleep(for: .milliseconds(600))
            gate.open()
            #expect(try await first.metrics.queueTime < .milliseconds(500))
            let metrics = try await second.metrics
            #expect(metrics.queueTime >= .milliseconds(500))
            #expect(metrics.total < metrics.queueTime)
        }
    }

    @Test func `2: the total deadline includes the queue`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.timeouts.acquire = nil
            $0.timeouts.total = .milliseconds(100)
        } handler: { _ in
            .silence
        } _: { fixture in
            var patient = Request(.get, "/patient")
            patient.timeouts = Timeouts()
            let running = Task { [patient] in try await fixture.session.send(patient) }
            try await fixture.server.waitForRequests(1)
            let error = await failure { try await fixture.session.get("/waiting") }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.delivery == .notSent)
            running.cancel()
            _ = await running.result
            #expect(fixture.server.requests.count == 1)
        }
    }

    @Test func `2: a queue that is full refuses at once`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.limits.maxWaiters = 1
        } handler: { _ in
            .text("ok").after(.wait(gate))
        } _: { fixture in
            async let running = fixture.session.get("/")
            try await fixture.server.waitForRequests(1)
            async let waiting = fixture.session.get("/")
            try await fixture.session.waitForWaiters(1)
            let error = await failure { try await fixture.session.get("/") }
            #expect(error?.code == .queueFull)
            #expect(error?.delivery == .notSent)
            gate.open()
            #expect(try await [running, waiting].allSatisfy(\.status.isSuccess))
        }
    }

    // MARK: 3. Warm connections are kept

    @Test func `3: a burst of 32 leaves 32 connections, and sequential use keeps them`() async throws {
        let gate = Gate()
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 32
            $0.limits.maxConnections = 32
        } handler: { request in
            request.target == "/burst" ? .text("ok").after(.wait(gate)) : .text("ok")
        } _: { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<32 { group.addTask { _ = try await fixture.session.get("/burst") } }
                try await fixture.server.waitForRequests(32)
                gate.open()
                try await group.waitForAll()
            }
            for _ in 0..<100 { _ = try await fixture.session.get("/one") }
            #expect(fixture.server.openConnections == 32)
            #expect(fixture.server.acceptedConnections == 32)
            #expect(fixture.session.statistics.idleConnections == 32)
        }
    }

    @Test func `3: what libcurl leaves open, the idle sweep closes`() async throws {
        try await SessionFixture.run {
            $0.idleTimeout = .seconds(1)
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            #expect(fixture.server.acceptedConnections == 1)
            try await fixture.server.waitForOpenConnections(0)
            _ = try await fixture.session.get("/")
            #expect(fixture.server.acceptedConnections == 2)
        }
    }

    @Test func `5: idle connections that the server closed are noticed while nobody asks`() async throws {
        let gate = Gate()
        try await SessionFixture.run { _ in
            .text("ok").after(.wait(gate))
        } _: { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { _ = try await fixture.session.post("/", body: [1]) } }
                try await fixture.server.waitForRequests(8)
                gate.open()
                try await group.waitForAll()
            }
            try await fixture.server.waitUntil("idle") { $0.idleConnections == 8 }
            #expect(fixture.server.closeIdleConnections() == 8)
            try await fixture.server.waitForOpenConnections(0)
            try await eventually { fixture.session.statistics.totalConnections == 0 }
            for _ in 0..<3 { #expect(try await fixture.session.post("/", body: [2]).status.isSuccess) }
            #expect(fixture.server.requests.count == 11)
        }
    }

    // MARK: 6. Name look-up

    @Test func `6: cancelling during a name look-up does not stop the loop`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            let stuck = try await fixture.pool.session(for: "http://cancelled.hanging.test:\(fixture.server.port)")
            #expect(stuck.core.loop === fixture.session.core.loop)
            let task = Task { try await stuck.get("/") }
            try await eventually { ctest_hanging_lookups() > 0 }
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.delivery == .notSent)
            #expect(try await fixture.session.get("/").text == "ok")
            // The resolver's thread still hangs: nobody has waited for it.
            #expect(ctest_hanging_lookups() > 0)
            #expect(await stuck.permitsInUse == 0)
            ctest_release_lookups()
        }
    }

    // MARK: 8. Warming up

    @Test func `8: a HEAD warms a connection up for the next request`() async throws {
        try await SessionFixture.run { request in
            request.method == "HEAD"
                ? .raw(LoopbackReply.head(status: 200, headers: ["Content-Length: 5"])) : .text("hello")
        } _: { fixture in
            #expect(try await fixture.session.head("/").body.isEmpty)
            let response = try await fixture.session.post("/", body: [1])
            #expect(response.metrics.reusedConnection)
            #expect(response.metrics.connectionsOpened == 0)
            #expect(fixture.server.acceptedConnections == 1)
        }
    }

    // MARK: 9. The end, with transfers under way

    @Test func `9: closing under load ends every transfer once and closes every socket`() async throws {
        try await LoopbackServer.serving { request in
            switch request.index % 4 {
            case 0: .text("quick")
            case 1: .endlessBody()
            case 2: .silence
            default: .chunked(["a", "b"]).then(.close)
            }
        } _: { server in
            for _ in 0..<20 {
                var configuration = PoolConfiguration()
                configuration.session.limits.maxConcurrentRequests = 16
                configuration.session.limits.maxConnections = 16
                let pool = SessionPool(configuration: configuration)
                let session = try await pool.session(for: server.url)
                let seen = server.requests.count
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<32 {
                        group.addTask {
                            guard index % 2 == 0 else { return _ = try? await session.get("/") }
                            guard let response = try? await session.stream(Request(.get, "/")) else { return }
                            _ = try? await response.body.collect(upTo: 1 << 20)
                        }
                    }
                    group.addTask {
                        _ = try? await server.waitForRequests(seen + 12)
                        await pool.shutdown(grace: .zero)
                    }
                }
                #expect(await pool.shutdown(grace: .zero) >= 0)
                #expect(pool.statistics.total.totalConnections == 0)
                try await server.waitForOpenConnections(0)
            }
        }
    }
}
