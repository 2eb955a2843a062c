/// A conversation: a tree of messages in which every message names its parent.
struct NaparnikConversation: Sendable {
    /// A message of the assistant.
    struct Answer: Sendable {
        /// How many questions lead here.
        var depth: Int
        /// The tools that wait for an acknowledgement, by the calls' ids.
        var openCalls: [String: String]
        /// Rounds of tools gone through for the current question.
        var rounds: Int
        var question: String
    }

    let rootMessage: String
    var answers: [String: Answer] = [:]
    var isBusy = false

    init(rootMessage: String) {
        self.rootMessage = rootMessage
    }
}

/// What the client says of one call.
struct NaparnikAcknowledgement: Hashable, Sendable {
    var callID: String
    /// The server is to run the tool.
    var isAccepted: Bool
    /// A rejection's reason, or the result that the client computed itself.
    var content: String?

    init?(_ json: JSON) {
        guard let id = json["tool_call_id"]?.string, let status = json["status"]?.string,
            ["accepted", "rejected", "ok", "error"].contains(status)
        else { return nil }
        callID = id
        isAccepted = status == "accepted"
        content = json["content"]?.string
    }
}
