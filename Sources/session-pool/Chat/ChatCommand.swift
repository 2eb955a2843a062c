internal import AIProviders
internal import FoundationEssentials
internal import HTTPSessionPool
internal import PoolSettings

/// `chat`: one question to one provider.
struct ChatCommand: Command {
    static let specification = CommandSpecification(
        name: "chat",
        summary: "Ask a provider one question.",
        operands: "[prompt]",
        options: [
            .value("provider", "NAME", "gigachat, yandexgpt, naparnik or openai (anything in OpenAI's format)."),
            .value("base-url", "URL", "The API's base URL instead of the provider's own."),
            .value("auth-url", "URL", "Where GigaChat's tokens are fetched."),
            .value("model", "NAME", "The model."),
            .value("system", "TEXT", "Instructions for the model."),
            .flag("stream", "Print the answer while it arrives."),
            .flag("no-pool", "Use a private session instead of the pool's."),
            .flag("json", "Print one JSON object; with --stream one JSON line per piece, then the whole."),
            .value("ca-file", "FILE", "PEM file of root certificates to trust besides the system's."),
            .value("timeout", "SECONDS", "The longest that the answer may take."),
            .value("config", "PATH", "The settings file (default: as config show finds it)."),
            .value("config-json", "PATH", "A JSON file over it."),
            .value("set", "NAME=VALUE", "An option, over everything else.", isRepeatable: true),
        ],
        details: [
            "The prompt is the argument, or standard input when there is none.",
            """
            Credentials come from the environment:
              gigachat   GIGACHAT_CREDENTIALS (and GIGACHAT_SCOPE), GIGACHAT_ACCESS_TOKEN, GIGACHAT_CA_BUNDLE_FILE, ...
              yandexgpt  YC_FOLDER_ID with YC_API_KEY, YC_IAM_TOKEN, YC_OAUTH_TOKEN or YC_TOKEN
              naparnik   ONEC_AI_TOKEN, ONEC_AI_TOKEN_FILE or NAPARNIK_API_KEY
              openai     OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL
            """,
            """
            Time limits, proxy, roots and the accounts' limits come from the settings (session-pool config show); a
            provider's own variable counts over files, and the options above over everything.
            """,
        ]
    )

    /// The longest prompt read from standard input, in bytes.
    private static let promptLimit = 16 * 1_024 * 1_024

    private let provider: ChatProvider
    private let settings: ChatProvider.Settings
    private let sources: PoolSettings.Sources
    private let prompt: String?
    private let system: String?
    private let streams: Bool
    private let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        guard let provider = try arguments.choice("provider", as: ChatProvider.self) else {
            let names = ChatProvider.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(message: "--provider is missing: give one of \(names)")
        }
        var settings = ChatProvider.Settings()
        settings.baseURL = try arguments.string("base-url")
        settings.authURL = try arguments.string("auth-url")
        if settings.authURL != nil, provider != .gigachat {
            throw UsageError(message: "--auth-url is for gigachat only")
        }
        settings.model = try arguments.string("model")
        settings.timeout = try arguments.duration(
            "timeout",
            unit: .seconds(1),
            named: "seconds",
            isZeroAllowed: false
        )
        settings.usesPool = !arguments.has("no-pool")
        var sources = try ConfigCommand.sources(arguments)
        if let file = try arguments.string("ca-file") { sources.set("ca_file", text: file, option: "--ca-file") }
        self.sources = sources
        self.provider = provider
        self.settings = settings
        prompt =
            arguments.operands.isEmpty || arguments.operands == ["-"] ? nil : arguments.operands.joined(separator: " ")
        system = try arguments.string("system")
        streams = arguments.has("stream")
        printsJSON = arguments.has("json")
    }

    func run(_ interruption: Interruption) async throws(CommandFailure) -> ExitCode {
        guard let loaded = ConfigReport.load(sources) else { return .configuration }
        let client = try provider.client(settings, loaded)
        try ConfigReport.bootstrap(loaded)
        let request = ChatRequest(try readPrompt(), system: system)
        let printer = ChatPrinter(provider: client.provider, printsJSON: printsJSON, streams: streams)
        let outcome = await interruption.cancelling { [streams] in
            await ask(client, request, streams: streams, printer)
        }
        await client.close()
        await SessionPool.closeShared(grace: .zero)
        if let code = interruption.exitCode { return code }
        if let outcome { throw outcome }
        return .success
    }

    private func readPrompt() throws(CommandFailure) -> String {
        if prompt == nil, Console.isInputTerminal {
            Console.note("Type the prompt; end it with Ctrl-D on a line of its own.\n")
        }
        let text: String
        if let prompt { text = prompt } else { text = try Console.readAll(limit: Self.promptLimit) }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw CommandFailure(.usage, "the prompt is empty: give it as an argument or on standard input")
        }
        // The line end of `echo` and of Ctrl-D is not a part of the question.
        return prompt == nil ? String(text.reversed().drop { $0.isNewline }.reversed()) : text
    }
}

/// Asks and prints; the failure, if there is one.
private func ask(
    _ client: any ChatClient,
    _ request: ChatRequest,
    streams: Bool,
    _ printer: ChatPrinter
) async -> CommandFailure? {
    var printer = printer
    do {
        if streams {
            for try await delta in client.stream(request) { try printer.add(delta) }
        } else {
            printer.take(try await client.chat(request))
        }
        try printer.finish()
        return nil
    } catch {
        return printer.end(after: error)
    }
}
