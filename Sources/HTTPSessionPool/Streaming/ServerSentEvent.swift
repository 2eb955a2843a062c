/// One event of a `text/event-stream` body.
public struct ServerSentEvent: Sendable, Hashable {
    /// The event's type: `message` unless the server names another one.
    public var event: String
    /// The event's data: its data lines, joined by line feeds.
    public var data: String
    /// The last event id in force, which a reconnection names to go on from here; nil when there is none.
    ///
    /// By the rules of the format an id stays in force for the events after it, until another one is set.
    public var id: String?
    /// How long to wait before a reconnection, when the event says so.
    public var retry: Duration?

    /// An event with the given fields.
    public init(event: String = "message", data: String, id: String? = nil, retry: Duration? = nil) {
        self.event = event
        self.data = data
        self.id = id
        self.retry = retry
    }
}

extension ServerSentEvent {
    /// Whether the data is an object of JSON from its beginning to its end, or the end marker of OpenAI's format.
    ///
    /// It tells an event that only lacks the blank line after it from one that was cut.
    package var isWhole: Bool {
        if data == "[DONE]" { return true }
        var decoder = JSONSequenceDecoder(maxObjectSize: data.utf8.count)
        var objects: [[UInt8]] = []
        do {
            try decoder.decode(Array(data.utf8), into: &objects)
            try decoder.finish()
        } catch {
            return false
        }
        return !objects.isEmpty
    }
}
