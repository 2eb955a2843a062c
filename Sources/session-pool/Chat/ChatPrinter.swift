internal import AIProviders

/// Prints an answer, whole or while it arrives, as text or as JSON.
struct ChatPrinter: Sendable {
    private let provider: Provider
    private let printsJSON: Bool
    private let streams: Bool
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var accumulator = ChatAccumulator()
    private var whole: ChatResponse?
    private var firstText: Duration?
    /// Whether the cursor stands behind text, so that a line end is due.
    private var isInLine = false

    /// Makes a printer; its time begins now.
    init(provider: Provider, printsJSON: Bool, streams: Bool) {
        self.provider = provider
        self.printsJSON = printsJSON
        self.streams = streams
        begin = clock.now
    }

    private var response: ChatResponse { whole ?? accumulator.response }

    /// Takes a piece of a stream and shows it.
    mutating func add(_ delta: ChatDelta) throws(CommandFailure) {
        let before = accumulator.response.text
        accumulator.add(delta)
        if firstText == nil, !accumulator.isEmpty { firstText = clock.now - begin }
        if printsJSON {
            if let line = ChatOutput.Piece(delta) { try Console.writeJSON(line, isCompact: true) }
            return
        }
        switch delta {
        case .text(let text): try show(text)
        case .replace(let text): try revise(from: before, to: text)
        default: break
        }
    }

    /// Takes a whole answer.
    mutating func take(_ response: ChatResponse) {
        whole = response
    }

    /// Ends the output of a complete answer.
    mutating func finish() throws(CommandFailure) {
        if printsJSON {
            try writeOutput(isComplete: true)
        } else {
            if !streams { try show(response.text) }
            try endLine()
        }
        if response.finishReason == .contentFilter {
            Console.note("session-pool: the provider's filter took the answer, or a part of it, away\n")
        } else if response.finishReason == .length {
            Console.note("session-pool: the answer was cut at the token limit\n")
        }
    }

    /// Ends the output after a failure: what had arrived stays, and is told apart from a whole answer.
    mutating func end(after error: any Error) -> CommandFailure {
        var failure =
            (error as? CommandFailure) ?? (error as? ProviderError).map { CommandFailure($0) }
            ?? CommandFailure(.failure, "\(error)")
        // Nobody reads any more.
        if failure.code == .brokenPipe || failure.code == .outputFailed { return failure }
        if whole == nil, let partial = (error as? ProviderError)?.partial { whole = partial }
        let hasArrived = !response.text.isEmpty
        do throws(CommandFailure) {
            if printsJSON, hasArrived { try writeOutput(isComplete: false) }
            // An answer that was not to be streamed is not passed off as one: a part of it is shown in JSON only.
            try endLine()
        } catch {
            return error
        }
        if hasArrived, failure.code != .refused { failure = CommandFailure(.incomplete, failure.message) }
        return failure
    }

    // MARK: Text

    private mutating func show(_ text: String) throws(CommandFailure) {
        guard !text.isEmpty else { return }
        try Console.write(text)
        isInLine = !text.hasSuffix("\n")
    }

    /// What is printed cannot be taken back: the new text follows, unless it merely goes on.
    private mutating func revise(from old: String, to new: String) throws(CommandFailure) {
        if new.hasPrefix(old) {
            try show(String(new.dropFirst(old.count)))
            return
        }
        try endLine()
        Console.note("session-pool: the provider has revised its answer; it follows anew\n")
        try show(new)
    }

    private mutating func endLine() throws(CommandFailure) {
        if isInLine { try Console.write("\n") }
        isInLine = false
    }

    private func writeOutput(isComplete: Bool) throws(CommandFailure) {
        let output = ChatOutput(
            provider: provider.rawValue,
            response: response,
            isComplete: isComplete,
            seconds: (clock.now - begin).seconds.rounded(digits: 6),
            secondsToFirstText: firstText?.seconds.rounded(digits: 6)
        )
        try Console.writeJSON(output, isCompact: streams)
    }
}
