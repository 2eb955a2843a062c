/// Gives the fragments of tool calls their positions, whatever a provider does with indexes, ids and names.
///
/// The rules, in their order. "Whole" arguments are a complete JSON object or array; an empty id, name or text is none.
///
/// 1. A fragment continues the call of its index; without an index, the call of its id; without either, the last call.
///    An index that is not known yet continues the call of the same id and name while that call's arguments are not whole
///    (LocalAI counts the index up in the middle of a call), unless the id is the function's name, which is no id (Yandex).
/// 2. It begins another call instead when it
///    - names another function with another id,
///    - names a function, and the arguments so far are whole, unless the id is the same and given, or the name is the same and
///      nothing else comes (Gemini and Ollama give every call the index 0, Gemini without ids; whole calls come without index
///      as well),
///    - names a function without an index, and there is no text of arguments that waits to be continued,
///    - begins an object or array after whole arguments, with no id or another one (a second call with index 0 and nothing else).
/// 3. The first id and the first name that come count, in whatever fragment (vLLM writes the name second, and ids late); an
///    id that changes within a call is ignored, as some servers make a new one for each fragment.
/// 4. Before any arguments, a further name of the same call is its next piece, or the whole name where it begins with what is
///    known; the same name again changes nothing.
/// 5. Whole arguments that come once more in the same call are a repetition, and dropped.
struct ToolCallAssembler: Sendable {
    fileprivate struct Known {
        var wireIndex: Int?
        var id: String?
        var name: String?
        var arguments = JSONExtent()
    }

    private var calls: [Known] = []

    /// The fragment with its position; the id and the name are given when they become known, and the name when it grows.
    mutating func fragment(
        index: Int?,
        id: String?,
        name: String?,
        arguments: String,
        extra: [String: JSONValue] = [:]
    ) -> ToolCallFragment {
        let id = id?.nonEmpty
        let name = name?.nonEmpty
        let piece = Piece(index: index, id: id, name: name, arguments: arguments)
        let candidate = candidate(for: piece)
        let isOther = candidate.map { begins(piece, after: calls[$0]) } ?? true
        let position = isOther ? calls.count : candidate ?? calls.count
        if isOther { calls.append(Known(wireIndex: index)) }
        var fragment = ToolCallFragment(index: position, extra: extra)
        if let id, calls[position].id == nil {
            calls[position].id = id
            fragment.id = id
        }
        if isOther, name == nil, let candidate {
            // A call of nothing but arguments after whole ones is of the same function.
            calls[position].name = calls[candidate].name
            fragment.name = calls[position].name
        }
        if let name, let whole = calls[position].grown(by: name) {
            calls[position].name = whole
            fragment.name = whole
        }
        if calls[position].arguments.isWhole, calls[position].arguments.matches(arguments) { return fragment }
        calls[position].arguments.take(arguments)
        fragment.arguments = arguments
        return fragment
    }

    private struct Piece {
        let index: Int?
        let id: String?
        let name: String?
        let arguments: String

        /// Whether there is no text.
        var isBlank: Bool { arguments.allSatisfy(\.isWhitespace) }
        /// Whether the text begins an object or array.
        var beginsValue: Bool { arguments.first { !$0.isWhitespace }.map { $0 == "{" || $0 == "[" } ?? false }
    }

    /// The call that the fragment would continue, by rule 1.
    private func candidate(for piece: Piece) -> Int? {
        let sameID = piece.id.flatMap { id in calls.lastIndex { $0.id == id } }
        guard let index = piece.index else { return sameID ?? calls.indices.last }
        if let known = calls.lastIndex(where: { $0.wireIndex == index }) { return known }
        guard let sameID, piece.id != (piece.name ?? calls[sameID].name),
            piece.name == nil || calls[sameID].name == nil || calls[sameID].name == piece.name,
            !calls[sameID].arguments.isWhole || calls[sameID].arguments.matches(piece.arguments)
        else { return nil }
        return sameID
    }

    /// Whether the fragment begins a call of its own, by rule 2.
    private func begins(_ piece: Piece, after known: Known) -> Bool {
        let isOtherID = piece.id != nil && known.id != nil && piece.id != known.id
        let isSameID = piece.id != nil && piece.id == known.id && piece.id != known.name
        if isSameID { return false }
        let isWhole = known.arguments.isWhole
        guard let name = piece.name else { return isWhole && piece.beginsValue }
        if isOtherID, let knownName = known.name, knownName != name { return true }
        if isWhole { return known.name != nil && (known.name != name || isOtherID || !piece.isBlank) }
        if piece.index == nil, known.name != nil { return known.arguments.isEmpty || known.name != name }
        return false
    }
}

extension ToolCallAssembler.Known {
    /// The name after a fragment's name, by rules 3 and 4; `nil` when it stays as it is.
    fileprivate func grown(by piece: String) -> String? {
        guard let name else { return piece }
        guard arguments.isEmpty, piece != name else { return nil }
        return piece.hasPrefix(name) ? piece : name + piece
    }
}

/// How much of a JSON object or array has arrived in pieces: each byte is looked at once.
struct JSONExtent: Sendable, Hashable {
    private var bytes: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var hasBegun = false

    /// Whether nothing but white space has come.
    var isEmpty: Bool { !hasBegun && bytes.isEmpty }
    /// Whether an object or array has come, and its end.
    var isWhole: Bool { hasBegun && depth == 0 }

    /// Takes the next piece.
    mutating func take(_ piece: String) {
        for byte in piece.utf8 {
            if isEmpty, byte <= UInt8(ascii: " ") { continue }
            bytes.append(byte)
            look(at: byte)
        }
    }

    /// Whether a text is the same as what has come.
    func matches(_ text: String) -> Bool {
        bytes.elementsEqual(text.trimmingWhitespace.utf8)
    }

    private mutating func look(at byte: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            hasBegun = true
            depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
        default: break
        }
    }
}
