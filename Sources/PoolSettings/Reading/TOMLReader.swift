internal import CToml

/// Reads a TOML 1.0 document; the C shim's pointers stay in this file.
struct TOMLReader {
    /// What the document is called in origins.
    let file: String

    /// The version of toml++, on which the wording of syntax errors depends.
    static var libraryVersion: String { unsafe String(cString: ctoml_library_version()) }

    /// Reads the root table.
    ///
    /// - Parameter bytes: The document, UTF-8.
    /// - Returns: The root table.
    /// - Throws: ``SyntaxError`` with the first place that is wrong.
    func read(_ bytes: [UInt8]) throws(SyntaxError) -> SettingsNode {
        let document = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe ctoml_parse(UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        guard let document = unsafe document else {
            throw SyntaxError(message: "out of memory", origin: .toml(file: file, line: 1, column: 1))
        }
        defer { unsafe ctoml_free(document) }
        guard unsafe ctoml_is_valid(document) else {
            throw SyntaxError(
                message: Self.plain(unsafe Self.text(ctoml_error_message(document))),
                origin: origin(unsafe ctoml_error_position(document))
            )
        }
        var index = 0
        return unsafe node(document, &index)
    }

    /// The node at `index`, which moves behind all that is in it.
    @unsafe private func node(_ document: OpaquePointer, _ index: inout Int) -> SettingsNode {
        let raw = unsafe ctoml_node_at(document, index)
        let origin = origin(unsafe raw.position)
        index += 1
        let content: SettingsNode.Content
        switch unsafe raw.kind {
        case CTOML_TABLE:
            var members: [(place: ctoml_position, member: SettingsNode.Member)] = []
            for _ in 0..<(unsafe raw.children) {
                let child = unsafe ctoml_node_at(document, index)
                let (key, place) = (unsafe Self.text(child.key), unsafe child.key_position)
                let value = unsafe node(document, &index)
                members.append((place, SettingsNode.Member(key: key, keyOrigin: self.origin(place), node: value)))
            }
            // toml++ sorts by key; people read from the top.
            members.sort { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
            content = .table(members.map(\.member))
        case CTOML_ARRAY:
            var elements: [SettingsNode] = []
            for _ in 0..<(unsafe raw.children) { elements.append(unsafe node(document, &index)) }
            content = .array(elements)
        case CTOML_STRING: content = .string(unsafe Self.text(raw.text))
        case CTOML_INTEGER: content = .integer(unsafe raw.integer)
        case CTOML_NUMBER: content = .number(unsafe raw.number)
        case CTOML_BOOLEAN: content = .bool(unsafe raw.boolean)
        default: content = .date(unsafe Self.text(raw.text))
        }
        return SettingsNode(content: content, origin: origin)
    }

    private func origin(_ position: ctoml_position) -> PoolSettings.Origin {
        .toml(file: file, line: Int(position.line), column: Int(position.column))
    }

    private static func text(_ text: ctoml_text) -> String {
        let bytes = unsafe UnsafeRawBufferPointer(start: text.bytes, count: text.count)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// toml++ begins its messages with "Error", which the reader knows already, or with a capital.
    private static func plain(_ message: String) -> String {
        let text = message.hasPrefix("Error ") ? message.dropFirst(6) : message[...]
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
