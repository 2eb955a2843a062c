internal import Glibc

/// The program: finds the command and runs it.
@main
struct Program {
    /// The program's version.
    static let version = "0.1.0"

    private static let commands: [any Command.Type] = [
        DemoCommand.self, ChatCommand.self, SimulateCommand.self, ServeCommand.self, StatsCommand.self,
        ConfigCommand.self, DoctorCommand.self,
    ]

    /// Not `async`: an asynchronous main function gives the main thread to libdispatch, which starts a thread that takes
    /// signals whatever is blocked.
    static func main() {
        let interruption = Interruption()
        Task { @concurrent in
            let code: ExitCode
            do throws(CommandFailure) {
                code = try await run(Array(CommandLine.arguments.dropFirst()), interruption)
            } catch {
                if !error.message.isEmpty { Console.note("session-pool: \(error.message)\n") }
                code = error.code
            }
            exit(code.rawValue)
        }
        interruption.waitForSignals()
    }

    private static func run(
        _ arguments: [String],
        _ interruption: Interruption
    ) async throws(CommandFailure) -> ExitCode {
        var arguments = arguments
        guard let first = arguments.first else {
            Console.note(help)
            return .usage
        }
        arguments.removeFirst()
        switch first {
        case "--version":
            try Console.write("session-pool \(version)\n")
            return .success
        case "--help", "-h", "help":
            guard let topic = arguments.first(where: { !$0.hasPrefix("-") }) else {
                try Console.write(help)
                return .success
            }
            try Console.write(try command(topic).specification.help)
            return .success
        default:
            return try await run(try command(first), arguments, interruption)
        }
    }

    private static func run(
        _ command: any Command.Type,
        _ arguments: [String],
        _ interruption: Interruption
    ) async throws(CommandFailure) -> ExitCode {
        let specification = command.specification
        let prepared: (any Command)?
        do throws(UsageError) {
            let parsed = try ArgumentParser(command: specification).parse(arguments)
            prepared = parsed.wantsHelp ? nil : try command.init(parsed)
        } catch {
            throw CommandFailure(.usage, "\(error.message) (see session-pool \(specification.name) --help)")
        }
        guard let prepared else {
            try Console.write(specification.help)
            return .success
        }
        return try await prepared.run(interruption)
    }

    private static func command(_ name: String) throws(CommandFailure) -> any Command.Type {
        for command in commands where command.specification.name == name { return command }
        let known = commands.map { $0.specification.name }
        let what = name.hasPrefix("-") ? "option" : "command"
        let error = UsageError.unknown(what, name, of: name.hasPrefix("-") ? ["--help", "--version"] : known)
        throw CommandFailure(.usage, "\(error.message) (see session-pool --help)")
    }

    private static var help: String {
        let columns = CommandSpecification.columns
        let codes = ExitCode.allCases.map { ("  \($0.rawValue)", $0.meaning) }
        return """
            Talks to AI providers through pooled HTTP sessions, and shows what the pool is good for.

            Usage: session-pool <command> [options]

            Commands:
            \(columns(commands.map { ("  " + $0.specification.name, $0.specification.summary) }))

            Options:
              --help     Show this help, or a command's: session-pool <command> --help.
              --version  Show the version.

            Exit codes:
            \(columns(codes))

            """
    }
}
