import Foundation
import Glibc
import TestSupport
import Testing

/// `session-pool chat` against `session-pool simulate`, both as child processes.
@Suite(.timeLimit(.minutes(5))) struct CommandLineChatTests {
    private static let providers = ["gigachat", "yandexgpt", "naparnik", "openai"]

    private struct Answer: Decodable {
        let provider, text: String
        let complete: Bool
        let finish_reason: String?
    }

    private struct Piece: Decodable {
        let type, text: String
    }

    @Test(arguments: providers) func `an answer is printed, plain and streamed, with the pool and without`(
        _ provider: String
    ) async throws {
        try await SimulatedProviders.running(["--tls"]) { simulated in
            for flags in [[], ["--stream"], ["--no-pool"], ["--stream", "--no-pool"]] {
                let outcome = try await CommandLineProgram.run(
                    simulated.chat(provider, "Что такое пул?") + flags,
                    environment: SimulatedProviders.credentials()
                )
                #expect(outcome.status == 0, "\(flags): \(outcome.errors)")
                #expect(outcome.output.contains("«Что такое пул?»"))
                #expect(outcome.output.hasSuffix("\n") && !outcome.output.hasSuffix("\n\n"))
                #expect(outcome.errors.isEmpty)
            }
        }
    }

    @Test(arguments: providers) func `JSON output is one object, or a line per piece and the whole`(
        _ provider: String
    ) async throws {
        try await SimulatedProviders.running { simulated in
            let whole = try await CommandLineProgram.run(
                simulated.chat(provider, "--json", "--system", "Be brief."),
                environment: SimulatedProviders.credentials(),
                input: "from standard input\n"
            )
            #expect(whole.status == 0, "\(whole.errors)")
            let answer = try whole.decode(Answer.self)
            #expect(answer.provider == provider && answer.complete)
            #expect(answer.text.hasSuffix("from standard input»"))

            let streamed = try await CommandLineProgram.run(
                simulated.chat(provider, "--json", "--stream", "from standard input"),
                environment: SimulatedProviders.credentials()
            )
            let lines = streamed.output.split(separator: "\n").map { Data($0.utf8) }
            let last = try JSONDecoder().decode(Answer.self, from: try #require(lines.last))
            let pieces = try lines.dropLast().map { try JSONDecoder().decode(Piece.self, from: $0) }
            #expect(pieces.count > 1)
            #expect(pieces.filter { $0.type == "text" }.map(\.text).joined() == last.text)
            #expect(last.complete)
        }
    }

    @Test(arguments: providers) func `a wrong credential is refused without being shown`(
        _ provider: String
    ) async throws {
        try await SimulatedProviders.running { simulated in
            // Valid as Base64, so that only the server can tell.
            let wrong = "d3Jvbmctc2VjcmV0"
            let outcome = try await CommandLineProgram.run(
                simulated.chat(provider, "hello"),
                environment: SimulatedProviders.credentials(wrong)
            )
            #expect(outcome.status == 77, "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("session-pool: \(provider): "))
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(!outcome.errors.contains(wrong))
        }
    }

    @Test(arguments: providers) func `a missing credential names the variable`(_ provider: String) async throws {
        let variables = ["gigachat": "GIGACHAT_CREDENTIALS", "yandexgpt": "YC_FOLDER_ID", "naparnik": "ONEC_AI_TOKEN"]
        let outcome = try await CommandLineProgram.run(["chat", "--provider", provider, "hello"])
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains(variables[provider] ?? "OPENAI_API_KEY"))
    }

    @Test func `what is missing or no certificate is told before anything is asked`() async throws {
        let chat = ["chat", "--provider", "openai", "--base-url", "https://127.0.0.1:1/v1", "hello"]
        let modelless = try await CommandLineProgram.run(chat)
        #expect(modelless.status == 78 && modelless.errors.contains("--model or OPENAI_MODEL"), "\(modelless.errors)")
        let rootless = try await CommandLineProgram.run(chat + ["--model", "m", "--ca-file", "/dev/null"])
        #expect(rootless.status == 78 && rootless.errors.contains("must be a PEM file with a certificate"))
        #expect(rootless.errors.contains("[from option --ca-file]"))
    }

    @Test func `addresses that lead nowhere are told apart`() async throws {
        let port = try ReservedPort()
        let cases: [(url: String, status: Int32, words: String)] = [
            ("http://127.0.0.1:\(port.number)/v1", 69, "connectionFailed"),
            ("http://no-such-host.invalid/v1", 69, "nameResolutionFailed"),
            ("ftp://127.0.0.1/v1", 78, "'ftp' is not supported"),
            ("127.0.0.1/v1", 78, "no scheme"),
        ]
        for (url, status, words) in cases {
            let outcome = try await CommandLineProgram.run(
                ["chat", "--provider", "openai", "--base-url", url, "--model", "m", "hello"],
                // A lost question to a name server is asked again well within the time to connect.
                environment: ["RES_OPTIONS": "timeout:1 attempts:3"]
            )
            #expect(outcome.status == status, "\(url): \(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func `a wrong path and an untrusted root say what to do`() async throws {
        try await SimulatedProviders.running(["--tls"]) { simulated in
            let url = try #require(simulated.endpoints.openai["base_url"])
            let chat = ["chat", "--provider", "openai", "--model", "m", "hello"]
            let environment = SimulatedProviders.credentials()
            let untrusted = try await CommandLineProgram.run(chat + ["--base-url", url], environment: environment)
            #expect(untrusted.status == 69)
            #expect(untrusted.errors.contains("--ca-file"))
            let file = try #require(simulated.endpoints.caFile)
            let wrongPath = try await CommandLineProgram.run(
                chat + ["--base-url", url + "/nowhere", "--ca-file", file],
                environment: environment
            )
            #expect(wrongPath.status == 1)
            #expect(wrongPath.errors.contains("--base-url"))
        }
    }

    @Test func `a stream that breaks off keeps what arrived and fails`() async throws {
        try await SimulatedProviders.running(["--fault", "openai:truncate=3"]) { simulated in
            let outcome = try await CommandLineProgram.run(
                simulated.chat("openai", "--stream", "hello"),
                environment: SimulatedProviders.credentials()
            )
            #expect(outcome.status == 2)
            #expect(outcome.output.hasPrefix("Здравствуйте!"))
            #expect(outcome.errors.contains("streamTruncated"))
        }
    }

    @Test func `an overloaded provider is told apart by the exit code`() async throws {
        try await SimulatedProviders.running(["--fault", "retry-after=7@1"]) { simulated in
            let environment = SimulatedProviders.credentials()
            let first = try await CommandLineProgram.run(simulated.chat("openai", "hello"), environment: environment)
            #expect(first.status == 69)
            #expect(first.errors.contains("retry after 7"))
            let second = try await CommandLineProgram.run(simulated.chat("openai", "hello"), environment: environment)
            #expect(second.status == 0, "\(second.errors)")
        }
    }

    @Test func `the time limit ends an answer that never comes`() async throws {
        try await SimulatedProviders.running(["--fault", "silence"]) { simulated in
            let outcome = try await CommandLineProgram.run(
                simulated.chat("openai", "--timeout", "0.2", "hello"),
                environment: SimulatedProviders.credentials()
            )
            #expect(outcome.status == 69)
            #expect(outcome.errors.contains("--timeout"))
        }
    }

    @Test func `the settings reach the client: a time limit of a file, a variable and an option`() async throws {
        try await SimulatedProviders.running(["--fault", "silence"]) { simulated in
            let directory = try TemporaryDirectory("settings")
            let limit = "[pool_settings.timeout]\nfirst_byte = \"200ms\"\n"
            let file = try directory.write("pool.toml", limit)
            let ways: [(arguments: [String], variables: [String: String])] = [
                (["--config", file], [:]), ([], ["POOL_SETTINGS__TIMEOUT__FIRST_BYTE": "0.2"]),
                (["--set", "timeout.first_byte=0.2"], [:]),
            ]
            for way in ways {
                let outcome = try await CommandLineProgram.run(
                    simulated.chat("openai", "hello") + way.arguments,
                    environment: SimulatedProviders.credentials().merging(way.variables) { $1 }
                )
                #expect(outcome.status == 69 && outcome.errors.contains("firstByteTimeout"), "\(outcome.errors)")
            }
        }
    }

    @Test func `settings that cannot be used end chat before it asks`() async throws {
        let outcome = try await CommandLineProgram.run(
            ["chat", "--provider", "openai", "--set", "max_size=many", "--set", "foo=1", "hello"],
            environment: SimulatedProviders.credentials()
        )
        #expect(outcome.status == 78 && outcome.output.isEmpty && outcome.errors.hasPrefix("config: 2 problems"))
    }

    @Test(arguments: providers) func `Ctrl-C in the middle of a stream keeps what arrived`(
        _ provider: String
    ) async throws {
        // The stream goes silent after two chunks: only the signal can end the program.
        try await SimulatedProviders.running(["--fault", "hang=3"]) { simulated in
            let child = try await CommandLineProgram.start(
                simulated.chat(provider, "--stream", "hello"),
                environment: SimulatedProviders.credentials()
            )
            try await child.waitForOutput("Здравствуйте")
            child.signal(SIGINT)
            #expect(try await child.waitForExit() == 130)
            #expect(child.output.hasPrefix("Здравствуйте"))
            #expect(child.output.hasSuffix("\n"))
        }
    }

    @Test func `Ctrl-C ends the wait for a whole answer`() async throws {
        try await LoopbackServer.serving { _ in
            LoopbackReply([.hold])
        } _: { server in
            let child = try await CommandLineProgram.start(
                ["chat", "--provider", "openai", "--base-url", server.url, "--model", "m", "hello"]
            )
            try await server.waitForRequests(1)
            child.signal(SIGINT)
            #expect(try await child.waitForExit() == 130)
            #expect(child.lines.isEmpty)
        }
    }
}
