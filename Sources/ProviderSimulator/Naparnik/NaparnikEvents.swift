/// Writes the events of a Naparnik stream, one after another.
struct NaparnikEvents {
    private(set) var units: [StreamScript.Unit] = []
    private let hasStringDeltas: Bool

    init(hasStringDeltas: Bool) {
        self.hasStringDeltas = hasStringDeltas
    }

    /// The text of a heartbeat comment: the time in milliseconds.
    static var heartbeatText: String {
        "heartbeat \(SystemClock.wall / 1_000_000)"
    }

    private static let noDetails: JSON = ["usage": .null, "max_context_length": .null]

    private mutating func append(_ json: JSON) {
        units.append(.data(json.text))
    }

    /// The user's own message comes back first.
    mutating func echo(_ id: String) {
        append([
            "role": "user", "uuid": .string(id), "finished": true, "content": .null, "details": Self.noDetails,
        ])
    }

    mutating func heartbeat(pause: Duration) {
        units += [.comment(Self.heartbeatText), .pause(pause)]
    }

    mutating func garbage() {
        units.append(.data("не json"))
    }

    /// The result of a tool.
    mutating func result(_ text: String, callID: String) {
        append([
            "role": "tool", "type": "tool", "tool_call_id": .string(callID),
            "content": ["type": "tool", "content": .string((["content": .string(text)] as JSON).text)],
            "finished": true,
        ])
    }

    /// The server calls a tool that does not exist and tells itself so: an answer before the real one.
    mutating func unknownTool(_ id: String, result: String) {
        append([
            "uuid": .string(id), "role": .null,
            "content_delta": [
                "content": "",
                "tool_calls": [["index": 0, "id": "call-x", "function": ["name": "Search_ITS"]]],
            ],
        ])
        append([
            "uuid": .string(id), "role": "assistant", "content": ["content": "", "tool_calls": .null], "finished": true,
        ])
        append([
            "uuid": .string(result), "role": "tool", "content": ["content": "'Search_ITS' is unknown tool."],
            "finished": true,
        ])
    }

    mutating func start(_ id: String) {
        append(["uuid": .string(id), "role": "assistant", "content": .null, "finished": false])
    }

    mutating func deltas(_ id: String, _ script: AnswerScript, calls: [ToolCall], callIDs: [String]) {
        if let reasoning = script.reasoning {
            append(delta(id, ["content": "", "reasoning_content": .string(reasoning)]))
        }
        for chunk in script.chunks {
            append(delta(id, hasStringDeltas ? .string(chunk) : ["content": .string(chunk)]))
        }
        if !calls.isEmpty {
            append(delta(id, ["content": "", "tool_calls": .array(list(calls, callIDs, isIndexed: true))]))
        }
    }

    /// The whole answer, which overrides the deltas.
    mutating func final(_ id: String, _ script: AnswerScript, calls: [ToolCall], callIDs: [String]) {
        let list = calls.isEmpty ? JSON.null : .array(list(calls, callIDs, isIndexed: false))
        append([
            "uuid": .string(id), "role": "assistant",
            "content": ["content": .string(script.text), "tool_calls": list],
            "finished": true,
            "details": [
                "finish_reason": calls.isEmpty ? "stop" : "tool_calls",
                "usage": [
                    "prompt_tokens": .integer(script.promptTokens),
                    "total_tokens": .integer(script.promptTokens + script.completionTokens),
                ],
                "max_context_length": 262_144,
            ],
        ])
    }

    private func delta(_ id: String, _ content: JSON) -> JSON {
        [
            "uuid": .string(id), "role": .null, "content_delta": content, "finished": false,
            "details": Self.noDetails,
        ]
    }

    private func list(_ calls: [ToolCall], _ ids: [String], isIndexed: Bool) -> [JSON] {
        calls.indices.map { index in
            let call: [JSON.Member] = [
                JSON.Member(name: "id", value: .string(ids[index])),
                JSON.Member(name: "type", value: "function"),
                JSON.Member(
                    name: "function",
                    value: ["name": .string(calls[index].name), "arguments": .string(calls[index].arguments.text)]
                ),
            ]
            return .object((isIndexed ? [JSON.Member(name: "index", value: .integer(index))] : []) + call)
        }
    }
}
