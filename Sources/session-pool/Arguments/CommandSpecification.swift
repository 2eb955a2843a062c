/// What a command is called, takes and does: the one source of its parser and its help.
struct CommandSpecification: Sendable {
    /// One option.
    struct Option: Sendable {
        /// The name without dashes.
        let name: String
        /// What the value is called in the help; nil for a flag, which has none.
        let value: String?
        /// What it does, in one line.
        let summary: String
        /// Whether it may be given more than once; of any other option the last one counts.
        let isRepeatable: Bool

        /// An option with a value.
        static func value(_ name: String, _ value: String, _ summary: String, isRepeatable: Bool = false) -> Option {
            Option(name: name, value: value, summary: summary, isRepeatable: isRepeatable)
        }

        /// An option without a value.
        static func flag(_ name: String, _ summary: String) -> Option {
            Option(name: name, value: nil, summary: summary, isRepeatable: false)
        }
    }

    /// The command's name.
    let name: String
    /// What it does, in one line.
    let summary: String
    /// What it takes besides options, as the help shows it; nil for nothing.
    var operands: String?
    /// Its options; `--help` is added to them.
    let options: [Option]
    /// Further paragraphs of the help.
    var details: [String] = []

    /// The option of a name.
    func option(_ name: String) -> Option? { options.first { $0.name == name } }

    /// The text of `session-pool <command> --help`.
    var help: String {
        let usage = ["session-pool", name, "[options]", operands].compactMap(\.self).joined(separator: " ")
        let all = options + [.flag("help", "Show this help.")]
        let names = all.map { "--" + $0.name + ($0.value.map { " " + $0 } ?? "") }
        let lines = zip(names, all).map { ("  " + $0, $1.summary) }
        return ([summary, "", "Usage: \(usage)", "", "Options:", Self.columns(lines)] + details.flatMap { ["", $0] })
            .joined(separator: "\n") + "\n"
    }

    /// Lines of two columns, the first as wide as its longest text.
    static func columns(_ lines: [(String, String)]) -> String {
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { $1.isEmpty ? $0 : $0.padded(to: width) + "  " + $1 }.joined(separator: "\n")
    }
}
