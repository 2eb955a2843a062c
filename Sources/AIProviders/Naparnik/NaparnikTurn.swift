internal import HTTPSessionPool

/// One turn of a conversation with 1C:Naparnik: from a question to its answer, over any number of tool rounds.
///
/// A value without socket or clock. Each round is one stream of events that ends by itself; it may hold several answers of
/// the assistant (the server rejects unknown tools on its own and goes on), of which the last counts. A round that ends with
/// tool calls is answered with an acknowledgement, whose response is the next round.
struct NaparnikTurn: Sendable {
    /// What follows a round.
    enum Step: Sendable, Hashable {
        /// The turn is over; these are its last deltas.
        case finished([ChatDelta])
        /// The model waits for this acknowledgement.
        case acknowledge(JSONValue)
    }

    private struct Answer {
        var uuid: String?
        var filter = ThinkTagFilter()
        var visible = ""
        var hasReasoning = false
        var fragments = ChatAccumulator()
        var assembler = ToolCallAssembler()
        var calls: [ToolCall]?
        var finishReason: String?
        var isFinished = false
    }

    private let conversation: String
    private let failures: FailureReader
    /// The provider's id of the request that is being answered.
    var requestID: String?
    private let policy: NaparnikToolPolicy
    private let ownTools: Set<String>
    private var answer = Answer()
    /// Text of earlier answers that the caller has: the next answer's first text replaces it.
    private var hasOldText = false
    private var hasStarted = false
    private var rounds = 0
    /// Events that were no JSON, and were skipped.
    private(set) var skippedEvents = 0

    /// Makes the turn of a conversation.
    ///
    /// - Parameters:
    ///   - conversation: The conversation's id.
    ///   - policy: What is done with tool calls.
    ///   - ownTools: The names of tools that the request defined; calls of them are handed to the caller.
    ///   - failures: Reads errors.
    init(
        conversation: String,
        policy: NaparnikToolPolicy,
        ownTools: Set<String>,
        failures: FailureReader
    ) {
        self.conversation = conversation
        self.policy = policy
        self.ownTools = ownTools
        self.failures = failures
    }

    /// Takes the next event of the round.
    mutating func decode(_ event: ServerSentEvent) throws(ProviderError) -> [ChatDelta] {
        let bytes: [UInt8]
        switch StreamData(event) {
        case .nothing, .end: return []
        case .words:
            skippedEvents += 1
            return []
        case .json(let json): bytes = json
        }
        guard let json = JSONValue(parsing: bytes), json.object != nil else {
            skippedEvents += 1
            return []
        }
        if event.event == "error" || Self.holdsError(json), let error = failures.error(in: json) {
            throw failures.failure(error, status: nil, requestID: requestID)
        }
        var deltas: [ChatDelta] = []
        if !hasStarted {
            hasStarted = true
            deltas.append(.started(requestID: requestID, model: nil))
        }
        switch json["role"]?.string {
        case "user":
            return deltas
        case "tool":
            // The result of a tool that the server ran; whatever comes next is another answer.
            begin(uuid: nil)
            return deltas
        default:
            return deltas + take(json)
        }
    }

    /// Whether an object says that something is wrong, in its field `error` or by being nothing that an answer is made of.
    private static func holdsError(_ json: JSONValue) -> Bool {
        if let error = json["error"], !error.isNull, error != false, error != "" { return true }
        return ["uuid", "role", "content", "content_delta", "finished"].allSatisfy { json[$0] == nil }
    }

    /// Takes note that the round's stream has ended.
    mutating func endRound() throws(ProviderError) -> Step {
        guard answer.isFinished else {
            let note = skippedEvents == 0 ? "" : " (\(skippedEvents) events were no JSON)"
            throw ProviderError(
                .streamTruncated,
                .naparnik,
                "The stream ended before the assistant's answer was finished\(note); the answer is incomplete."
            )
        }
        let calls = answer.calls ?? answer.fragments.response.toolCalls
        guard !calls.isEmpty else { return .finished(state + [.finished(reason)]) }
        let decisions = calls.map { ownTools.contains($0.name) ? .handOver : policy.decide($0) }
        if decisions.contains(.handOver) {
            return .finished(Self.fragments(calls) + state + [.finished(.toolCalls)])
        }
        rounds += 1
        guard rounds <= policy.maxRounds else {
            throw ProviderError(
                .toolRoundsExceeded,
                .naparnik,
                "The model asked for tools again after \(policy.maxRounds) rounds; raise toolPolicy.maxRounds or ask less."
            )
        }
        let acknowledgement = NaparnikEncoder.acknowledgement(
            parent: answer.uuid,
            zip(calls, decisions).enumerated().map { index, item in
                NaparnikEncoder.Acknowledgement(item.0, at: index, decision: item.1)
            }
        )
        begin(uuid: nil)
        return .acknowledge(acknowledgement)
    }

