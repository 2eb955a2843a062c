/// Gives deltas that are all known already: an answer that came whole although a stream was asked for.
struct ListSource: DeltaSource {
    private var deltas: ArraySlice<ChatDelta>

    /// Makes a source of one whole answer.
    init(_ response: ChatResponse) {
        var deltas: [ChatDelta] = [.started(requestID: response.requestID, model: response.model)]
        if let reasoning = response.reasoning { deltas.append(.reasoning(reasoning)) }
        if !response.text.isEmpty { deltas.append(.text(response.text)) }
        for (index, call) in response.toolCalls.enumerated() {
            let id = call.id.nonEmpty
            deltas.append(
                .toolCall(
                    ToolCallFragment(
                        index: index,
                        id: id,
                        name: call.name,
                        arguments: call.argumentsText,
                        extra: call.extra
                    )
                )
            )
        }
        if !response.reasoningFields.isEmpty { deltas.append(.reasoningFields(response.reasoningFields)) }
        if let state = response.stateID { deltas.append(.state(state)) }
        if let reason = response.finishReason { deltas.append(.finished(reason)) }
        if let usage = response.usage { deltas.append(.usage(usage)) }
        self.deltas = deltas[...]
    }

    mutating func next() async throws(ProviderError) -> ChatDelta? {
        deltas.popFirst()
    }
}
