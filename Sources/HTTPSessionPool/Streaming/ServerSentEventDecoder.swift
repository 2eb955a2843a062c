/// Turns the bytes of a `text/event-stream` body into events, by the rules of the WHATWG HTML standard.
///
/// Bytes may come cut anywhere, also inside a character or between CR and LF: the events are the same. An event is
/// delivered as soon as the blank line after it begins. Invalid UTF-8 becomes U+FFFD. Lines are found and told apart
/// as bytes; text is made only of what ends up in an event.
package struct ServerSentEventDecoder: Sendable {
    /// The last event id in force, which a reconnection names; nil when there is none.
    package private(set) var lastEventID: String?

    /// How many comment lines there were.
    ///
    /// They are heartbeats: they prove a connection, but no progress.
    package private(set) var commentsSeen = 0

    /// The longest line allowed, in bytes.
    package let maxLineSize: Int

    private let dialect: Dialect
    private var block: ServerSentEventBlock
    /// The beginning of a line whose end has not come yet.
    private var partialLine: [UInt8] = []
    /// The last byte was a CR: a LF that comes next belongs to it.
    private var skipsLineFeed = false
    private var isFirstLine = true
    private var failure: StreamDecodingError?

    /// A decoder at the beginning of a stream.
    ///
    /// - Parameters:
    ///   - maxLineSize: The longest line allowed, in bytes; 1 MiB unless told otherwise.
    ///   - maxEventSize: The largest event allowed, in bytes of data; 1 MiB unless told otherwise.
    ///   - dialect: How far the stream may stray from the standard.
    package init(maxLineSize: Int = 1 << 20, maxEventSize: Int = 1 << 20, dialect: Dialect = .standard) {
        self.maxLineSize = maxLineSize
        self.dialect = dialect
        self.block = ServerSentEventBlock(maxSize: maxEventSize, dialect: dialect)
    }

    /// How far a stream may stray from the standard.
    package enum Dialect: Sendable {
        /// Not at all: what the standard ignores is ignored.
        case standard
        /// As far as services of models do that mean well.
        ///
        /// A field `error` is an event of this name (llama.cpp until late 2025), and a line that begins with `{` or `[` is
        /// data without its field, up to the next field or blank line: whole answers and errors come under the content type of
        /// events.
        case lenient
    }

    /// The reconnection time that the server asked for last; nil when it never did.
    package var reconnectionTime: Duration? { block.reconnectionTime }

    /// The largest event allowed, in bytes of data.
    package var maxEventSize: Int { block.maxSize }

    /// Takes the next bytes of the body and appends the events that they complete.
    ///
    /// After an error the decoder is of no more use: it throws the same error again. Events that were complete
    /// before the error are in `events`.
    ///
    /// - Parameters:
    ///   - bytes: The next piece of the body, cut anywhere.
    ///   - events: Where complete events are appended.
    /// - Throws: When a line or an event is larger than it may be.
    package mutating func decode(
        _ bytes: [UInt8],
        into events: inout [ServerSentEvent]
    ) throws(StreamDecodingError) {
        if let failure { throw failure }
        do {
            try split(bytes, into: &events)
        } catch {
            failure = error
            throw error
        }
    }

    /// Ends the stream: an event without the blank line after it is dropped, as the standard says.
    ///
    /// The decoder is then ready for the next stream of a reconnection: the last event id and the reconnection time
    /// stay in force.
    ///
    /// - Returns: The event that was dropped, as far as it came; nil when the stream ended between two events. It
    ///   may be cut off anywhere: it is there so that the end can be judged, above all for servers that leave out the
    ///   last blank line.
    /// - Throws: When the dropped event is larger than it may be, or the error that ``decode(_:into:)`` threw.
    package mutating func finish() throws(StreamDecodingError) -> ServerSentEvent? {
        defer { startOver() }
        if let failure { throw failure }
        var line = partialLine
        if isFirstLine, line.starts(with: Self.byteOrderMark) { line.removeFirst(Self.byteOrderMark.count) }
        let isOther = dialect == .lenient && block.endsBare(before: line[...])
        if let first = line.first, first != UInt8(ascii: ":"), !isOther {
            try block.takeField(line, line.indices)
        }
        return block.hasFields ? block.asEvent : nil
    }

    private mutating func startOver() {
        block.reset()
        block.eventID = lastEventID
        partialLine = []
        skipsLineFeed = false
        isFirstLine = true
        failure = nil
    }
}

// MARK: - Lines

extension ServerSentEventDecoder {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private mutating func split(
        _ bytes: [UInt8],
        into events: inout [ServerSentEvent]
    ) throws(StreamDecodingError) {
        var start = 0
        if skipsLineFeed, let first = bytes.first {
            skipsLineFeed = false
            if first == Self.lineFeed { start = 1 }
        }
        while let end = Self.lineEnd(in: bytes, from: start) {
            try completeLine(bytes, start..<end, into: &events)
            start = end + 1
            guard bytes[end] == Self.carriageReturn else { continue }
            if start == bytes.count {
                skipsLineFeed = true
            } else if bytes[start] == Self.lineFeed {
                start += 1
            }
        }
        guard start < bytes.count else { return }
        try checkLine(partialLine.count + bytes.count - start)
        partialLine.append(contentsOf: bytes[start...])
    }

    private static func lineEnd(in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            // Nearly every byte is decided by the first comparison.
            if byte <= carriageReturn, byte == lineFeed || byte == carriageReturn { return index }
            index += 1
        }
        return nil
    }

    private mutating func completeLine(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        into events: inout [ServerSentEvent]
    ) throws(StreamDecodingError) {
        try checkLine(partialLine.count + range.count)
        guard !partialLine.isEmpty else { return try takeLine(bytes, range, into: &events) }
        // The buffer is lent to the line and comes back empty, with its memory.
        var line: [UInt8] = []
        swap(&line, &partialLine)
        line.append(contentsOf: bytes[range])
        try takeLine(line, line.indices, into: &events)
        line.removeAll(keepingCapacity: true)
        swap(&line, &partialLine)
    }

    private func checkLine(_ size: Int) throws(StreamDecodingError) {
        guard size <= maxLineSize else { throw .lineTooLong(limit: maxLineSize) }
    }

    private mutating func takeLine(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        into events: inout [ServerSentEvent]
    ) throws(StreamDecodingError) {
        var line = range
        if isFirstLine {
            isFirstLine = false
            if bytes[line].starts(with: Self.byteOrderMark) {
                line = line.lowerBound + Self.byteOrderMark.count..<line.upperBound
            }
        }
        if dialect == .lenient, block.endsBare(before: bytes[line]) { dispatch(into: &events) }
        if line.isEmpty {
            dispatch(into: &events)
        } else if bytes[line.lowerBound] == UInt8(ascii: ":") {
            commentsSeen += 1
        } else {
            try block.takeField(bytes, line)
        }
    }

    /// A blank line came, so the event is complete.
    private mutating func dispatch(into events: inout [ServerSentEvent]) {
        lastEventID = block.eventID
        // Without data there is no event, but an id counts all the same.
        if block.hasData { events.append(block.asEvent) }
        block.reset()
    }
}
