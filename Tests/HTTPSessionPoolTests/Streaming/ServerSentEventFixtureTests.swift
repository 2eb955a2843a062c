import HTTPSessionPool
import TestSupport
import Testing

/// All that a decoder has to say about a stream.
struct EventStreamOutcome: Equatable, Sendable {
    var events: [ServerSentEvent] = []
    var comments = 0
    var incomplete: ServerSentEvent?
    var lastEventID: String?
    var reconnectionTime: Duration?

    /// Decodes the pieces of one stream from beginning to end.
    init(decoding chunks: [[UInt8]]) throws {
        var decoder = ServerSentEventDecoder()
        for chunk in chunks {
            try decoder.decode(chunk, into: &events)
        }
        incomplete = try decoder.finish()
        comments = decoder.commentsSeen
        lastEventID = decoder.lastEventID
        reconnectionTime = decoder.reconnectionTime
    }

    /// What stands next to a fixture.
    init(expectedOf name: String) throws {
        struct Event: Decodable {
            let event: String
            let data: String
            let id: String?
            let retryMilliseconds: Int64?

            var value: ServerSentEvent {
                ServerSentEvent(event: event, data: data, id: id, retry: retryMilliseconds.map { .milliseconds($0) })
            }
        }
        struct Expected: Decodable {
            let events: [Event]
            let comments: Int
            let incomplete: Event?
            let lastEventID: String?
            let reconnectionMilliseconds: Int64?
        }
        let expected = try Fixture.json("sse/\(name).expected.json", as: Expected.self)
        events = expected.events.map(\.value)
        comments = expected.comments
        incomplete = expected.incomplete?.value
        lastEventID = expected.lastEventID
        reconnectionTime = expected.reconnectionMilliseconds.map { .milliseconds($0) }
    }
}

@Suite struct `Server-sent event fixtures` {
    @Test(arguments: try Fixture.names(in: "sse", ending: ".sse"))
    func `a fixture gives the events that stand next to it, wherever it is cut`(name: String) throws {
        let bytes = try Fixture.bytes("sse/\(name).sse")
        let expected = try EventStreamOutcome(expectedOf: name)
        #expect(try EventStreamOutcome(decoding: Chunks.whole(bytes)) == expected)
        #expect(try EventStreamOutcome(decoding: Chunks.single(bytes)) == expected, "byte by byte")
        for index in bytes.indices {
            let outcome = try EventStreamOutcome(decoding: Chunks.halves(bytes, at: index))
            try invariant(outcome == expected, "cut before byte \(index): \(outcome)")
        }
        for seed in 0..<50 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let outcome = try EventStreamOutcome(decoding: Chunks.random(bytes, using: &random))
            try invariant(outcome == expected, "cut by seed \(seed): \(outcome)")
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `random streams agree with the standard's algorithm on text, wherever they are cut`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bytes = Self.randomStream(using: &random)
        let expected = Self.eventsByTheStandard(bytes)
        for _ in 0..<5 {
            let outcome = try EventStreamOutcome(decoding: Chunks.random(bytes, using: &random))
            try invariant(outcome.events == expected, "\(bytes): \(outcome.events) and not \(expected)")
        }
    }

    private static func randomStream(using random: inout SplitMix64) -> [UInt8] {
        let pieces: [[UInt8]] = [
            Array("data".utf8), Array("event".utf8), Array("id".utf8), Array("retry".utf8), Array(":".utf8),
            Array(": ".utf8), Array("\n".utf8), Array("\r".utf8), Array("\r\n".utf8), Array("\n\n".utf8),
            Array("data: x\n\n".utf8), Array("id: 7\n".utf8), Array("event: e\r".utf8), Array("retry: 12\n".utf8),
            Array("я".utf8), Array("👋".utf8), [0xD0], [0xFF], [0x00], [0xEF, 0xBB, 0xBF], Array(" ".utf8),
        ]
        var bytes: [UInt8] = []
        for _ in 0..<random.below(80) {
            bytes.append(contentsOf: pieces[random.below(pieces.count)])
        }
        return bytes
    }

    /// The standard's "event stream interpretation" step by step, over decoded text and without any cut.
    private static func eventsByTheStandard(_ bytes: [UInt8]) -> [ServerSentEvent] {
        var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        let text = String(String.UnicodeScalarView(scalars))
        var lines = text.unicodeScalars.reduce(into: (lines: [String.UnicodeScalarView()], afterReturn: false)) {
            if $1 == "\n", $0.afterReturn {
                $0.afterReturn = false
            } else if $1 == "\n" || $1 == "\r" {
                $0.lines.append(String.UnicodeScalarView())
                $0.afterReturn = $1 == "\r"
            } else {
                $0.lines[$0.lines.count - 1].append($1)
                $0.afterReturn = false
            }
        }.lines.map { String($0) }
        // What follows the last line end is no line.
        lines.removeLast()

        var events: [ServerSentEvent] = []
        var (data, type, id) = ("", "", "")
        var retry: Duration?
        for line in lines {
            if line.isEmpty {
                if !data.isEmpty {
                    data.unicodeScalars.removeLast()
                    events.append(
                        ServerSentEvent(
                            event: type.isEmpty ? "message" : type,
                            data: data,
                            id: id.isEmpty ? nil : id,
                            retry: retry
                        )
                    )
                }
                (data, type, retry) = ("", "", nil)
                continue
            }
            let parts = line.unicodeScalars.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count > 1 ? parts[1] : Substring.UnicodeScalarView()
            if value.first == " " { value.removeFirst() }
            switch String(parts[0]) {
            case "data": data.unicodeScalars += Array(value) + ["\n"]
            case "event": type = String(value)
            case "id" where !value.contains("\0"): id = String(value)
            case "retry" where !value.isEmpty && value.allSatisfy({ ("0"..."9").contains($0) }):
                retry = Int64(String(value)).map { .milliseconds($0) }
            default: break
            }
        }
        return events
    }
}
