import Foundation
import TestSupport

/// The `session-pool` program as a child process.
enum CommandLineProgram {
    /// What a run that has ended left behind.
    struct Outcome {
        /// The exit code, or 128 + the number of the signal.
        let status: Int32
        /// Standard output.
        let output: String
        /// Standard error.
        let errors: String

        /// Standard output as a JSON value.
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try JSONDecoder().decode(type, from: Data(output.utf8))
        }
    }

    /// The program lies beside the test bundle, built by the same command.
    static func path() throws -> String {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = bundle.deletingLastPathComponent().appendingPathComponent("session-pool").path
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Command.NotFound(name: path) }
        return path
    }

    /// Variables that would change what the program does, emptied: an empty variable counts as not set.
    private static func environment(_ added: [String: String]) -> [String: String] {
        let prefixes = ["GIGACHAT_", "YC_", "ONEC_AI_", "NAPARNIK_", "OPENAI_", "YANDEX_CLOUD_", "POOL_"]
        let names = ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "IAM_TOKEN", "FOLDER_ID"]
        let own = ProcessInfo.processInfo.environment.keys.filter { key in
            names.contains(key) || prefixes.contains { key.hasPrefix($0) }
        }
        return Dictionary(uniqueKeysWithValues: own.map { ($0, "") })
            .merging(["LC_ALL": "C.UTF-8"]) { _, new in new }
            .merging(added) { _, new in new }
    }

    /// Starts the program; standard output and standard error arrive together.
    static func start(_ arguments: [String], environment added: [String: String] = [:]) async throws -> ChildProcess {
        try await ChildProcess.start("env", [try path()] + arguments, environment: environment(added))
    }

    /// Runs the program to its end; `input` is what it reads from standard input.
    static func run(
        _ arguments: [String],
        environment added: [String: String] = [:],
        input: String? = nil
    ) async throws -> Outcome {
        let directory = try TemporaryDirectory("command-line")
        let source = try input.map { try directory.write("in", $0) } ?? "/dev/null"
        let (output, errors) = (directory.file("out"), directory.file("err"))
        let script = "input=$1 out=$2 err=$3; shift 3; exec \"$@\" <\"$input\" >\"$out\" 2>\"$err\""
        var environment = environment(added)
        #if ADDRESS_SANITIZER
            // `chat` exits beside a running event loop. By its fast unwinder, LeakSanitizer would not know OpenSSL's
            // per-thread memory by its frames; the slow one takes too long for a demo's hundreds of connections.
            if arguments.first == "chat" {
                environment["ASAN_OPTIONS"] = "fast_unwind_on_malloc=0"
                // So slow that a busy machine needs more than the usual 5 s to connect.
                environment["POOL_SETTINGS__TIMEOUT__CONNECT"] = "60s"
            }
        #endif
        let child = try await ChildProcess.start(
            "sh",
            ["-c", script, "sh", source, output, errors, try path()] + arguments,
            environment: environment
        )
        let status = try await child.waitForExit()
        return Outcome(
            status: status,
            output: String(decoding: try directory.read("out"), as: UTF8.self),
            errors: String(decoding: try directory.read("err"), as: UTF8.self)
        )
    }
}

/// The simulator as a child process, started by `session-pool simulate`.
struct SimulatedProviders {
    /// The line that it prints when it is ready.
    struct Endpoints: Decodable, Sendable {
        let gigachat: [String: String]
        let yandexgpt: [String: String]
        let naparnik: [String: String]
        let openai: [String: String]
        let caFile: String?

        enum CodingKeys: String, CodingKey {
            case gigachat, yandexgpt, naparnik, openai
            case caFile = "ca_file"
        }
    }

    /// The only credential that it lets in: valid as GigaChat's Base64 and as everybody's token.
    static let credential = "dXNlcjpzZWNyZXQ="

    let process: ChildProcess
    let endpoints: Endpoints

    /// Runs the body beside a simulator, which is stopped afterwards.
    static func running(
        _ arguments: [String] = [],
        _ body: (SimulatedProviders) async throws -> Void
    ) async throws {
        let process = try await CommandLineProgram.start(["simulate", "--credential", credential] + arguments)
        let lines = try await process.wait("one line of JSON") { !$0.isEmpty }
        let endpoints = try JSONDecoder().decode(Endpoints.self, from: Data((lines.first ?? "").utf8))
        do {
            try await body(SimulatedProviders(process: process, endpoints: endpoints))
        } catch {
            try await process.terminate()
            throw error
        }
        try await process.terminate()
    }

    /// The arguments of `chat` for a provider of the simulator.
    func chat(_ provider: String, _ more: String...) -> [String] {
        let url =
            switch provider {
            case "gigachat": endpoints.gigachat["base_url"]
            case "yandexgpt": endpoints.yandexgpt["base_url"]
            case "naparnik": endpoints.naparnik["base_url"]
            default: endpoints.openai["base_url"]
            }
        var arguments = ["chat", "--provider", provider, "--base-url", url ?? ""]
        if provider == "gigachat" { arguments += ["--auth-url", endpoints.gigachat["auth_url"] ?? ""] }
        if let file = endpoints.caFile { arguments += ["--ca-file", file] }
        return arguments + more
    }

    /// The variables with the credentials of all providers.
    static func credentials(_ credential: String = credential) -> [String: String] {
        [
            "GIGACHAT_CREDENTIALS": credential, "YC_FOLDER_ID": "b1g", "YC_API_KEY": credential,
            "ONEC_AI_TOKEN": credential, "OPENAI_API_KEY": credential, "OPENAI_MODEL": "gpt-4o-mini",
        ]
    }
}
