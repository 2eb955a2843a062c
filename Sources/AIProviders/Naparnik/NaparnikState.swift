/// Where in which conversation a message stands: what ``ChatMessage/stateID`` holds for 1C:Naparnik.
struct NaparnikState: Sendable, Hashable {
    /// The conversation's id.
    var conversation: String
    /// The id of the assistant's answer that the next message follows; without it the server forgets the history.
    var parent: String

    /// Makes a state.
    init(conversation: String, parent: String) {
        self.conversation = conversation
        self.parent = parent
    }

    /// Reads a state; `nil` for the text of another provider.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let conversation = String(parts[0]).nonEmpty, let parent = String(parts[1]).nonEmpty
        else { return nil }
        self.init(conversation: conversation, parent: parent)
    }

    /// The state as text.
    var text: String { conversation + "/" + parent }
}
