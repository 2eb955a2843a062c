import Foundation
import PoolSettings
import TestSupport
import Testing

/// `session-pool config`, as a child process.
@Suite struct ConfigCommandTests {
    /// What a run left behind.
    private struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs the program in a directory of its own, without settings from outside.
    private func run(
        _ arguments: [String],
        in directory: TemporaryDirectory,
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let program = bundle.deletingLastPathComponent().appendingPathComponent("session-pool").path
        // Foundation leaks its buffer when it reads an empty file: each gets a line end more.
        let script = "cd \"$1\"; shift; \"$@\" >out 2>err </dev/null; status=$?; echo >>out; echo >>err; exit $status"
        let clean = ["XDG_CONFIG_HOME": directory.path, "POOL_CONFIG_FILE": "", "POOL_CONFIG_JSON": ""]
        let child = try await ChildProcess.start(
            "sh",
            ["-c", script, "sh", directory.path, program, "config"] + arguments,
            environment: clean.merging(environment) { _, new in new }
        )
        let status = try await child.waitForExit()
        return Outcome(
            status: status,
            output: String(try String(contentsOfFile: directory.file("out"), encoding: .utf8).dropLast()),
            errors: String(try String(contentsOfFile: directory.file("err"), encoding: .utf8).dropLast())
        )
    }

