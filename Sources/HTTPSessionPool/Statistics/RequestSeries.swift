/// The requests of a session that had the same method, protocol version and result.
public struct RequestSeries: Sendable, Hashable {
    /// The method; `_OTHER` for one that RFC 9110 and RFC 5789 do not know.
    public let method: String
    /// The status code of the response; `nil` when there was none.
    public let status: Int?
    /// Why there was no response; `nil` when there was one.
    public let errorType: ErrorType?
    /// The version of HTTP, such as `1.1` or `2`; empty when it is not known.
    public let httpVersion: String
    /// How long the requests took, without the wait for a permit; that wait, for those which never got one.
    public let durations: LatencyHistogram
}

/// What tells series apart, packed into a word so that a request finds its series by one comparison.
struct SeriesKey: Hashable, Sendable {
    private static let methods = [
        "_OTHER", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
    ]
    private static let versions = ["", "1.0", "1.1", "2", "3"]
    private static let errorBit: UInt32 = 1 << 16

    private let word: UInt32

    init(method: String, version: Int, status: Int) {
        word = Self.head(method, version) | UInt32(UInt16(clamping: status))
    }

    init(method: String, version: Int, error: ErrorType) {
        let number = ErrorType.allCases.firstIndex(of: error) ?? ErrorType.allCases.count - 1
        word = Self.head(method, version) | Self.errorBit | UInt32(number)
    }

    /// Where requests go for which there is no series left.
    static let overflow = SeriesKey(method: "_OTHER", version: 0, error: .other)

    private static func head(_ method: String, _ version: Int) -> UInt32 {
        UInt32(number(ofMethod: method)) << 24 | UInt32(number(ofVersion: version)) << 20
    }

    private static func number(ofMethod method: String) -> Int {
        switch method {
        case "POST": 3
        case "GET": 1
        default: methods.firstIndex(of: method) ?? 0
        }
    }

    /// By libcurl's `CURL_HTTP_VERSION_` numbers.
    private static func number(ofVersion version: Int) -> Int {
        switch version {
        case 1...3: version
        case 30, 31: 4
        default: 0
        }
    }

    var method: String { Self.methods[Int(word >> 24)] }
    var httpVersion: String { Self.versions[Int(word >> 20 & 15)] }
    var status: Int? { word & Self.errorBit == 0 ? Int(word & 0xffff) : nil }
    var errorType: ErrorType? { word & Self.errorBit == 0 ? nil : ErrorType.allCases[Int(word & 0xffff)] }
}

/// The series of a session: few, and never more than ``capacity``.
struct SeriesTable: Hashable, Sendable {
    /// The most series; what comes after them is counted as `_OTHER`.
    static let capacity = 32

    private var keys: [SeriesKey] = []
    private var histograms: [LatencyHistogram] = []
    /// Where the last request went: the next one is likely to go there too.
    private var last = 0

    mutating func record(_ key: SeriesKey, _ nanoseconds: Int64) {
        if last >= keys.count || keys[last] != key { last = index(of: key) }
        histograms[last].record(nanoseconds)
    }

    mutating func merge(_ other: SeriesTable) {
        for (key, histogram) in zip(other.keys, other.histograms) {
            histograms[index(of: key)].merge(histogram)
        }
    }

    private mutating func index(of key: SeriesKey) -> Int {
        if let index = keys.firstIndex(of: key) { return index }
        // One place is kept for all that find none.
        guard keys.count < Self.capacity - 1 || key == .overflow else { return index(of: .overflow) }
        keys.append(key)
        histograms.append(LatencyHistogram())
        return keys.count - 1
    }

    var series: [RequestSeries] {
        zip(keys, histograms).map { key, histogram in
            RequestSeries(
                method: key.method,
                status: key.status,
                errorType: key.errorType,
                httpVersion: key.httpVersion,
                durations: histogram
            )
        }
    }
}

extension RequestSeries {
    func hasSameLabels(_ other: RequestSeries) -> Bool {
        method == other.method && status == other.status && errorType == other.errorType
            && httpVersion == other.httpVersion
    }

    func adding(_ other: RequestSeries) -> RequestSeries {
        var sum = durations
        sum.merge(other.durations)
        return RequestSeries(
            method: method,
            status: status,
            errorType: errorType,
            httpVersion: httpVersion,
            durations: sum
        )
    }
}
