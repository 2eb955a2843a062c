/// One step of an answer.
enum ExchangeStep: Hashable, Sendable {
    /// Send these bytes in one write (and, when chunked, as one chunk).
    case write([UInt8])
    /// Send nothing for a while.
    case wait(Duration)
    /// Send nothing, or only heartbeats, until the simulator releases or stops.
    case hang(Heartbeat?)
    /// Close the connection without ending the answer.
    case close
    /// Reset the connection.
    case reset

    /// Comments that keep a hung stream alive.
    struct Heartbeat: Hashable, Sendable {
        var interval: Duration
        var bytes: [UInt8]
    }
}

/// An answer, decided when the request arrived and then only played.
struct ExchangePlan: Sendable {
    var status: Int
    var fields: [HTTPField]
    /// What happens before the head: waits and endings, never writes.
    var prelude: [ExchangeStep] = []
    var body: [ExchangeStep] = []
    /// Declared in `Content-Length`; nil is sent chunked.
    var length: Int?
    /// The request was HEAD or the status has no body.
    var isBodiless = false

    /// The index after which only the end follows; the answer counts as given once that step was handed out.
    var lastMeaningfulStep: Int {
        body.lastIndex { step in
            switch step {
            case .write, .wait, .hang: true
            case .close, .reset: false
            }
        } ?? -1
    }
}
