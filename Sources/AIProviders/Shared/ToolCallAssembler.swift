/// Gives the fragments of tool calls their positions, whatever a provider does with indexes and ids.
///
/// Seen: no index at all and whole calls (Ollama), index 0 for every call (Ollama), empty strings for the id and the name
/// of continuations (Yandex with Qwen and Gemma), a function's name as its id (Yandex).
struct ToolCallAssembler: Sendable {
    private struct Known {
        var wireIndex: Int?
        var id: String?
    }

    private var calls: [Known] = []

    /// The fragment with its position.
    mutating func fragment(index: Int?, id: String?, name: String?, arguments: String) -> ToolCallFragment {
        let id = id?.nonEmpty
        let name = name?.nonEmpty
        let position = position(index: index, id: id, name: name)
        // The id and the name are given once, even if the provider repeats them.
        let isNew = position == calls.count
        if isNew {
            calls.append(Known(wireIndex: index, id: id))
        } else if calls[position].id == nil {
            calls[position].id = id
        }
        return ToolCallFragment(index: position, id: isNew ? id : nil, name: isNew ? name : nil, arguments: arguments)
    }

    private func position(index: Int?, id: String?, name: String?) -> Int {
        guard let last = calls.indices.last else { return 0 }
        guard let index else {
            // Without an index a name begins a call; anything else continues the last one.
            return name == nil ? last : calls.count
        }
        guard let known = calls.lastIndex(where: { $0.wireIndex == index }) else { return calls.count }
        // The same index with another id and a name is another call.
        if name != nil, let id, let knownID = calls[known].id, knownID != id { return calls.count }
        return known
    }
}
