internal import HTTPSessionPool

/// Reads one turn of a conversation: opens rounds, decodes their events, answers tool calls.
struct NaparnikSource: DeltaSource {
    private enum Phase {
        /// A message has to be sent.
        case sending(JSONValue)
        /// Its answer is arriving.
        case reading(ResponseBody.Events.Iterator)
        /// The turn is over.
        case ended
    }

    private let client: NaparnikClient
    private let conversation: String
    private let session: Session?
    private let chat: ChatRequest
    private var turn: NaparnikTurn
    private var phase: Phase
    private var accumulator = ChatAccumulator()
    private var pending: ArraySlice<ChatDelta> = []

    /// Makes the source of a turn that begins with `message`.
    init(
        _ client: NaparnikClient,
        conversation: String,
        message: JSONValue,
        chat: ChatRequest,
        session: Session?
    ) {
        self.client = client
        self.conversation = conversation
        self.session = session
        self.chat = chat
        phase = .sending(message)
        turn = NaparnikTurn(
            conversation: conversation,
            policy: chat.toolChoice == ToolChoice.none ? .rejectAll : client.configuration.toolPolicy,
            ownTools: Set(chat.tools.map(\.name)),
            failures: client.channel.failures
        )
    }

    mutating func next() async throws(ProviderError) -> ChatDelta? {
        do throws(ProviderError) {
            while true {
                if let delta = pending.popFirst() {
                    accumulator.add(delta)
                    return delta
                }
                if case .ended = phase { return nil }
                try await advance()
            }
        } catch {
            throw withPartial(error)
        }
    }

    private mutating func advance() async throws(ProviderError) {
        switch phase {
        case .ended:
            break
        case .sending(let message):
            let response = try await client.open(message, in: conversation, chat: chat, on: session)
            turn.requestID = client.channel.failures.requestID(in: response.headers)
            try await client.channel.checkNoPage(response)
            phase = .reading(response.body.lenientEvents.makeAsyncIterator())
        case .reading(var events):
            // The iterator is taken out of the phase, so that a failure leaves the transfer to end with it.
            phase = .ended
            let event: ServerSentEvent?
            do throws(SessionError) {
                event = try await events.next(isolation: #isolation)
            } catch {
                throw ProviderError(interruption: error, .naparnik, hasBegun: !accumulator.isEmpty)
            }
            if let event {
                phase = .reading(events)
                pending = try turn.decode(event)[...]
            } else {
                try endRound()
            }
        }
    }

    private mutating func endRound() throws(ProviderError) {
        switch try turn.endRound() {
        case .finished(let deltas): pending = deltas[...]
        case .acknowledge(let message): phase = .sending(message)
        }
    }

    private func withPartial(_ error: ProviderError) -> ProviderError {
        var error = error
        error.requestID = error.requestID ?? turn.requestID
        if !accumulator.isEmpty || error.code == .streamTruncated { error.partial = accumulator.response }
        return error
    }
}
