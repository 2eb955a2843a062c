/// Takes `<think>…</think>` and `<thinking>…</thinking>` out of a text that arrives in pieces.
///
/// A tag may be cut anywhere by the pieces, so an end that could still become a tag is held back until it is decided.
struct ThinkTagFilter: Sendable, Hashable {
    private var held = ""
    private var closing: String?
    private var dropsSpace = false

    /// What came out: what the user sees, and what the model thought.
    struct Output: Sendable, Hashable {
        var text = ""
        var thoughts = ""
    }

    private static let tags = [("<think>", "</think>"), ("<thinking>", "</thinking>")]

    /// Takes the next piece.
    mutating func take(_ piece: String) -> Output {
        held += piece
        var output = Output()
        while let next = step(&output) {
            held = next
        }
        return output
    }

    /// Takes note that the text has ended: what was held back is no tag.
    mutating func finish() -> Output {
        var output = Output()
        emit(held, &output)
        held = ""
        return output
    }

    /// The visible part of a whole text, and the thoughts in it.
    static func split(_ text: String) -> Output {
        var filter = ThinkTagFilter()
        var output = filter.take(text)
        let rest = filter.finish()
        output.text += rest.text
        output.thoughts += rest.thoughts
        return output
    }

    /// Emits what is decided; gives what is left to look at, or `nil` when more input is needed.
    private mutating func step(_ output: inout Output) -> String? {
        guard let start = held.firstIndex(of: "<") else {
            emit(held, &output)
            held = ""
            return nil
        }
        emit(String(held[..<start]), &output)
        let rest = held[start...]
        if let closing {
            if rest.hasPrefix(closing) {
                self.closing = nil
                dropsSpace = true
                return String(rest.dropFirst(closing.count))
            }
            return skip(rest, couldBecome: [closing], &output)
        }
        for (opening, closing) in Self.tags where rest.hasPrefix(opening) {
            self.closing = closing
            return String(rest.dropFirst(opening.count))
        }
        return skip(rest, couldBecome: Self.tags.map(\.0), &output)
    }

    private mutating func skip(_ rest: Substring, couldBecome tags: [String], _ output: inout Output) -> String? {
        if tags.contains(where: { $0.hasPrefix(rest) }) {
            held = String(rest)
            return nil
        }
        emit("<", &output)
        return String(rest.dropFirst())
    }

    private mutating func emit(_ text: String, _ output: inout Output) {
        guard closing == nil else {
            output.thoughts += text
            return
        }
        // The blank lines between the thoughts and the answer belong to neither.
        let visible = dropsSpace ? String(text.drop { $0.isWhitespace }) : text
        if !visible.isEmpty { dropsSpace = false }
        output.text += visible
    }
}
