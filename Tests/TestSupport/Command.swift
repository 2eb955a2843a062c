import Foundation

/// Programs of the system that tests need.
package enum Command {
    /// A program is not installed: the test fails, it is never skipped.
    package struct NotFound: Error, CustomStringConvertible {
        package let name: String

        package init(name: String) {
            self.name = name
        }

        package var description: String {
            "\(name) is not installed; `Scripts/setup --tests` installs what the tests need"
        }
    }

    /// A program ended with a status other than 0.
    package struct Failed: Error, CustomStringConvertible {
        package let command: String
        package let status: Int32
        package let output: String

        package var description: String { "\(command) ended with \(status):\n\(output)" }
    }

    /// The path of a program, looked up in `PATH` and in the system directories that a user's `PATH` may lack.
    package static func find(_ name: String) throws -> String {
        if name.hasPrefix("/") { return name }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        let candidates = directories.map { "\($0)/\(name)" }
        guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw NotFound(name: name)
        }
        return found
    }

    /// Runs a program to its end and returns what it printed, standard output and standard error together.
    @discardableResult
    package static func run(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> String {
        let child = try await ChildProcess.start(name, arguments, environment: environment)
        let status = try await child.waitForExit()
        let output = child.output
        guard status == 0 else {
            throw Failed(command: ([name] + arguments).joined(separator: " "), status: status, output: output)
        }
        return output
    }
}
