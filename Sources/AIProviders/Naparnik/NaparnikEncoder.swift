/// Writes the messages of 1C:Naparnik's conversations.
struct NaparnikEncoder: Sendable {
    let configuration: NaparnikConfiguration

    /// What a chat request means for a conversation.
    struct Plan: Sendable, Hashable {
        /// The conversation to go on with; `nil` begins one.
        var state: NaparnikState?
        /// The message to send; the id of the message that it follows is added when it is known.
        var body: [String: JSONValue]
    }

    /// The answer to one tool call.
    struct Acknowledgement: Sendable, Hashable {
        var id: String
        var status: String
        var content: String?

        /// Answers a call by itself; a call without an id is named by its function or its position.
        init(_ call: ToolCall, at index: Int, decision: NaparnikToolPolicy.Decision) {
            id = call.id.nonEmpty ?? call.name.nonEmpty ?? "call-\(index)"
            switch decision {
            case .accept:
                status = "accepted"
            case .reject(let reason):
                status = "rejected"
                content = reason
            case .handOver:
                status = "rejected"
                content = "The tool \(call.name) gave no result."
            }
        }

        /// Answers a call with a result that was computed here.
        init(_ call: ToolCall, at index: Int, result: String, status: String) {
            self.init(call, at: index, decision: .reject(result))
            self.status = status
        }
    }

    /// The body that begins a conversation.
    func conversation(skill: String? = nil) -> JSONValue {
        [
            "is_chat": true,
            "skill_name": .string(skill ?? configuration.skillName),
            "ui_language": .string(configuration.uiLanguage),
            "programming_language": .string(configuration.programmingLanguage),
            "script_language": .string(configuration.scriptLanguage),
        ]
    }

    /// The message that acknowledges tool calls.
    static func acknowledgement(parent: String?, _ items: [Acknowledgement]) -> JSONValue {
        .object([
            "role": "tool",
            "parent_uuid": parent.map(JSONValue.string) ?? .null,
            "content": .array(
                items.map {
                    [
                        "tool_call_id": .string($0.id),
                        "status": .string($0.status),
                        "content": $0.content.map(JSONValue.string) ?? .null,
                    ]
                }
            ),
        ])
    }

    /// Plans a chat: goes on with the conversation of the last message that carries its state, or begins one.
    func plan(_ request: ChatRequest) throws(ProviderError) -> Plan {
        switch request.responseFormat {
        case .none, .text: break
        default:
            throw ProviderError(.unsupported, .naparnik, "1C:Naparnik answers in text only; there is no JSON format.")
        }
        switch request.toolChoice {
        case nil, .auto?, ToolChoice.none?: break
        case .required?, .tool?:
            throw ProviderError(.unsupported, .naparnik, "1C:Naparnik cannot be made to call a tool; ask it in words.")
        }
        guard let position = request.messages.lastIndex(where: { $0.stateID.flatMap { NaparnikState($0) } != nil }),
            let state = request.messages[position].stateID.flatMap({ NaparnikState($0) })
        else {
            return Plan(state: nil, body: try question(Self.transcript(request.messages), request))
        }
        let new = Array(request.messages[(position + 1)...])
        if new.contains(where: { $0.role == .tool }) {
            return Plan(state: state, body: results(new, of: request.messages[position].toolCalls))
        }
        return Plan(state: state, body: try question(Self.transcript(new), request))
    }

    /// The body of a question.
    func question(_ text: String, _ request: ChatRequest) throws(ProviderError) -> [String: JSONValue] {
        guard !text.isEmpty else {
            throw ProviderError(.invalidRequest, .naparnik, "There is no new message to send.")
        }
        guard text.count <= configuration.maxInputLength else {
            throw ProviderError(
                .requestTooLarge,
                .naparnik,
                "The message has \(text.count) characters; at most \(configuration.maxInputLength) are sent."
            )
        }
        let tools = request.tools.map { tool -> JSONValue in
            [
                "name": .string(tool.name),
                "description": .string(tool.description ?? ""),
                "parameters": tool.parameters,
            ]
        }
        var body: [String: JSONValue] = [
            "role": "user",
            "content": ["content": ["instruction": .string(text)], "tools": .array(tools)],
        ]
        body.merge(request.extra) { _, given in given }
        return body
    }

    /// The acknowledgement of `calls` with the results among `messages`; calls without a result are left to the policy.
    private func results(_ messages: [ChatMessage], of calls: [ToolCall]) -> [String: JSONValue] {
        let results = messages.filter { $0.role == .tool }
        let items = calls.enumerated().map { index, call -> Acknowledgement in
            let result = results.first { message in
                message.toolCallID.map { $0 == call.id } ?? (message.name == call.name)
            }
            guard let result else {
                return Acknowledgement(call, at: index, decision: configuration.toolPolicy.decide(call))
            }
            let status = configuration.localResultStatus
            return Acknowledgement(call, at: index, result: result.content, status: status)
        }
        return Self.acknowledgement(parent: nil, items).object ?? [:]
    }

    /// One text for a conversation that the server does not know: the question alone, or all messages with their roles.
    static func transcript(_ messages: [ChatMessage]) -> String {
        let system = messages.filter { $0.role == .system }.map(\.content)
        let rest = messages.filter { $0.role != .system && !$0.content.isEmpty }
        let talk =
            rest.count == 1
            ? [rest[0].content] : rest.map { "\($0.role.rawValue):\n\($0.content)" }
        return (system + talk).joined(separator: "\n\n")
    }
}
