/// One of the program's commands.
protocol Command: Sendable {
    /// What it is called and takes.
    static var specification: CommandSpecification { get }

    /// Reads its arguments.
    init(_ arguments: ParsedArguments) throws(UsageError)

    /// Does the work.
    ///
    /// - Parameter interruption: What Ctrl-C does.
    /// - Returns: What the shell is told.
    /// - Throws: ``CommandFailure`` when the work cannot be done.
    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode
}
