import Glibc
import TestSupport
import Testing

/// The loopback server, shown to do what tests rely on with a client nobody here wrote.
@Suite(.timeLimit(.minutes(10))) struct HarnessLoopbackTests {
    @Test func `two requests of one client share a connection and are recorded`() async throws {
        try await LoopbackServer.serving {
            .text("answer to \($0.method) \($0.target)")
        } _: { server in
            let outcome = try await Curl.run(
                server.url + "/one",
                "--next",
                "-s",
                "-d",
                "body",
                "-H",
                "X-Test: a b ",
                server.url + "/two"
            )
            #expect(outcome.exitCode == 0)
            #expect(outcome.output == "answer to GET /oneanswer to POST /two")
            let counts = try await server.waitForOpenConnections(0)
            #expect(counts.acceptedConnections == 1)
            #expect(counts.requests.map(\.target) == ["/one", "/two"])
            #expect(counts.requests.map(\.indexOnConnection) == [0, 1])
            #expect(counts.requests.last?.text == "body")
            #expect(counts.requests.last?["x-test"] == "a b")
        }
    }

    @Test func `a chunked upload is read whole`() async throws {
        try await LoopbackServer.serving {
            .text("\($0.text)")
        } _: { server in
            let outcome = try await Curl.run("-H", "Transfer-Encoding: chunked", "-d", "some body", server.url)
            #expect(outcome.output == "some body")
        }
    }

    @Test func `chunks are sent as their gates open`() async throws {
        let gate = Gate()
        let open = Gate()
        open.open()
        try await LoopbackServer.serving { _ in
            .chunked(["first,", "second"], gates: [open, gate])
        } _: { server in
            let child = try await ChildProcess.start("curl", ["-q", "-sN", server.url])
            try await child.waitForOutput("first,")
            #expect(server.counts.requestsInFlight == 1)
            gate.open()
            let status = try await child.waitForExit()
            #expect(status == 0)
            #expect(child.output == "first,second")
        }
    }

    /// What the server does wrong, and curl's exit code for it; for endless headers it depends on curl's version.
    private static let faults: [(reply: LoopbackReply, exitCodes: Set<Int32>)] = [
        (.closeWithoutAnswer, [52]),
        (.resetWithoutAnswer, [56]),
        (.truncated("abc", contentLength: 10), [18]),
        (.raw("garbage, not HTTP\r\n\r\n"), [1]),
        (.headerFlood, [27, 56, 100]),
        (.endlessHeaderLine, [27, 56, 100]),
    ]

    @Test(arguments: faults.indices)
    func `a fault reaches the client`(_ index: Int) async throws {
        let (reply, exitCodes) = Self.faults[index]
        try await LoopbackServer.serving { _ in
            reply
        } _: { server in
            let outcome = try await Curl.run("-o", "/dev/null", server.url)
            #expect(exitCodes.contains(outcome.exitCode))
            try await server.waitForOpenConnections(0)
        }
    }

    @Test func `a peer that gives up is noticed while the server waits`() async throws {
        try await LoopbackServer.serving { _ in
            .silence
        } _: { server in
            let child = try await ChildProcess.start("curl", ["-q", "-s", server.url])
            try await server.waitForRequests(1)
            #expect(server.openConnections == 1)
            try await child.terminate()
            try await server.waitForOpenConnections(0)
        }
    }

    @Test func `an endless body stalls when its reader stops, and stops when it goes`() async throws {
        try await LoopbackServer.serving { _ in
            .endlessBody()
        } _: { server in
            let child = try await ChildProcess.start("curl", ["-q", "-s", "-o", "/dev/null", server.url])
            try await server.waitUntil("a MB is written") { $0.bytesWritten > 1 << 20 }
            child.signal(SIGSTOP)
            let stalled = try await server.waitForStalledWriter()
            #expect(stalled.bytesWritten > 1 << 20)
            try await child.terminate(SIGKILL)
            let counts = try await server.waitForOpenConnections(0)
            #expect(counts.stalledWriters == 0)
        }
    }

    @Test(arguments: [false, true])
    func `idle connections are closed on demand`(_ reset: Bool) async throws {
        // curl keeps the idle connection of its first request while it waits for the second one's answer elsewhere.
        try await LoopbackServer.serving { _ in
            .silence
        } _: { silent in
            try await LoopbackServer.serving { _ in
                .text("ok")
            } _: { server in
                let child = try await ChildProcess.start("curl", ["-q", "-s", server.url, silent.url])
                try await silent.waitForRequests(1)
                try await server.waitUntil("idle") { $0.idleConnections == 1 }
                #expect(server.closeIdleConnections(reset: reset) == 1)
                try await server.waitForOpenConnections(0)
                try await child.terminate()
            }
        }
    }

    @Test func `a socket in the file system answers`() async throws {
        let directory = try TemporaryDirectory()
        var options = LoopbackServer.Options()
        options.unixSocketPath = directory.file("socket")
        try await LoopbackServer.serving(options: options) { _ in
            .text("by path")
        } _: { _ in
            let outcome = try await Curl.run("--unix-socket", directory.file("socket"), "http://localhost/")
            #expect(outcome.output == "by path")
        }
    }

    @Test func `a body that is not read stops its sender`() async throws {
        var options = LoopbackServer.Options()
        options.readsBodies = false
        try await LoopbackServer.serving(options: options) { _ in
            .text("early", status: 413).then(.close)
        } _: { server in
            let outcome = try await Curl.run("-d", "never read", "-w", "%{http_code}", server.url)
            #expect(outcome.output.hasSuffix("413"))
            #expect(server.requests.first?.bodyLength == 0)
        }
    }

    @Test func `a connection that is accepted and not served times out`() async throws {
        var options = LoopbackServer.Options()
        options.onConnect = { $0 == 0 ? [.hold] : [] }
        try await LoopbackServer.serving(options: options) { _ in
            .text("ok")
        } _: { server in
            let first = try await Curl.run("--max-time", "0.3", server.url)
            let second = try await Curl.run(server.url)
            #expect(first.exitCode == 28)
            #expect(second.output == "ok")
            #expect(server.requests.count == 1)
        }
    }

    @Test func `nobody gets connected to an unanswering port`() async throws {
        let port = try UnansweringPort()
        let outcome = try await Curl.run("--connect-timeout", "0.3", "http://127.0.0.1:\(port.port)/")
        #expect(outcome.exitCode == 28)
    }
}
