@testable import HTTPSessionPool

/// Server-sent events: cut anywhere the events are the same, and no limit is passed.
///
/// The first byte is the limit, the second says how many of the next are the lengths of the pieces.
@Sendable func fuzzEvents(_ input: [UInt8]) {
    guard input.count >= 2 else { return }
    let limit = 1 + Int(input[0])
    let lengths = Array(input.dropFirst(2).prefix(Int(input[1] & 15)))
    let stream = Array(input.dropFirst(2 + lengths.count))
    let whole = Decoded(stream.isEmpty ? [] : [stream], limit: limit)
    let cut = Decoded(pieces(of: stream, cutBy: lengths), limit: limit)
    let single = Decoded(stream.map { [$0] }, limit: limit)
    check(cut == whole, "cut by \(lengths) it is \(cut), whole it is \(whole)")
    check(single == whole, "byte by byte it is \(single), whole it is \(whole)")
    for event in whole.events {
        // A byte that is no UTF-8 becomes a character of three.
        let size = event.data.utf8.count
        check(size <= 3 * limit, "an event of \(size) bytes is over the limit \(limit)")
        check(!event.data.utf8.contains(0x0d), "data has a carriage return")
        check(!event.event.isEmpty, "an event has no type")
        check(!(event.id ?? "").utf8.contains(0), "an id has a NUL")
    }
}

private struct Decoded: Equatable {
    var events: [ServerSentEvent] = []
    var rest: ServerSentEvent?
    var error: StreamDecodingError?
    var lastEventID: String?
    var reconnectionTime: Duration?
    var comments = 0

    init(_ pieces: [[UInt8]], limit: Int) {
        var decoder = ServerSentEventDecoder(maxLineSize: limit, maxEventSize: limit)
        do throws(StreamDecodingError) {
            for piece in pieces { try decoder.decode(piece, into: &events) }
            rest = try decoder.finish()
        } catch {
            self.error = error
            check(error.code == .lineTooLong || error.code == .eventTooLarge, "failed with \(error.code)")
            check(error.limit == limit, "the error names the limit \(error.limit ?? -1)")
        }
        lastEventID = decoder.lastEventID
        reconnectionTime = decoder.reconnectionTime
        comments = decoder.commentsSeen
    }
}
