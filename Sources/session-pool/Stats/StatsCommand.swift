internal import FoundationEssentials
internal import HTTPSessionPool

/// `stats`: asks a running server for its pool's statistics.
struct StatsCommand: Command {
    static let specification = CommandSpecification(
        name: "stats",
        summary: "Ask a running `serve` for its pool's statistics and print a table.",
        operands: "[URL]",
        options: [
            .value("token-file", "FILE", "A file with the token that the server wants."),
            .flag("json", "Print the server's JSON as it is."),
        ],
        details: ["URL is where the server listens (default: http://127.0.0.1:8000)."]
    )

    /// Errors that mean that nobody is there who answers.
    private static let isAbsent: Set<SessionError.Code> = [.connectionFailed, .connectTimeout, .connectionLost]

    private static let path = "/pool/stats"

    private let url: String
    private let tokenFile: String?
    private let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        guard arguments.operands.count <= 1 else { throw UsageError(message: "stats takes one URL") }
        let given = arguments.operands.first ?? "http://127.0.0.1:8000"
        url = given.hasSuffix(Self.path) ? String(given.dropLast(Self.path.count)) : given
        tokenFile = try arguments.string("token-file")
        printsJSON = arguments.has("json")
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        let token = try tokenFile.map { path throws(CommandFailure) in try TokenFile.read(path) }
        let outcome = await interruption.cancelling { () -> Result<Response, SessionError> in
            do throws(SessionError) {
                return .success(try await ask(token: token))
            } catch {
                return .failure(error)
            }
        }
        if let code = interruption.exitCode { return code }
        let response: Response
        do throws(SessionError) {
            response = try outcome.get()
        } catch {
            guard error.code != .invalidURL else {
                // What stands before an @ may be a password.
                let shown = url.contains("@") ? "that" : "'\(url)'"
                throw CommandFailure(.usage, "\(shown) is no address of a server: \(error.message)")
            }
            let advice = Self.isAbsent.contains(error.code) ? " Is `session-pool serve` running there?" : ""
            throw CommandFailure(.unavailable, "no statistics from \(url): \(error.message)\(advice)")
        }
        try check(response)
        if printsJSON {
            try Console.write(response.text + "\n")
        } else {
            try Console.write(StatsReport(try decode(response)).text)
        }
        return .success
    }

    private func ask(token: String?) async throws(SessionError) -> Response {
        var configuration = SessionConfiguration()
        configuration.headers["Accept"] = "application/json"
        if let token { configuration.headers["Authorization"] = "Bearer \(token)" }
        let session = try Session(url, configuration: configuration)
        do throws(SessionError) {
            let response = try await session.get(Self.path)
            await session.close()
            return response
        } catch {
            await session.close()
            throw error
        }
    }

    private func check(_ response: Response) throws(CommandFailure) {
        switch response.status.rawValue {
        case 200: return
        case 401:
            let what =
                tokenFile.map { "does not accept the token in \($0)" } ?? "wants its token: give it with --token-file"
            throw CommandFailure(.refused, "\(url) \(what)")
        case 404:
            let words = "\(url) has no statistics: give the URL of `session-pool serve` without a path"
            throw CommandFailure(.failure, words)
        default: throw CommandFailure(.failure, "\(url) answered with status \(response.status.rawValue)")
        }
    }

    private func decode(_ response: Response) throws(CommandFailure) -> StatsDocument {
        do {
            return try JSONDecoder().decode(StatsDocument.self, from: Data(response.body))
        } catch {
            throw CommandFailure(.failure, "what \(url) answered is no statistics of a pool")
        }
    }
}
