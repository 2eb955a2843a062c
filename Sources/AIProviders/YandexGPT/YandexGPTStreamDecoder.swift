/// Decodes the stream of YandexGPT's native interface: JSON objects, each with the whole text so far.
///
/// The text of an object usually begins with that of the one before, and the rest is the delta. The provider may also revise
/// what it said; then the new text replaces the old one explicitly. The end is proven by a final status, for the stream
/// itself has no end marker.
struct YandexGPTStreamDecoder: StreamDecoder {
    private let failures: FailureReader
    private let requestID: String?
    private var text = ""
    private var hasStarted = false
    private(set) var isComplete = false

    /// Makes a decoder for one stream.
    init(failures: FailureReader, requestID: String?) {
        self.failures = failures
        self.requestID = requestID
    }

    mutating func decode(_ object: [UInt8]) throws(ProviderError) -> [ChatDelta] {
        let envelope: YandexGPTWire.Envelope
        do throws(WireJSON.Failure) {
            envelope = try WireJSON.decode(YandexGPTWire.Envelope.self, from: object)
        } catch {
            throw failures.malformed("an object of the stream: \(error)", body: object, requestID: requestID)
        }
        if let error = envelope.failure(failures, object, requestID: requestID) { throw error }
        return deltas(envelope.completion)
    }

    private mutating func deltas(_ completion: YandexGPTWire.Completion) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if !hasStarted {
            hasStarted = true
            deltas.append(.started(requestID: requestID, model: completion.modelVersion))
        }
        guard let alternative = completion.alternatives?.elements.first else { return deltas }
        let isFinal = isComplete || alternative.status?.finishReason != nil
        if let new = alternative.message?.text, let delta = advance(to: isFinal ? new : Self.certain(new)) {
            deltas.append(delta)
        }
        // Calls and usage are repeated in every object and grow; those of the final one count.
        guard let reason = alternative.status?.finishReason, !isComplete else { return deltas }
        isComplete = true
        for (index, call) in (alternative.message?.toolCalls ?? []).enumerated() {
            deltas.append(
                .toolCall(ToolCallFragment(index: index, name: call.name, arguments: call.argumentsText))
            )
        }
        deltas.append(.finished(reason))
        if let usage = completion.usage?.value?.common { deltas.append(.usage(usage)) }
        return deltas
    }

    /// A text that goes on, without half of a character at its end: the provider cuts emojis in two, and U+FFFD stands for the
    /// half until the other comes.
    private static func certain(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while scalars.last == "\u{FFFD}" { scalars.removeLast() }
        return String(scalars)
    }

    /// What leads from the text so far to `new`; bytes are compared, since equal-looking texts may differ in them.
    private mutating func advance(to new: String) -> ChatDelta? {
        defer { text = new }
        guard new.utf8.starts(with: text.utf8) else { return .replace(new) }
        let rest = new.utf8.dropFirst(text.utf8.count)
        return rest.isEmpty ? nil : .text(String(decoding: rest, as: UTF8.self))
    }
}
