import Foundation
import Glibc
import HTTPSessionPool
import TestSupport
import Testing

/// `session-pool serve` and `session-pool stats`.
@Suite(.timeLimit(.minutes(5))) struct CommandLineServeTests {
    /// A running `serve`.
    struct Server {
        let process: ChildProcess
        let url: String

        /// Runs the body beside a server on a free port, which is ended afterwards if it has not ended itself.
        static func running(
            _ arguments: [String] = [],
            environment: [String: String] = [:],
            _ body: (Server) async throws -> Void
        ) async throws {
            let process = try await CommandLineProgram.start(
                ["serve", "--port", "0", "--set", "enabled=true"] + arguments,
                environment: environment
            )
            let lines = try await process.wait("its URL") { $0.contains { $0.hasPrefix(#"{"url""#) } }
            struct Endpoint: Decodable { let url: String }
            let line = try #require(lines.first { $0.hasPrefix(#"{"url""#) })
            let url = try JSONDecoder().decode(Endpoint.self, from: Data(line.utf8)).url
            do {
                try await body(Server(process: process, url: url))
            } catch {
                try await end(process)
                throw error
            }
            try await end(process)
        }

        /// Two signals, each of another number, since two of one that wait to be taken count as one.
        private static func end(_ process: ChildProcess) async throws {
            process.signal(SIGINT)
            try await process.terminate(SIGTERM)
        }

        func get(_ path: String) async throws -> Response {
            let session = try Session(url)
            do {
                let response = try await session.get(path)
                await session.close()
                return response
            } catch {
                await session.close()
                throw error
            }
        }

        /// Waits until the answer at a path meets a condition; there is no event for it outside the program.
        func wait(_ path: String, until condition: (Response) -> Bool) async throws {
            try await eventually(every: .milliseconds(20)) { condition(try await get(path)) }
        }
    }

    @Test func `the server shows what the load does, and stats prints it`() async throws {
        try await Server.running(["--load", "2", "--fault", "yandexgpt:status=500@2"]) { server in
            try await server.wait("/pool/stats") { answer in
                answer.text.contains(#""failed":"#) && !answer.text.contains(#""connections_reused":0"#)
            }
            let table = try await CommandLineProgram.run(["stats", server.url])
            #expect(table.status == 0 && table.errors.isEmpty)
            #expect(table.output.hasPrefix("pool              default\nstate             running\n"))
            #expect(table.output.contains("p95") && table.output.contains("https://127.0.0.1:"))
            let json = try await CommandLineProgram.run(["stats", server.url, "--json"])
            #expect(json.output.hasPrefix(#"{"pool_enabled":true,"stats":{"connections_created":"#))
            let page = try await server.get("/")
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
            server.process.signal(SIGTERM)
            #expect(try await server.process.waitForExit() == 0)
        }
    }

    @Test func `after the first signal requests go on and nobody is ready; the second signal ends it at once`()
        async throws
    {
        let directory = try TemporaryDirectory("serve")
        let arguments = ["--load", "1", "--fault", "hang", "--drain", "600", "--set", "min_size=0"]
        try await Server.running(arguments, environment: ["TMPDIR": directory.path]) { server in
            // One caller for each of the three providers, and none gets an answer.
            try await server.wait("/pool/stats") { $0.text.contains(#""in_use_connections":3}"#) }
            #expect(try directory.entries.count == 1)
            let ready = try await server.get("/readyz")
            #expect(ready.status == 200)
            server.process.signal(SIGTERM)
            try await server.wait("/readyz") { $0.status == 503 && $0.text.contains("shutting down") }
            let health = try await server.get("/healthz")
            #expect(health.status == 200)
            server.process.signal(SIGTERM)
            #expect(try await server.process.waitForExit() == 128 + SIGTERM)
            #expect(try directory.entries.isEmpty, "the simulator's keys are left")
        }
    }

    @Test func `what is not done when the grace is over is aborted, and told`() async throws {
        try await Server.running(["--load", "1", "--fault", "hang", "--drain", "0.3", "--set", "min_size=0"]) {
            server in
            // One caller for each of the three providers, and none gets an answer.
            try await server.wait("/pool/stats") { $0.text.contains(#""in_use_connections":3}"#) }
            server.process.signal(SIGINT)
            #expect(try await server.process.waitForExit() == 0)
            #expect(server.process.output.contains(" requests were aborted"))
        }
    }

    @Test func `SIGHUP reads the settings again: all or nothing`() async throws {
        let directory = try TemporaryDirectory("settings")
        let file = try directory.write("pool.toml", "[pool_settings]\nmax_size = 10\n")
        try await Server.running(["--config", file]) { server in
            try directory.write("pool.toml", "[pool_settings]\nmax_size = 12\n")
            server.process.signal(SIGHUP)
            try await server.process.waitForOutput("max_size: 10 -> 12, from the next start on")
            try directory.write("pool.toml", "[pool_settings]\nmax_size = \"many\"\n")
            server.process.signal(SIGHUP)
            try await server.process.waitForOutput("the old settings stay")
            try directory.write("pool.toml", "[pool_settings]\nmax_size = 10\n")
            server.process.signal(SIGHUP)
            try await server.process.waitForOutput("the settings are those in use")
            let health = try await server.get("/healthz")
            #expect(health.status == 200)
        }
    }

    @Test func `a mistake in the settings ends serve before it listens, with all problems at once`() async throws {
        let directory = try TemporaryDirectory("settings")
        let roots = try directory.write("roots.pem", "no certificate\n")
        let file = try directory.write(
            "pool.toml",
            "[pool_settings]\nmin_sise = 2\nmax_size = \"many\"\nca_file = \"\(roots)\"\nstats.host = \"nowhere.invalid\"\n"
        )
        let token = try directory.write("token", "short-secret\n")
        let outcome = try await CommandLineProgram.run(
            ["serve", "--port", "0", "--config", file, "--token-file", token, "--set", "idle_timeout=soon"],
            environment: ["POOL_SETTINGS__TIMEOUT__TOTAL": "never"]
        )
        #expect(outcome.status == 78 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("config: 7 problems\n"), "\(outcome.errors)")
        let expected = [
            "min_sise: unknown key - did you mean \"min_size\"? [from \(file):2:1]",
            "(got \"many\") [from \(file):3:12]",
            "ca_file: must be a PEM file with a certificate", "stats.host: must be an IPv4 or IPv6 address",
            "stats.token: must have at least 16 visible", "[from option --set]",
            "[from env POOL_SETTINGS__TIMEOUT__TOTAL]",
        ]
        for words in expected { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
        #expect(!outcome.errors.contains("short-secret"))
        let checked = try await CommandLineProgram.run(["config", "check", file])
        #expect(checked.status == outcome.status)
        let missing = try await CommandLineProgram.run(["serve", "--config", directory.file("none.toml")])
        #expect(missing.status == 78 && missing.output.isEmpty && missing.errors.contains("none.toml: cannot be read"))
    }

    @Test func `the load's clients have the settings that the pool has`() async throws {
        let limit = ["--load", "4", "--set", "providers.yandexgpt.concurrency=3", "--set", "min_size=0"]
        try await Server.running(limit) { server in
            try await server.wait("/pool/stats") { $0.text.contains(#""concurrency":{"limit":3,"#) }
        }
    }

    @Test func `a command that has no settings to read ends at SIGHUP as at SIGTERM`() async throws {
        let process = try await CommandLineProgram.start(["simulate"])
        _ = try await process.wait("one line of JSON") { !$0.isEmpty }
        process.signal(SIGHUP)
        #expect(try await process.waitForExit() == 0)
    }

    @Test func `the token is read from a file, and shown to nobody`() async throws {
        let directory = try TemporaryDirectory("token")
        let file = try directory.write("token", "a-token-of-operators\n")
        try await Server.running(["--host", "0.0.0.0", "--token-file", file]) { server in
            let url = server.url.replacingOccurrences(of: "0.0.0.0", with: "127.0.0.1")
            let refused = try await CommandLineProgram.run(["stats", url])
            #expect(refused.status == 77 && refused.errors.contains("--token-file"))
            let allowed = try await CommandLineProgram.run(["stats", url, "--token-file", file])
            #expect(allowed.status == 0 && allowed.output.hasPrefix("pool "))
            let other = try directory.write("other", "another-token-of-operators\n")
            let wrong = try await CommandLineProgram.run(["stats", url, "--token-file", other])
            #expect(wrong.status == 77 && wrong.errors.contains("does not accept the token in \(other)"))
            #expect(!wrong.errors.contains("another-token"))
            let whole = try await CommandLineProgram.run(["stats", url + "/pool/stats", "--token-file", file])
            #expect(whole.status == 0)
            let astray = try await CommandLineProgram.run(["stats", url + "/api", "--token-file", file])
            #expect(astray.status == 1 && astray.errors.contains("without a path"))
            #expect(!(refused.errors + allowed.output + server.process.output).contains("a-token-of-operators"))
        }
    }

    @Test func `what cannot be served is one message and its exit code`() async throws {
        let open = try await CommandLineProgram.run(["serve", "--host", "0.0.0.0", "--port", "0"])
        #expect(open.status == 78 && open.output.isEmpty && open.errors.contains("token_file"))
        try await Server.running { server in
            let port = try #require(server.url.split(separator: ":").last)
            let taken = try await CommandLineProgram.run(["serve", "--port", String(port)])
            #expect(taken.status == 69 && taken.errors.contains("choose another port"))
        }
        let nobody = try await CommandLineProgram.run(["stats", "http://127.0.0.1:\(try ReservedPort().number)"])
        #expect(nobody.status == 69 && nobody.errors.contains("session-pool serve"))
        let elsewhere = try await CommandLineProgram.run(["stats", "http://no-such-host.invalid"])
        #expect(elsewhere.status == 69 && !elsewhere.errors.contains("session-pool serve"))
        let noURL = try await CommandLineProgram.run(["stats", "localhost:8000"])
        #expect(noURL.status == 64 && noURL.errors.contains("http://") && !noURL.errors.contains("session-pool serve"))
        let directory = try TemporaryDirectory("token")
        let empty = try directory.write("token", "\n")
        let tokenless = try await CommandLineProgram.run(["stats", "--token-file", empty])
        #expect(tokenless.status == 78 && tokenless.errors.contains("must hold one line"))
    }

    @Test(arguments: [
        (["serve", "--port", "70000"], "from 0 to 65535"), (["serve", "--load", "0"], "from 1 to 1000"),
        (["serve", "--fault", "hang"], "--fault needs --load"), (["serve", "extra"], "takes no argument"),
        (["stats", "one", "two"], "stats takes one URL"), (["stats", "--jsn"], "did you mean --json?"),
    ])
    func `a mistake in the arguments is one line`(_ arguments: [String], _ words: String) async throws {
        let outcome = try await CommandLineProgram.run(arguments)
        #expect(outcome.status == 64 && outcome.output.isEmpty && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func `the command and the metrics name the same version`() async throws {
        let version = try await CommandLineProgram.run(["--version"]).output
        try await Server.running { server in
            let metrics = try await server.get("/metrics").text
            let number = try #require(version.split(whereSeparator: \.isWhitespace).last)
            #expect(metrics.contains("session_pool_build_info{version=\"\(number)\""))
        }
    }
}