    @Test func `show finds the file and tells where values come from`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("ccproxy.toml", "[pool_settings]\nmin_size = 3\nmax_size = 9\n")
        let outcome = try await run(
            ["show", "--origin", "--set", "max_waiters=5"],
            in: directory,
            environment: ["POOL_SETTINGS__MAX_SIZE": "8", "POOL_SETTINGS__MAX_SZE": "7"]
        )
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains { $0.hasPrefix("min_size = 3 # ./ccproxy.toml:2:12") })
        #expect(lines.contains("max_size = 8 # env POOL_SETTINGS__MAX_SIZE"))
        #expect(lines.contains("max_waiters = 5 # option --set"))
        #expect(lines.contains("max_sessions = 10 # default"))
        #expect(
            outcome.errors == """
                config: warning: pool_settings.max_sze: unknown variable - did you mean "POOL_SETTINGS__MAX_SIZE"? \
                [from env POOL_SETTINGS__MAX_SZE]

                """
        )
        // The output is a settings file.
        try directory.write("shown.toml", outcome.output)
        #expect(try PoolSettings.load(.only(file: directory.file("shown.toml"))).settings.maxSize == 8)
    }

    @Test func `show prints JSON`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("other.json", #"{"pool_settings": {"retry": {"max_retries": 1}}}"#)
        let outcome = try await run(["show", "--json", "--config", file], in: directory)
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let settings = json?["pool_settings"] as? [String: Any]
        #expect((settings?["retry"] as? [String: Any])?["max_retries"] as? Int == 1)
        #expect(json?["files"] as? [String] == [file])
    }

    @Test func `settings that cannot be used end with 78 and a line for each problem`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            ".ccproxy.toml",
            "[pool_settings]\nmin_size = 5\nacquire_timout = 3\nidle_timeout = \"5 minuts\"\n"
        )
        let outcome = try await run(["show"], in: directory, environment: ["POOL_SETTINGS__MAX_SIZE": "2"])
        #expect(outcome.status == 78)
        #expect(outcome.output.isEmpty)
        #expect(
            outcome.errors == """
                config: 3 problems
                  pool_settings.acquire_timout: unknown key - did you mean "acquire_timeout"? [from ./.ccproxy.toml:3:1]
                  pool_settings.idle_timeout: expected seconds or a duration like "300s" (got "5 minuts") \
                [from ./.ccproxy.toml:4:16]
                  pool_settings.max_size: must be >= min_size 5 (got 2) [from env POOL_SETTINGS__MAX_SIZE]

                """
        )
    }

    @Test func `check looks at files alone`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "good.toml",
            "[pool_settings]\nmax_lifetime_seconds = 60\nidle_timeout = 30\nretry.base = 1\n"
        )
        try directory.write("bad.toml", "[pool_settings]\nmin_size = \n")
        let environment = ["POOL_SETTINGS__MAX_SIZE": "many"]
        let good = try await run(["check", "good.toml"], in: directory, environment: environment)
        #expect(good.status == 0, "\(good.errors)")
        #expect(
            good.output == """
                good.toml: ok, 3 settings
                  note: pool_settings.max_lifetime_seconds: is another name of "max_age" [from good.toml:2:1]
                  not applied by this version: retry.base

                """
        )
        let both = try await run(["check", "bad.toml", "good.toml"], in: directory, environment: environment)
        #expect(both.status == 78)
        #expect(both.output == good.output)
        #expect(both.errors.hasPrefix("config: 1 problem\n  bad.toml:2:12: while parsing"))
        let missing = try await run(["check", "missing.toml"], in: directory)
        #expect(missing.status == 78)
        #expect(missing.errors == "config: 1 problem\n  missing.toml: cannot be read: No such file or directory\n")
    }

    @Test(arguments: [
        ([], "config needs one of show, check, options"), (["shwo"], "did you mean show?"),
        (["check"], "config check needs a file"), (["show", "x.toml"], "config show takes no argument"),
        (["check", "x.toml", "--origin"], "--origin is for config show only"),
        (["show", "--set", "max_size"], "give a name and a value"),
    ])
    func `a mistake in the arguments is one line`(_ arguments: [String], _ words: String) async throws {
        let outcome = try await run(arguments, in: try TemporaryDirectory())
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: ["README.md", "README.ru.md"]) func `the READMEs have the table of options`(_ name: String)
        async throws
    {
        let text = try String(contentsOf: Fixture.url("../\(name)"), encoding: .utf8)
        let titles =
            name == "README.md"
            ? OptionTable.titles : ["настройка", "по умолчанию", "значения", "другие имена", "откуда", "действует"]
        let hasTable = text.contains(OptionTable.markdown(titles: titles))
        #expect(hasTable, "session-pool config options prints it")
        let outcome = try await run(["options"], in: try TemporaryDirectory())
        #expect(outcome.output == OptionTable.markdown(titles: OptionTable.titles))
    }

    /// The fenced blocks of a README's section on settings.
    private static func blocks(_ name: String, _ language: String) throws -> [String] {
        let text = try String(contentsOf: Fixture.url("../\(name)"), encoding: .utf8)
        return text.components(separatedBy: "```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    @Test(arguments: ["README.md", "README.ru.md"]) func `the READMEs' example is a settings file`(_ name: String)
        throws
    {
        let example = try #require(try Self.blocks(name, "toml").first)
        let directory = try TemporaryDirectory()
        var sources = PoolSettings.Sources()
        sources.file = .path(try directory.write("ccproxy.toml", example))
        sources.environment = ["CORPORATE_PROXY": "http://user:password@proxy.example:3128"]
        let loaded = try PoolSettings.load(sources)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.settings.maxSize == 20 && loaded.settings.idleTimeout == .seconds(600))
        #expect(loaded.settings.timeout.firstByte == .seconds(120))
    }

    @Test(arguments: ["README.md", "README.ru.md"]) func `the READMEs' problems are those that are told`(
        _ name: String
    ) async throws {
        let shown = try #require(try Self.blocks(name, "text").first { $0.hasPrefix("config: ") })
        let directory = try TemporaryDirectory()
        try directory.write(
            "ccproxy.toml",
            "[pool_settings]\nmin_size = 5\n\n\n\n\nacquire_timout = 3\nidle_timeout = \"5 minuts\"\n"
        )
        let outcome = try await run(["show"], in: directory, environment: ["POOL_SETTINGS__MAX_SIZE": "2"])
        #expect(outcome.errors == shown)
    }
}
