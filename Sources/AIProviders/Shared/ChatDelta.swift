/// A piece of a streamed answer.
public enum ChatDelta: Sendable, Hashable {
    /// The answer has begun: the provider's id of the request and the model, as far as they are known.
    case started(requestID: String?, model: String?)
    /// The next piece of the text.
    case text(String)
    /// All of the text so far is void; this is the text now.
    ///
    /// YandexGPT may revise what it already sent, and 1C:Naparnik may start its answer anew.
    case replace(String)
    /// The next piece of what the model thinks.
    case reasoning(String)
    /// The next piece of a tool call.
    case toolCall(ToolCallFragment)
    /// Why the model stopped. Usage may still follow.
    case finished(FinishReason)
    /// What the answer cost; of several the last counts.
    case usage(Usage)
    /// Opaque state to be sent back with the message, see ``ChatMessage/stateID``.
    case state(String)
    /// Fields in which the provider wrote what the model thinks, to be sent back with the message: see
    /// ``ChatMessage/reasoningFields``.
    case reasoningFields([String: JSONValue])

    /// The next piece of the text, if this is one.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

/// Puts the pieces of a stream together.
public struct ChatAccumulator: Sendable, Hashable {
    /// The answer as far as it has arrived.
    public private(set) var response = ChatResponse()
    private var positions: [Int: Int] = [:]
    /// Bytes of reasoning and of tool calls' arguments.
    private var otherBytes = 0

    /// Bytes of text, reasoning and arguments that have arrived; counting them costs nothing.
    var byteCount: Int { response.text.utf8.count + otherBytes }

    /// Makes an empty accumulator.
    public init() {}

    /// Whether nothing of the answer has arrived: no text, no reasoning, no tool call.
    public var isEmpty: Bool {
        response.text.isEmpty && response.reasoning == nil && response.toolCalls.isEmpty
    }

    /// Adds the next piece.
    public mutating func add(_ delta: ChatDelta) {
        switch delta {
        case .started(let requestID, let model):
            response.requestID = requestID ?? response.requestID
            response.model = model ?? response.model
        case .text(let text):
            response.text += text
        case .replace(let text):
            response.text = text
        case .reasoning(let text):
            otherBytes += text.utf8.count
            response.reasoning = (response.reasoning ?? "") + text
        case .toolCall(let fragment):
            add(fragment)
        case .finished(let reason):
            response.finishReason = reason
        case .usage(let usage):
            response.usage = usage
        case .state(let state):
            response.stateID = state
        case .reasoningFields(let fields):
            response.reasoningFields.merge(fields) { _, new in new }
        }
    }

    private mutating func add(_ fragment: ToolCallFragment) {
        let position: Int
        if let known = positions[fragment.index] {
            position = known
        } else {
            position = response.toolCalls.count
            positions[fragment.index] = position
            response.toolCalls.append(ToolCall(name: "", argumentsText: ""))
        }
        if let id = fragment.id { response.toolCalls[position].id = id }
        if let name = fragment.name { response.toolCalls[position].name = name }
        response.toolCalls[position].extra.merge(fragment.extra) { _, new in new }
        otherBytes += fragment.arguments.utf8.count
        response.toolCalls[position].argumentsText += fragment.arguments
    }
}
