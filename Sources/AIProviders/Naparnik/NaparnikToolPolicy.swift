/// What a ``NaparnikClient`` answers when the model asks for tools.
public struct NaparnikToolPolicy: Sendable {
    /// What is done with one call.
    public enum Decision: Sendable, Hashable {
        /// The server may run it.
        case accept
        /// It is not run; the text tells the model why, or gives it a result that was computed here.
        case reject(String)
        /// It is handed to the caller, as a tool call of the answer.
        case handOver
    }

    /// How many times tools are answered before the client gives up; default: 12: 4 to 8 rounds are usual.
    public var maxRounds: Int
    /// Decides on a call of a tool that the request did not define; those of the request are always handed over.
    public var decide: @Sendable (ToolCall) -> Decision

    /// Makes a policy.
    public init(maxRounds: Int = 12, decide: @escaping @Sendable (ToolCall) -> Decision) {
        self.maxRounds = maxRounds
        self.decide = decide
    }

    /// Accepts the tools that the server runs by itself, and rejects those that need an editor.
    public static let serverTools = NaparnikToolPolicy { call in
        call.name.hasPrefix("mcp__") || ownTools.contains(call.name)
            ? .accept : .reject("The tool \(call.name) is not available here.")
    }

    /// Rejects every tool: the model answers from what it knows.
    public static let rejectAll = NaparnikToolPolicy { _ in .reject("Tools are not available here.") }

    /// Hands every call to the caller.
    public static let handOverAll = NaparnikToolPolicy { _ in .handOver }

    private static let ownTools: Set<String> = ["TodoWrite", "TaskResult"]
}
