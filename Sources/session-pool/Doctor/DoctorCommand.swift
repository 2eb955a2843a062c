/// `doctor`: what this machine has, and what of the package that allows.
struct DoctorCommand: Command {
    static let specification = CommandSpecification(
        name: "doctor",
        summary: "Show the libcurl, CA bundle and proxies found here, and what they allow.",
        options: [.flag("json", "Print one JSON object.")],
        details: ["Exit code 1 means that something which the package needs is missing; the output says what to do."]
    )

    private let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        printsJSON = arguments.has("json")
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        let report = DoctorReport()
        if printsJSON {
            try Console.writeJSON(report)
        } else {
            try Console.write(report.text)
        }
        return report.problems.isEmpty ? .success : .failure
    }
}
