import CurlTransport
import Foundation
import Glibc
import TestSupport
import Testing

/// The command itself: help, usage errors, `doctor`, `simulate`, `demo`.
@Suite(.timeLimit(.minutes(5))) struct CommandLineTests {
    @Test(arguments: [
        ["--help"], ["help"], ["demo", "--help"], ["chat", "-h"], ["help", "simulate"], ["doctor", "--help"],
    ])
    func `help goes to standard output and is a success`(_ arguments: [String]) async throws {
        let outcome = try await CommandLineProgram.run(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("Usage: session-pool"))
        #expect(outcome.output.contains("--help"))
        #expect(outcome.errors.isEmpty)
    }

    @Test func `without a command the help goes to standard error`() async throws {
        let outcome = try await CommandLineProgram.run([])
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("Usage: session-pool"))
    }

    @Test(arguments: [
        (["dcotor"], "did you mean doctor?"),
        (["demo", "--jsn"], "did you mean --json?"),
        (["demo", "--requests=0"], "from 1 to 100000"),
        (["demo", "--requests"], "--requests needs a value"),
        (["demo", "--json=yes"], "--json takes no value"),
        (["demo", "something"], "takes no argument"),
        (["chat", "hello"], "--provider is missing"),
        (["chat", "--provider", "gigchat", "hello"], "did you mean gigachat?"),
        (["chat", "--provider", "openai", "--auth-url", "https://x", "hello"], "for gigachat only"),
        (["simulate", "--port", "70000"], "from 1 to 65532"),
        (["simulate", "--fault", "hagn"], "did you mean hang?"),
        (["simulate", "--fault", "status=9"], "from 400 to 599"),
        (["simulate", "--fault", "hang/0"], "'0' is no whole number from 1"),
        (["simulate", "--certificate", "expired"], "needs --tls"),
    ])
    func `a mistake in the arguments is one line that says what is wrong`(
        _ arguments: [String],
        _ words: String
    ) async throws {
        let outcome = try await CommandLineProgram.run(arguments)
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func `output that cannot be written is an error`() async throws {
        let script = "\"$1\" doctor >/dev/full; echo status=$?"
        let output = try await Command.run("sh", ["-c", script, "sh", try CommandLineProgram.path()])
        #expect(output.contains("status=74"))
        #expect(output.contains("standard output cannot be written"))
    }

    // MARK: doctor

    private struct Doctor: Decodable {
        struct Libcurl: Decodable { let version, tls: String }
        struct Bundle: Decodable { let path: String?, readable: Bool, certificates: Int }
        struct Capability: Decodable { let name: String, available: Bool }
        let libcurl: Libcurl
        let ca_bundle: Bundle
        let proxies: [String: String]
        let capabilities: [Capability]
        let problems: [String]
    }

    @Test func `doctor finds the libcurl that the curl program has`() async throws {
        let outcome = try await CommandLineProgram.run(["doctor", "--json"])
        #expect(outcome.status == 0)
        let report = try outcome.decode(Doctor.self)
        let curl = try await Command.run("curl", ["--version"])
        #expect(curl.contains("libcurl/\(report.libcurl.version)"))
        #expect(curl.contains(report.libcurl.tls))
        #expect(report.ca_bundle.readable)
        #expect(report.ca_bundle.certificates > 0)
        #expect(report.capabilities.first { $0.name == "https" }?.available == true)
        #expect(report.problems.isEmpty)
    }

    @Test func `doctor names what this libcurl lacks`() async throws {
        let report = try await CommandLineProgram.run(["doctor", "--json"]).decode(Doctor.self)
        let available = Dictionary(uniqueKeysWithValues: report.capabilities.map { ($0.name, $0.available) })
        let behavior = CurlBehavior.current
        #expect(available["http2_by_default"] == behavior.sharesHTTP2Well)
        #expect(available["http2_prior_knowledge"] == behavior.supportsPriorKnowledge)
        #expect(available["paused_streams"] == !behavior.readsPausedTransfers)
        #expect(available["idn"] == CurlGlobal.shared.features.contains("IDN"))
        let text = try await CommandLineProgram.run(["doctor"]).output
        for name in available.keys { #expect(text.contains("  \(name) "), "\(name)") }
    }

    @Test func `doctor hides the credentials of a proxy`() async throws {
        let environment = ["https_proxy": "http://user:p@ss/word@proxy.example:3128"]
        for arguments in [["doctor"], ["doctor", "--json"]] {
            let outcome = try await CommandLineProgram.run(arguments, environment: environment)
            #expect(outcome.output.contains("http://***@proxy.example:3128"))
            #expect(!outcome.output.contains("ss/word"))
            #expect(!outcome.output.contains("user"))
        }
    }

    @Test func `doctor fails when the CA bundle has no certificate`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("empty.pem", "nothing\n")
        let outcome = try await CommandLineProgram.run(["doctor", "--json"], environment: ["SSL_CERT_FILE": file])
        #expect(outcome.status == 1)
        #expect(try outcome.decode(Doctor.self).problems.count == 1)
    }

    // MARK: simulate

    @Test(arguments: [SIGINT, SIGTERM]) func `simulate prints one line and ends well by a signal`(
        _ signal: Int32
    ) async throws {
        try await SimulatedProviders.running(["--tls"]) { simulated in
            let file = try #require(simulated.endpoints.caFile)
            #expect(FileManager.default.fileExists(atPath: file))
            #expect(simulated.endpoints.gigachat.keys.sorted() == ["auth_url", "base_url"])
            #expect(simulated.endpoints.yandexgpt.keys.sorted() == ["base_url", "iam_url", "openai_base_url"])
            simulated.process.signal(signal)
            #expect(try await simulated.process.waitForExit() == 0)
            #expect(simulated.process.lines.count == 1)
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func `simulate says that a port is taken`() async throws {
        try await SimulatedProviders.running { simulated in
            let url = try #require(simulated.endpoints.gigachat["base_url"])
            let port = try #require(URL(string: url)?.port)
            let outcome = try await CommandLineProgram.run(["simulate", "--port", "\(min(port, 65_532))"])
            #expect(outcome.status == 69)
            #expect(outcome.errors.contains("port"))
        }
    }

    // MARK: demo

    private struct Demo: Decodable {
        struct Row: Decodable {
            let provider: String
            let chats, characters, requests, token_requests, connections_opened, tls_handshakes, failures: Int
            let reuse_ratio, p50_ms, p95_ms, p99_ms: Double
        }
        struct Run: Decodable {
            let mode: String
            let providers: [Row]
            let pool_connections: Int?
        }
        let failures: Int
        let runs: [Run]
    }

    @Test func `demo does the same work twice and the pool opens fewer connections`() async throws {
        let outcome = try await CommandLineProgram.run(["demo", "--json", "--requests", "10"])
        try #require(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
        #expect(outcome.errors.isEmpty)
        let demo = try outcome.decode(Demo.self)
        #expect(demo.failures == 0)
        #expect(demo.runs.map(\.mode) == ["pooled", "unpooled"])
        let (pooled, unpooled) = (demo.runs[0].providers, demo.runs[1].providers)
        #expect(pooled.map(\.provider) == ["gigachat", "yandexgpt", "naparnik"])
        for (with, without) in zip(pooled, unpooled) {
            #expect(with.provider == without.provider)
            #expect(with.chats == 10 && without.chats == 10)
            #expect(with.requests == without.requests)
            // Of unpooled chats none can use another's connection; a token's request has a connection of its own.
            #expect(without.connections_opened == 10 + without.token_requests)
            #expect(with.token_requests == without.token_requests)
            for row in [with, without] {
                #expect(row.tls_handshakes == row.connections_opened)
                #expect(row.p50_ms > 0 && row.p50_ms <= row.p95_ms && row.p95_ms <= row.p99_ms)
                let ratio = Double(row.requests - row.connections_opened) / Double(row.requests)
                #expect(abs(row.reuse_ratio - ratio) < 0.001)
            }
        }
        // One connection for GigaChat's one chat at a time and one for its token; two for Naparnik's two.
        #expect(pooled[0].connections_opened == 2 && pooled[0].requests == 11)
        #expect(pooled[1].connections_opened <= 10)
        #expect(pooled[2].connections_opened <= 2)
        #expect(demo.runs[0].pool_connections == pooled.reduce(0) { $0 + $1.connections_opened })
    }

    @Test func `demo draws a table and bars`() async throws {
        let outcome = try await CommandLineProgram.run(["demo", "--requests", "2"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        for words in ["gigachat", "yandexgpt", "naparnik", "unpooled", "handshakes", "p99", "█"] {
            #expect(outcome.output.contains(words), "\(words)")
        }
        let plain = try await CommandLineProgram.run(["demo", "--requests", "2"], environment: ["LC_ALL": "C"])
        #expect(plain.status == 0, "\(plain.errors)")
        #expect(plain.output.contains("#"))
        #expect(plain.output.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func `demo can be interrupted`() async throws {
        let directory = try TemporaryDirectory()
        let child = try await CommandLineProgram.start(
            ["demo", "--requests", "100000"],
            environment: ["TMPDIR": directory.path]
        )
        // There is nothing to see before the end but the simulator's directory, which the kernel has no event for.
        while try directory.entries.isEmpty {
            try #require(child.lines.isEmpty, "\(child.output)")
            try await Task.sleep(for: .milliseconds(5))
        }
        child.signal(SIGINT)
        #expect(try await child.waitForExit() == 130)
        #expect(try directory.entries.isEmpty)
    }
}
