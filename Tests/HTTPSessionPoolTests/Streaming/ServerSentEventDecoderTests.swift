import HTTPSessionPool
import Testing

@Suite struct `Server-sent event decoder` {
    private func decode(_ text: String, with decoder: inout ServerSentEventDecoder) throws -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        try decoder.decode(Array(text.utf8), into: &events)
        return events
    }

    @Test func `an event is delivered with its blank line, not with the byte after it`() throws {
        var decoder = ServerSentEventDecoder()
        #expect(try decode("data: x\r\n", with: &decoder) == [])
        #expect(try decode("\r", with: &decoder).map(\.data) == ["x"])
        #expect(try decode("\n", with: &decoder) == [], "the rest of the line end is no second blank line")
        #expect(try decode("data: y\n\n", with: &decoder).map(\.data) == ["y"])
    }

    @Test func `events are added to those that are there`() throws {
        var decoder = ServerSentEventDecoder()
        var events = [ServerSentEvent(data: "before")]
        try decoder.decode(Array("data: x\n\n".utf8), into: &events)
        #expect(events.map(\.data) == ["before", "x"])
    }

    @Test func `comments are counted apart and bring no event`() throws {
        var decoder = ServerSentEventDecoder()
        #expect(try decode(": heartbeat\n\n: heartbeat\n\n", with: &decoder) == [])
        #expect(decoder.commentsSeen == 2)
        #expect(try decoder.finish() == nil)
    }

    @Test func `a line without end fails at the limit, and fails again`() throws {
        var decoder = ServerSentEventDecoder(maxLineSize: 10)
        #expect(try decode("data: 7890\n\n", with: &decoder).map(\.data) == ["7890"])
        #expect(try decode("data: 7890", with: &decoder) == [])
        let error = StreamDecodingError.lineTooLong(limit: 10)
        #expect(throws: error) { try decode("1", with: &decoder) }
        #expect(throws: error) { try decode("\n\n", with: &decoder) }
        #expect(throws: error) { try decoder.finish() }
    }

    @Test func `the limit counts a comment, and a line that comes whole`() {
        for line in [": 34567890123\n", "data: 789012\n", "x: 456789012\r\n"] {
            var decoder = ServerSentEventDecoder(maxLineSize: 10)
            let error = #expect(throws: StreamDecodingError.self) { try decode(line, with: &decoder) }
            #expect(error?.code == .lineTooLong)
        }
    }

    @Test func `many short lines fail at the limit of an event, and those before it stay`() throws {
        var decoder = ServerSentEventDecoder(maxEventSize: 7)
        var events: [ServerSentEvent] = []
        let bytes = Array("data: 123\ndata: 567\n\ndata: 123\ndata: 5678\n\n".utf8)
        let error = #expect(throws: StreamDecodingError.self) { try decoder.decode(bytes, into: &events) }
        #expect(error?.code == .eventTooLarge)
        #expect(error?.limit == 7)
        #expect(events.map(\.data) == ["123\n567"])
    }

    @Test func `an event that is cut off beyond the limit is an error at the end, too`() throws {
        var decoder = ServerSentEventDecoder(maxEventSize: 3)
        #expect(try decode("data: 1234", with: &decoder) == [])
        let error = #expect(throws: StreamDecodingError.self) { try decoder.finish() }
        #expect(error?.code == .eventTooLarge)
    }

    @Test func `after the end a new stream begins, with id and reconnection time still in force`() throws {
        var decoder = ServerSentEventDecoder()
        #expect(try decode("retry: 10\nid: 1\ndata: a\n\nid: 2\ndata: cut", with: &decoder).count == 1)
        #expect(try decoder.finish()?.data == "cut")
        #expect(decoder.lastEventID == "1", "the dropped event's id does not count")
        #expect(decoder.reconnectionTime == .milliseconds(10))
        let events = try decode("\u{FEFF}data: b\n\n", with: &decoder)
        #expect(events == [ServerSentEvent(data: "b", id: "1")])
    }

    @Test func `an error says what is wrong and what to do, never what was received`() throws {
        var decoder = ServerSentEventDecoder(maxLineSize: 8)
        let error = #expect(throws: StreamDecodingError.self) { try decode("data: secret", with: &decoder) }
        let text = try #require(error).description
        #expect(text.contains("8 bytes"))
        #expect(text.contains("raise limits.maxEventBytes"))
        #expect(!text.contains("secret"))
        #expect("\(StreamDecodingError.Code.lineTooLong)" == "lineTooLong")
    }
}
