/// What the program tells the shell; the numbers from 64 on are those of `sysexits.h`, 130 and 143 are 128 + the signal.
enum ExitCode: Int32, CaseIterable, Sendable {
    /// All went well.
    case success = 0
    /// The work failed.
    case failure = 1
    /// An answer broke off; what had arrived was printed.
    case incomplete = 2
    /// The arguments cannot be understood.
    case usage = 64
    /// The service cannot be reached, or is overloaded.
    case unavailable = 69
    /// The output cannot be written.
    case outputFailed = 74
    /// The credential was refused.
    case refused = 77
    /// A setting is missing or cannot be used.
    case configuration = 78
    /// Ended by Ctrl-C.
    case interrupted = 130
    /// The reader of the output has gone.
    case brokenPipe = 141
    /// Ended by `SIGTERM`.
    case terminated = 143

    /// What the help says about it.
    var meaning: String {
        switch self {
        case .success: "success"
        case .failure: "the work failed"
        case .incomplete: "an answer broke off; what had arrived was printed"
        case .usage: "the arguments cannot be understood"
        case .unavailable: "the service cannot be reached, or is overloaded"
        case .outputFailed: "the output cannot be written"
        case .refused: "the credential was refused"
        case .configuration: "a setting is missing or cannot be used"
        case .interrupted: "ended by Ctrl-C"
        case .brokenPipe: "the reader of the output has gone"
        case .terminated: "ended by SIGTERM"
        }
    }
}

/// Why a command could not do its work.
struct CommandFailure: Error, Sendable {
    /// What the shell is told.
    let code: ExitCode
    /// What happened and what to do, in one line without secrets; empty when there is nothing to say.
    let message: String

    /// Makes a failure; line ends in texts of others become spaces.
    init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
