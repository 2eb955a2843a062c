/// The fields of an event stream since the last blank line: what becomes an event when the next one comes.
struct ServerSentEventBlock: Sendable {
    /// The largest event allowed, in bytes of data.
    let maxSize: Int

    /// Whether any field at all came since the last blank line.
    private(set) var hasFields = false
    /// Whether a data field came, be it an empty one.
    private(set) var hasData = false
    /// What `id` fields set, also in earlier blocks; in force only once its event is complete.
    var eventID: String?
    /// What the last `retry` field said, also in earlier blocks.
    private(set) var reconnectionTime: Duration?

    private var data: [UInt8] = []
    private var event = ""
    private var retry: Duration?

    /// Whether the data comes without its field, see ``ServerSentEventDecoder/Dialect/lenient``.
    private var isBare = false
    private let dialect: ServerSentEventDecoder.Dialect

    init(maxSize: Int, dialect: ServerSentEventDecoder.Dialect = .standard) {
        self.maxSize = maxSize
        self.dialect = dialect
    }

    /// The block as an event, complete or not.
    var asEvent: ServerSentEvent {
        ServerSentEvent(
            event: event.isEmpty ? "message" : event,
            data: String(decoding: data, as: UTF8.self),
            id: eventID,
            retry: retry
        )
    }

    /// Forgets the fields; the id and the reconnection time stay, as the standard says.
    mutating func reset() {
        data.removeAll(keepingCapacity: true)
        hasData = false
        event = ""
        retry = nil
        hasFields = false
        isBare = false
    }
}

// MARK: - Fields

extension ServerSentEventBlock {
    private static let dataField = Array("data".utf8)
    private static let eventField = Array("event".utf8)
    private static let errorField = Array("error".utf8)
    private static let idField = Array("id".utf8)
    private static let retryField = Array("retry".utf8)

    /// Takes a line that is neither blank nor a comment; a field of an unknown name is ignored.
    mutating func takeField(_ bytes: [UInt8], _ line: Range<Int>) throws(StreamDecodingError) {
        hasFields = true
        if dialect == .lenient, isBare || Self.beginsBare(bytes[line]) {
            isBare = true
            return try takeData(bytes[line])
        }
        let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) ?? line.upperBound
        let name = bytes[line.lowerBound..<colon]
        var start = min(colon + 1, line.upperBound)
        if start < line.upperBound, bytes[start] == UInt8(ascii: " ") { start += 1 }
        let value = bytes[start..<line.upperBound]

        if name.elementsEqual(Self.dataField) {
            try takeData(value)
        } else if dialect == .lenient, name.elementsEqual(Self.errorField) {
            event = "error"
            try takeData(value)
        } else if name.elementsEqual(Self.eventField) {
            event = String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual(Self.idField) {
            guard !value.contains(0) else { return }
            eventID = value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual(Self.retryField), let time = Self.milliseconds(value) {
            retry = time
            reconnectionTime = time
        }
    }

    /// Whether a line is data without its field: it begins an object or array of JSON.
    private static func beginsBare(_ line: ArraySlice<UInt8>) -> Bool {
        line.first == UInt8(ascii: "{") || line.first == UInt8(ascii: "[")
    }

    /// Whether data without its field ends before a line: a comment, a field or the next value begins there.
    func endsBare(before line: ArraySlice<UInt8>) -> Bool {
        guard isBare, let first = line.first else { return false }
        if first == UInt8(ascii: ":") { return true }
        // Inside of a value lines are indented or close it, but a list may hold objects at the beginning of lines.
        if Self.beginsBare(line) { return data.last == UInt8(ascii: "}") && data.first == UInt8(ascii: "{") }
        let fields = [Self.dataField, Self.eventField, Self.errorField, Self.idField, Self.retryField]
        return fields.contains { line.starts(with: $0) && line.dropFirst($0.count).first == UInt8(ascii: ":") }
    }

    private mutating func takeData(_ value: ArraySlice<UInt8>) throws(StreamDecodingError) {
        let size = data.count + value.count + (hasData ? 1 : 0)
        guard size <= maxSize else { throw .eventTooLarge(limit: maxSize) }
        if hasData { data.append(UInt8(ascii: "\n")) }
        data.append(contentsOf: value)
        hasData = true
    }

    /// The milliseconds that `value` says, if it consists of digits and nothing else.
    private static func milliseconds(_ value: ArraySlice<UInt8>) -> Duration? {
        guard !value.isEmpty else { return nil }
        var milliseconds: Int64 = 0
        for byte in value {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (tens, overflow) = milliseconds.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            // Longer than any clock: for ever is what was meant.
            milliseconds = overflow || sumOverflow ? .max : sum
        }
        return .milliseconds(milliseconds)
    }
}
