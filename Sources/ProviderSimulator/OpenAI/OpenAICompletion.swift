/// One chat completion in the OpenAI format: whole or as a stream.
struct OpenAICompletion: Sendable {
    let dialect: OpenAIDialect
    let id: String
    let model: String
    let created: Int
    let request: OpenAIChatRequest
    let answer: AnswerScript
    let calls: [ToolCall]
    /// Identifiers of the calls, in their order.
    let callIDs: [String]
    /// More members of `usage`.
    var usageExtras: [JSON.Member] = []

    init(
        _ request: OpenAIChatRequest,
        answer: SimulatorAnswer,
        dialect: OpenAIDialect,
        identifiers: IdentifierSource,
        model: String? = nil
    ) {
        self.request = request
        self.dialect = dialect
        self.model = model ?? request.model
        id = dialect.idPrefix + identifiers.uuid()
        created = Int(SystemClock.wall / 1_000_000_000)
        let calls = ToolCall.calls(
            for: request.prompt,
            tools: request.tools,
            choice: request.toolChoice,
            isAnsweringResult: request.isAnsweringResult
        )
        self.calls = calls
        callIDs = calls.map {
            dialect.usesNameAsCallID ? $0.name : "call_" + identifiers.text(24, from: IdentifierSource.base64URL)
        }
        if let schema = request.schema {
            let text = SchemaSampler(prompt: request.prompt).sample(schema).text
            self.answer = AnswerScript(text: text, prompt: request.prompt, context: request.context, answer: answer)
        } else if request.wantsJSONObject {
            let text = (["answer": .string(request.prompt)] as JSON).text
            self.answer = AnswerScript(text: text, prompt: request.prompt, context: request.context, answer: answer)
        } else {
            self.answer = AnswerScript(answer, prompt: request.prompt, context: request.context)
        }
    }

    private var finishReason: JSON {
        calls.isEmpty ? "stop" : "tool_calls"
    }

    /// The count of tokens.
    var usage: JSON {
        let usage: JSON = [
            "prompt_tokens": .integer(answer.promptTokens),
            "completion_tokens": .integer(answer.completionTokens),
            "total_tokens": .integer(answer.promptTokens + answer.completionTokens),
        ]
        return .object((usage.members ?? []) + usageExtras)
    }

    // MARK: Whole

    /// The answer as one object.
    var whole: JSON {
        let callContent = dialect.writesNullContent ? JSON.null : .string("")
        var message: JSON = ["role": "assistant", "content": calls.isEmpty ? .string(answer.text) : callContent]
        if let field = dialect.reasoningField { message = message.adding(field, answer.reasoning.map(JSON.string)) }
        if !calls.isEmpty { message = message.adding("tool_calls", .array(calls.indices.map(wholeCall))) }
        return [
            "id": .string(id),
            "object": "chat.completion",
            "created": .integer(created),
            "model": .string(model),
            "choices": [["index": 0, "message": message, "finish_reason": finishReason]],
            "usage": usage,
        ]
    }

    private func wholeCall(_ index: Int) -> JSON {
        let call: JSON = [
            "id": .string(callIDs[index]),
            "type": "function",
            "function": ["name": .string(calls[index].name), "arguments": .string(calls[index].arguments.text)],
        ]
        guard dialect.indexesWholeCalls else { return call }
        return .object([JSON.Member(name: "index", value: .integer(index))] + (call.members ?? []))
    }

    // MARK: Stream

    /// The answer as a stream's units, with the end marker.
    var units: [StreamScript.Unit] {
        var deltas = calls.isEmpty ? textDeltas : callDeltas
        if dialect.hasRoleChunk, calls.isEmpty || dialect.toolCallStyle != .whole {
            deltas.insert(["role": "assistant"], at: 0)
        } else if let first = deltas.first {
            deltas[0] = .object([JSON.Member(name: "role", value: "assistant")] + (first.members ?? []))
        }
        let finishesWithDelta = !calls.isEmpty && dialect.toolCallStyle == .whole
        let last = finishesWithDelta ? deltas.popLast() : nil
        var chunks = deltas.map { chunk($0, finish: nil) }
        var final = chunk(last ?? .object([]), finish: finishReason)
        if dialect.usageStyle == .withFinish { final = final.adding("usage", usage) }
        chunks.append(final)
        if dialect.usageStyle == .always || dialect.usageStyle == .onRequest && request.wantsUsage {
            chunks.append(envelope([]).adding("usage", usage))
        }
        return chunks.map { .data($0.text) } + [.done]
    }

    private func envelope(_ choices: [JSON]) -> JSON {
        [
            "id": .string(id),
            "object": "chat.completion.chunk",
            "created": .integer(created),
            "model": .string(model),
            "choices": .array(choices),
        ]
    }

    private func chunk(_ delta: JSON, finish: JSON?) -> JSON {
        let choice: JSON = ["index": 0, "delta": delta]
        return envelope([choice.adding("finish_reason", finish ?? (dialect.writesNullFinish ? .null : nil))])
    }

    private var textDeltas: [JSON] {
        var deltas: [JSON] = answer.chunks.map { ["content": .string($0)] }
        if let field = dialect.reasoningField, let reasoning = answer.reasoning {
            deltas.insert(.object([JSON.Member(name: field, value: .string(reasoning))]), at: 0)
        }
        return deltas
    }

    private var callDeltas: [JSON] {
        calls.indices.flatMap { index -> [JSON] in
            switch dialect.toolCallStyle {
            case .whole: [["tool_calls": [indexed(index, wholeCall(index))]]]
            case .fragments: fragments(index, firstType: "function", continuation: nil)
            case .emptyStrings(let firstType): fragments(index, firstType: firstType, continuation: "")
            }
        }
    }

    private func indexed(_ index: Int, _ call: JSON) -> JSON {
        call["index"] == nil
            ? .object([JSON.Member(name: "index", value: .integer(index))] + (call.members ?? [])) : call
    }

    private func fragments(_ index: Int, firstType: String, continuation: String?) -> [JSON] {
        let first: JSON = [
            "index": .integer(index), "id": .string(callIDs[index]), "type": .string(firstType),
            "function": ["name": .string(calls[index].name), "arguments": ""],
        ]
        let pieces = AnswerScript.cut(calls[index].arguments.text, into: 3).map { piece -> JSON in
            guard let continuation else {
                return ["index": .integer(index), "function": ["arguments": .string(piece)]]
            }
            return [
                "index": .integer(index), "id": .string(continuation), "type": .string(continuation),
                "function": ["name": .string(continuation), "arguments": .string(piece)],
            ]
        }
        return ([first] + pieces).map { ["tool_calls": [$0]] }
    }
}
