internal import FoundationEssentials

/// A point of civil time as the duration since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Providers say when a token ends in civil time. It is turned into a life span at once and only that is kept, so that a
/// clock that is set later does not matter.
struct UnixTime: Hashable, Comparable, Sendable {
    /// The time since the epoch.
    var sinceEpoch: Duration

    init(sinceEpoch: Duration) {
        self.sinceEpoch = sinceEpoch
    }

    /// Now, by the system's clock.
    static var now: UnixTime {
        UnixTime(sinceEpoch: .seconds(Date().timeIntervalSince1970))
    }

    static func < (left: UnixTime, right: UnixTime) -> Bool { left.sinceEpoch < right.sinceEpoch }

    static func - (left: UnixTime, right: UnixTime) -> Duration { left.sinceEpoch - right.sinceEpoch }

    /// Makes a point from a civil date and time in UTC; `nil` when there is no such date or time.
    ///
    /// The days are counted with the proleptic Gregorian calendar: years begin in March, so that a leap day is the last of
    /// its year, and 400 years always have 146 097 days.
    init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, nanosecond: Int = 0) {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...9_999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second),
            (0..<1_000_000_000).contains(nanosecond)
        else { return nil }
        let marchYear = month > 2 ? year : year - 1
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        // 719 468 days lie between the first of March of the year 0 and the epoch.
        let days = era * 146_097 + dayOfEra - 719_468
        sinceEpoch = .seconds(days * 86_400 + hour * 3_600 + minute * 60 + second) + .nanoseconds(nanosecond)
    }
}

extension UnixTime {
    /// Reads an RFC 3339 timestamp: `2026-01-01T12:00:00.123456789Z`, with any number of digits after the point.
    ///
    /// Digits beyond nanoseconds are dropped. An offset such as `+03:00` is taken into account.
    init?(rfc3339 text: String) {
        var scanner = DigitScanner(text)
        guard let year = scanner.digits(4), scanner.skip("-"), let month = scanner.digits(2), scanner.skip("-"),
            let day = scanner.digits(2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.digits(2), scanner.skip(":"), let minute = scanner.digits(2), scanner.skip(":"),
            let second = scanner.digits(2)
        else { return nil }
        var nanosecond = 0
        if scanner.skip(".") {
            guard let fraction = scanner.fraction(digits: 9) else { return nil }
            nanosecond = fraction
        }
        guard let offset = scanner.offset(), scanner.isAtEnd,
            let local = UnixTime(
                year: year,
                month: month,
                day: day,
                hour: hour,
                minute: minute,
                second: second,
                nanosecond: nanosecond
            )
        else { return nil }
        sinceEpoch = local.sinceEpoch - .seconds(offset)
    }

    /// Reads the date of an HTTP header in its preferred form (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.trimmingWhitespace.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", let day = Int(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3])
        else { return nil }
        let time = parts[4].split(separator: ":").map { Int($0) }
        guard time.count == 3, let hour = time[0], let minute = time[1], let second = time[2],
            let date = UnixTime(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        self = date
    }
}

/// Reads fixed-width numbers and separators of a timestamp.
private struct DigitScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func digit() -> Int? {
        guard let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        rest = rest.dropFirst()
        return Int(first - UInt8(ascii: "0"))
    }

    mutating func digits(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// One digit or more, scaled as if there were exactly `count` of them.
    mutating func fraction(digits count: Int) -> Int? {
        guard var value = digit() else { return nil }
        var seen = 1
        while let digit = digit() {
            if seen < count { value = value * 10 + digit }
            seen += 1
        }
        for _ in min(seen, count)..<count { value *= 10 }
        return value
    }

    /// `Z` or `±hh:mm`, in seconds east of Greenwich.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), skip(":"), let minutes = digits(2) else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}
