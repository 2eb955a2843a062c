extension OptionType where Value == String {
    /// A text of one line with something in it.
    static var text: OptionType {
        OptionType(name: "string", limits: "", read: { Self.text($0) }, show: { .text($0) })
    }

    /// The path of a file.
    static var path: OptionType {
        OptionType(name: "path", limits: "", read: { Self.text($0) }, show: { .text($0) })
    }

    /// One of these words, in any case.
    static func word(_ words: [String]) -> OptionType {
        OptionType(
            name: "choice",
            limits: words.joined(separator: ", "),
            read: { node in
                Words(words).read(node)
            },
            show: { .text($0) }
        )
    }

    fileprivate static func text(_ node: SettingsNode) -> Result<String, Mismatches> {
        guard let text = node.string else { return .wrong("must be a string") }
        guard !text.trimmed.isEmpty else { return .wrong("must not be empty") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            return .wrong("must not contain control characters")
        }
        return .success(text)
    }
}

extension OptionType where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of an enumeration's words, in any case; `synonyms` are other spellings of them.
    static func choice(synonyms: [String: Value] = [:]) -> OptionType {
        let words = Words(Value.allCases.map(\.rawValue))
        return OptionType(
            name: "choice",
            limits: words.all.joined(separator: ", "),
            read: { node in
                if let word = node.string?.lowercased(), let value = synonyms[word] { return .success(value) }
                return words.read(node).flatMap { word in
                    guard let value = Value(rawValue: word) else { return .wrong(words.rule) }
                    return .success(value)
                }
            },
            show: { .text($0.rawValue) }
        )
    }
}

/// A choice between words.
private struct Words: Sendable {
    let all: [String]

    init(_ all: [String]) {
        self.all = all
    }

    var rule: String { "must be one of " + all.map(\.quoted).joined(separator: ", ") }

    func read(_ node: SettingsNode) -> Result<String, Mismatches> {
        guard let given = node.string else { return .wrong(rule) }
        if let word = all.first(where: { $0.lowercased() == given.lowercased() }) { return .success(word) }
        let hint = Spelling.nearest(to: given, of: all).map { "did you mean \($0.quoted)?" }
        return .wrong(rule, hint: hint)
    }
}

extension OptionType where Value == [String] {
    /// Several texts: a list, or one text with commas.
    static var texts: OptionType {
        OptionType(
            name: "strings",
            limits: "",
            read: { node in
                if let text = node.string, !text.hasPrefix("[") {
                    return .success(text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty })
                }
                return list(node, "must be a list of strings, or one string with commas") {
                    OptionType<String>.text($0)
                }
            },
            show: { .list($0.map { .text($0) }) }
        )
    }
}

extension OptionType where Value == [Int] {
    /// Status codes that may be repeated: a list, or in a variable one text with commas.
    static var statuses: OptionType {
        // Asking again does not make a request valid, paid for or allowed.
        let never: Set<Int> = [400, 401, 403, 404]
        let base = OptionType<Int>.integer(400...599)
        return OptionType(
            name: "integers",
            limits: "400...599, not 400, 401, 403, 404",
            read: { node in
                var node = node
                if case .text(let text) = node.content, !text.trimmed.hasPrefix("[") {
                    let parts = text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
                    node = SettingsNode(
                        content: .array(parts.map { SettingsNode(content: .text($0), origin: node.origin) }),
                        origin: node.origin
                    )
                }
                return list(node, "must be a list of whole numbers") { element in
                    base.read(element).flatMap {
                        never.contains($0)
                            ? .wrong("must not be 400, 401, 403 or 404: repeating does not help") : .success($0)
                    }
                }
            },
            show: { .list($0.map { .integer($0) }) }
        )
    }
}

/// Reads each element of a list; what is wrong with one is reported at its index.
func list<Element>(
    _ node: SettingsNode,
    _ rule: String,
    _ read: (SettingsNode) -> Result<Element, Mismatches>
) -> Result<[Element], Mismatches> {
    let parsed: SettingsNode
    do throws(SyntaxError) {
        // A text that does not look like JSON would only give a puzzling error.
        if case .text(let text) = node.content, !text.trimmed.hasPrefix("[") { return .wrong(rule) }
        parsed = try node.readingJSON()
    } catch {
        return .wrong("is no JSON: \(error.message)")
    }
    guard case .array(let nodes) = parsed.content else { return .wrong(rule) }
    var (elements, wrong): ([Element], [Mismatch]) = ([], [])
    for (index, node) in nodes.enumerated() {
        switch read(node) {
        case .success(let element): elements.append(element)
        case .failure(let mismatches):
            wrong += mismatches.list.map { mismatch in
                var mismatch = mismatch
                let inner = mismatch.part
                mismatch.part = Mismatch.Part(
                    path: "[\(index)]" + (inner?.path ?? ""),
                    node: inner == nil ? node : inner?.node,
                    origin: inner?.origin
                )
                return mismatch
            }
        }
    }
    return wrong.isEmpty ? .success(elements) : .failure(Mismatches(wrong))
}
