/// A streamed body as the provider means it.
struct StreamScript: Sendable {
    /// How units become bytes.
    enum Framing: Hashable, Sendable {
        /// Server-sent events.
        case events
        /// JSON objects one after another.
        case objects(ObjectFraming)
    }

    /// Where one object of a JSON stream ends and a write ends.
    enum ObjectFraming: Hashable, Sendable {
        /// A line each, a write each.
        case lines
        /// Nothing between objects, a write each.
        case concatenated
        /// A line each, every write ends in the middle of an object.
        case split
        /// A line each, all in one write.
        case together
    }

    /// A unit of the stream.
    enum Unit: Hashable, Sendable {
        /// An event, or an object of a JSON stream.
        case data(String, event: String? = nil)
        /// A comment line; a blank line in a JSON stream.
        case comment(String)
        /// Bytes as they are.
        case raw(String)
        /// The `[DONE]` event.
        case done
        /// A pause beside the usual delay.
        case pause(Duration)
    }

    var framing: Framing = .events
    var units: [Unit]
    /// How this provider reports a failure inside the stream.
    var failure: @Sendable (String) -> [Unit]
    /// The text of a heartbeat comment.
    var heartbeat: @Sendable () -> String = { "heartbeat" }
}
