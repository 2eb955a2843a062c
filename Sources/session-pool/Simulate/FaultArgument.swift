internal import ProviderSimulator

/// A value of `--fault`: `[PROVIDER:]NAME[=N][/EVERY][@COUNT]`.
struct FaultArgument {
    /// A fault that can be asked for.
    private struct Kind: Sendable {
        let name: String
        /// What the number means and is when it is not given; nil when there is none.
        let number: (meaning: String, standard: Int, range: ClosedRange<Int>)?
        let summary: String
        let faults: @Sendable (Int) -> SimulatorFaults
    }

    /// The rules that the simulator gets.
    let rules: [SimulatorFaultRule]

    /// Reads one value.
    init(_ text: String) throws(UsageError) {
        var rest = text[...]
        var provider: SimulatorProvider?
        if let colon = rest.firstIndex(of: ":") {
            let name = String(rest[..<colon])
            guard let known = SimulatorProvider(rawValue: name) else {
                throw UsageError.unknown("provider", name, of: SimulatorProvider.allCases.map(\.rawValue))
            }
            provider = known
            rest = rest[rest.index(after: colon)...]
        }
        var count: Int?
        if let at = rest.lastIndex(of: "@") {
            count = try Self.number(rest[rest.index(after: at)...], in: 1...Int(Int32.max), of: text)
            rest = rest[..<at]
        }
        var every = 1
        if let slash = rest.lastIndex(of: "/") {
            every = try Self.number(rest[rest.index(after: slash)...], in: 1...Int(Int32.max), of: text)
            rest = rest[..<slash]
        }
        let parts = rest.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let kind = Self.kinds.first(where: { $0.name == name }) else {
            throw UsageError.unknown("fault", name, of: Self.kinds.map(\.name))
        }
        var number = kind.number?.standard ?? 0
        if parts.count == 2 {
            guard let range = kind.number?.range else { throw UsageError(message: "the fault \(name) takes no number") }
            number = try Self.number(parts[1], in: range, of: text)
        }
        let faults = kind.faults(number)
        rules = (provider.map { [$0] } ?? SimulatorProvider.allCases).flatMap { provider in
            Self.chatPaths(provider).map {
                SimulatorFaultRule(faults, provider: provider, path: $0, every: every, count: count)
            }
        }
    }

    /// What the paths of requests for chats contain: faults leave the fetching of tokens alone.
    private static func chatPaths(_ provider: SimulatorProvider) -> [String] {
        switch provider {
        case .gigachat, .openai: ["/chat/completions"]
        case .yandexgpt: ["ompletion"]
        case .naparnik: ["/messages", "/chat/completions"]
        }
    }

    private static func number(_ text: Substring, in range: ClosedRange<Int>, of whole: String) throws(UsageError)
        -> Int
    {
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                message:
                    "--fault \(whole): '\(text)' is no whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    // MARK: The faults

    private static let chunks = (meaning: "chunks", standard: 1, range: 0...1_000)

    private static let kinds: [Kind] = [
        Kind(
            name: "status",
            number: ("status", 503, 400...599),
            summary: "an error answer",
            faults: { .failure(SimulatorFaults.Failure(status: $0)) }
        ),
        Kind(
            name: "retry-after",
            number: ("seconds", 1, 0...86_400),
            summary: "429 with Retry-After",
            faults: { .failure(SimulatorFaults.Failure(status: 429, retryAfter: "\($0)")) }
        ),
        Kind(
            name: "html",
            number: ("status", 502, 400...599),
            summary: "a proxy's HTML page",
            faults: { .failure(SimulatorFaults.Failure(status: $0, body: .html)) }
        ),
        Kind(name: "silence", number: nil, summary: "no answer at all", faults: { _ in .hang() }),
        Kind(
            name: "hang",
            number: chunks,
            summary: "silence after so many chunks",
            faults: { .hang(SimulatorFaults.Hang(afterChunks: $0)) }
        ),
        Kind(
            name: "heartbeat",
            number: ("ms", 1_000, 1...60_000),
            summary: "a comment so often, and nothing else",
            faults: { .hang(SimulatorFaults.Hang(afterChunks: 0, heartbeat: .milliseconds($0))) }
        ),
        Kind(
            name: "truncate",
            number: chunks,
            summary: "the connection closes after so many chunks",
            faults: { .ending(.truncated(afterChunks: $0)) }
        ),
        Kind(
            name: "reset",
            number: chunks,
            summary: "the connection is reset after so many chunks",
            faults: { .ending(.reset(afterChunks: $0)) }
        ),
        Kind(
            name: "error",
            number: chunks,
            summary: "an error inside the stream after so many chunks",
            faults: { .ending(.error(afterChunks: $0, message: "The model has failed.")) }
        ),
        Kind(name: "no-done", number: nil, summary: "a stream without [DONE]") { _ in
            var style = SimulatorFaults.StreamStyle()
            style.omitsDone = true
            return .stream(style)
        },
        Kind(name: "drip", number: ("bytes", 1, 1...65_536), summary: "writes of so many bytes, 1 ms apart") { bytes in
            var faults = SimulatorFaults()
            faults.drip = SimulatorFaults.Drip(bytes: bytes, interval: .milliseconds(1))
            return faults
        },
        Kind(name: "close", number: nil, summary: "Connection: close after the answer") { _ in
            var faults = SimulatorFaults()
            faults.closesConnection = true
            return faults
        },
    ]

    /// The part of the command's help about `--fault`.
    static var help: String {
        let lines = kinds.map { kind in
            let number = kind.number.map { "=\($0.meaning.uppercased()) (\($0.standard))" } ?? ""
            return ("  " + kind.name + number, kind.summary)
        }
        return """
            --fault takes [PROVIDER:]NAME[=N][/EVERY][@COUNT]: only that provider's chats, only each EVERYth of those
            that no earlier fault has hit, at most COUNT (counted per provider and interface). The number in brackets
            is the default.
            \(CommandSpecification.columns(lines))
            """
    }
}
