extension NaparnikService {
    /// What the next stream of a conversation is about.
    private struct Turn {
        var question: String
        var depth: Int
        var rounds: Int
        /// Results to tell before the assistant speaks.
        var results: [(id: String, text: String)] = []
        var wasRejected = false
        var clientTools: [ToolSpecification] = []
        /// The user's message that the stream echoes; nil after an acknowledgement.
        var echo: String?
    }

    /// `POST …/conversations/{id}/messages`.
    func message(_ request: HTTPRequest, conversation id: String, token: String) throws(NaparnikError) -> Reply {
        let json = try object(request)
        guard let conversation = conversations.withLock({ $0[id] }) else {
            throw .detail(status: 404, "Conversation not found")
        }
        let turn =
            switch json["role"]?.string ?? (json["tool_content"] == nil ? nil : "user") {
            case "user": try question(json, in: conversation)
            case "tool": try acknowledgement(json, in: conversation)
            default: throw .invalid("role: value is not a valid enumeration member")
            }
        guard let done = limiter.admit(token, limit: options.concurrentGenerations) else {
            throw .rateLimited(seconds: options.rateLimitSeconds)
        }
        let isLocked = conversations.withLock { conversations in
            guard options.locksConversations else { return false }
            defer { conversations[id]?.isBusy = true }
            return conversations[id]?.isBusy ?? false
        }
        guard !isLocked else {
            done()
            throw .detail(status: 423, "Conversation is locked")
        }
        var reply = Reply.events(stream(turn, conversation: id))
        reply.onComplete = { [conversations] in
            conversations.withLock { $0[id]?.isBusy = false }
            done()
        }
        return reply
    }

    private func question(_ json: JSON, in conversation: NaparnikConversation) throws(NaparnikError) -> Turn {
        let content = json["content"] ?? json["tool_content"]
        guard let content, content.members != nil else { throw .invalid("content: value is not a valid dict") }
        let inner = content["content"] ?? content
        guard let text = inner["instruction"]?.string else { throw .invalid("content.instruction: field required") }
        var depth = 0
        if let parent = json["parent_uuid"]?.string, parent != conversation.rootMessage {
            guard let answer = conversation.answers[parent] else { throw .invalid("parent_uuid: unknown message") }
            guard answer.openCalls.isEmpty else { throw .invalid("The previous assistant message has open tool calls") }
            depth = answer.depth
        }
        let tools = (content["tools"]?.array ?? []).compactMap { tool in
            tool["name"]?.string.map { ToolSpecification(name: $0, parameters: tool["parameters"]) }
        }
        return Turn(question: text, depth: depth + 1, rounds: 0, clientTools: tools, echo: identifiers.uuid())
    }

    private func acknowledgement(_ json: JSON, in conversation: NaparnikConversation) throws(NaparnikError) -> Turn {
        guard let items = json["content"]?.array else { throw .invalid("content: value is not a valid list") }
        let acknowledgements = items.compactMap(NaparnikAcknowledgement.init)
        guard acknowledgements.count == items.count else { throw .invalid("content: tool_call_id and status required") }
        guard let answer = json["parent_uuid"]?.string.flatMap({ conversation.answers[$0] }), !answer.openCalls.isEmpty
        else { throw .invalid("No tool calls found in the previous assistant message") }
        guard Set(acknowledgements.map(\.callID)) == Set(answer.openCalls.keys) else {
            throw .invalid("tool_call_id: the calls of the previous assistant message must all be answered")
        }
        for acknowledgement in acknowledgements where acknowledgement.isAccepted && acknowledgement.content != nil {
            throw .invalid("content must be null for the accepted call \(acknowledgement.callID)")
        }
        var turn = Turn(question: answer.question, depth: answer.depth, rounds: answer.rounds)
        for acknowledgement in acknowledgements {
            if acknowledgement.isAccepted {
                let tool = answer.openCalls[acknowledgement.callID] ?? ""
                turn.results.append((acknowledgement.callID, "\(tool): найдено 10 результатов"))
            } else {
                turn.wasRejected = true
                turn.results.append((acknowledgement.callID, acknowledgement.content ?? ""))
            }
        }
        return turn
    }

    /// The calls with which the assistant interrupts its answer; none when it is time to answer.
    private func calls(_ turn: Turn) -> [ToolCall] {
        let named =
            turn.rounds == 0
            ? ToolCall.calls(for: turn.question, tools: turn.clientTools, choice: .automatic, isAnsweringResult: false)
            : []
        guard named.isEmpty else { return named }
        let speaksOfTools = ["инструмент", "tool", "итс"].contains(where: turn.question.lowercased().contains)
        guard turn.rounds < options.toolRounds ?? (speaksOfTools ? 1 : 0) else { return [] }
        return options.serverTools.map { ToolCall(name: $0, arguments: ["query": .string(turn.question)]) }
    }

    private func stream(_ turn: Turn, conversation: String) -> StreamScript {
        let calls = calls(turn)
        let isEmpty = turn.wasRejected && options.isEmptyAfterRejection
        var script = AnswerScript(answer, prompt: turn.question)
        if turn.depth > 1 { script.chunks.insert("(\(turn.depth)) ", at: 0) }
        for result in turn.results { script.chunks.append("\n[\(result.text)]") }
        if !calls.isEmpty || isEmpty { script.chunks = [] }
        script.text = script.chunks.joined()
        let id = identifiers.uuid()
        let callIDs = calls.map { _ in "call-" + identifiers.text(12, from: "0123456789abcdef") }
        conversations.withLock {
            $0[conversation]?.answers[id] = NaparnikConversation.Answer(
                depth: turn.depth,
                openCalls: Dictionary(uniqueKeysWithValues: zip(callIDs, calls.map(\.name))),
                rounds: turn.rounds + 1,
                question: turn.question
            )
        }
        var events = NaparnikEvents(hasStringDeltas: options.hasStringDeltas)
        if let echo = turn.echo { events.echo(echo) }
        for _ in 0..<options.heartbeats { events.heartbeat(pause: options.heartbeatInterval) }
        for result in turn.results { events.result(result.text, callID: result.id) }
        if options.callsUnknownTool { events.unknownTool(identifiers.uuid(), result: identifiers.uuid()) }
        events.start(id)
        if options.hasGarbageLines { events.garbage() }
        events.deltas(id, script, calls: calls, callIDs: callIDs)
        events.final(id, script, calls: calls, callIDs: callIDs)
        return StreamScript(
            units: events.units + (options.sendsDone ? [.done] : []),
            failure: Self.streamFailure,
            heartbeat: { NaparnikEvents.heartbeatText }
        )
    }
}
