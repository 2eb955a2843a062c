import TestSupport

/// The `curl` program: the client that proves the harness before the product is tested with it.
enum Curl {
    /// What a run of the program ended with.
    struct Outcome: Sendable {
        /// curl's own exit code; 0 is success.
        let exitCode: Int32
        let output: String
    }

    /// Runs `curl` without its settings file and without progress output.
    static func run(_ arguments: String...) async throws -> Outcome {
        let child = try await ChildProcess.start("curl", ["-q", "--silent", "--noproxy", "none"] + arguments)
        let exitCode = try await child.waitForExit()
        return Outcome(exitCode: exitCode, output: child.output)
    }
}