    private var state: [ChatDelta] {
        answer.uuid.map { [.state(NaparnikState(conversation: conversation, parent: $0).text)] } ?? []
    }

    private var reason: FinishReason {
        answer.finishReason.map { FinishReason(openAI: $0) } ?? .stop
    }

    private static func fragments(_ calls: [ToolCall]) -> [ChatDelta] {
        calls.enumerated().map { index, call in
            let id = call.id.nonEmpty
            return .toolCall(ToolCallFragment(index: index, id: id, name: call.name, arguments: call.argumentsText))
        }
    }

    private mutating func begin(uuid: String?) {
        if !answer.visible.isEmpty { hasOldText = true }
        answer = Answer(uuid: uuid)
    }

    /// Takes an event of the assistant.
    private mutating func take(_ json: JSONValue) -> [ChatDelta] {
        let uuid = json["uuid"]?.string?.nonEmpty
        if answer.isFinished || (uuid != nil && answer.uuid != nil && uuid != answer.uuid) { begin(uuid: uuid) }
        answer.uuid = answer.uuid ?? uuid
        var deltas: [ChatDelta] = []
        if let delta = json["content_delta"], !delta.isNull { deltas += takeDelta(delta) }
        if let usage = Self.usage(json["details"]?["usage"]) { deltas.append(.usage(usage)) }
        answer.finishReason = json["details"]?["finish_reason"]?.string?.nonEmpty ?? answer.finishReason
        if json["finished"]?.bool == true {
            deltas += finishAnswer(json["content"])
        }
        return deltas
    }

    private mutating func takeDelta(_ delta: JSONValue) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if let thoughts = delta["reasoning_content"]?.string?.nonEmpty {
            answer.hasReasoning = true
            deltas.append(.reasoning(thoughts))
        }
        if let piece = delta.string ?? delta["content"]?.string ?? delta["text"]?.string, !piece.isEmpty {
            deltas += show(answer.filter.take(piece))
        }
        for call in delta["tool_calls"]?.array ?? [] {
            let fragment = answer.assembler.fragment(
                index: call["index"]?.integer.flatMap { Int(exactly: $0) },
                id: call["id"]?.string,
                name: call["function"]?["name"]?.string,
                arguments: call["function"]?["arguments"]?.argumentsText ?? ""
            )
            answer.fragments.add(.toolCall(fragment))
        }
        return deltas
    }

    private mutating func show(_ output: ThinkTagFilter.Output) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if !output.thoughts.isEmpty {
            answer.hasReasoning = true
            deltas.append(.reasoning(output.thoughts))
        }
        if !output.text.isEmpty {
            deltas.append(hasOldText && answer.visible.isEmpty ? .replace(output.text) : .text(output.text))
            answer.visible += output.text
        }
        return deltas
    }

    /// Takes the event that finishes an answer: its whole text counts, whatever the pieces said.
    private mutating func finishAnswer(_ content: JSONValue?) -> [ChatDelta] {
        answer.isFinished = true
        var deltas = show(answer.filter.finish())
        if let calls = content?["tool_calls"] {
            answer.calls = (calls.array ?? []).map {
                ToolCall(
                    id: $0["id"]?.string ?? "",
                    name: $0["function"]?["name"]?.string ?? "",
                    argumentsText: $0["function"]?["arguments"]?.argumentsText ?? ""
                )
            }
        }
        if let thoughts = content?["reasoning_content"]?.string?.nonEmpty, !answer.hasReasoning {
            deltas.append(.reasoning(thoughts))
        }
        guard let whole = content?["content"]?.string ?? content?["text"]?.string ?? content?.string else {
            return deltas
        }
        let visible = ThinkTagFilter.split(whole).text
        if visible.isEmpty || visible == answer.visible { return deltas }
        if !answer.visible.isEmpty, visible.utf8.starts(with: answer.visible.utf8) {
            let rest = visible.utf8.dropFirst(answer.visible.utf8.count)
            deltas.append(.text(String(decoding: rest, as: UTF8.self)))
        } else {
            deltas.append(answer.visible.isEmpty && !hasOldText ? .text(visible) : .replace(visible))
        }
        answer.visible = visible
        return deltas
    }

    private static func usage(_ json: JSONValue?) -> Usage? {
        guard let total = WireCount(json?["total_tokens"]), let prompt = WireCount(json?["prompt_tokens"]),
            let all = total.value, let asked = prompt.value
        else { return nil }
        // Both are at least 0 here, so their difference is within bounds.
        let rest = WireCount(max(0, all - asked))
        return Usage(prompt: prompt, completion: WireCount(json?["completion_tokens"]) ?? rest, total: total)
    }
}
