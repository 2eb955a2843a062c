internal import HTTPSessionPool

/// What the data of an event of a provider's stream is.
enum StreamData: Sendable {
    /// Nothing: a heartbeat, or a comment that came as data (Vertex AI writes `data: : keepalive`).
    case nothing
    /// `[DONE]`.
    case end
    /// An object or array of JSON, or what begins like one.
    case json([UInt8])
    /// Something else.
    case words([UInt8])

    /// Looks at an event.
    init(_ event: ServerSentEvent) {
        var data = event.data.trimmingWhitespace
        // Written twice by gateways that wrap events in events.
        while data.hasPrefix("data:") { data = String(data.dropFirst(5)).trimmingWhitespace }
        switch data.utf8.first {
        case nil, UInt8(ascii: ":"): self = .nothing
        case _ where data == "[DONE]": self = .end
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = .json(Array(data.utf8))
        default: self = .words(Array(data.utf8))
        }
    }
}
