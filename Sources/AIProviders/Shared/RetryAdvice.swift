internal import HTTPSessionPool

/// What a server's answer says about trying again.
struct RetryAdvice: Hashable, Sendable {
    /// How long to wait.
    var after: Duration?
    /// Whether to try at all, where the server says so.
    var shouldRetry: Bool?

    /// A wait longer than this is no use to a caller, and guards against a garbled header.
    static let longestWait: Duration = .seconds(86_400)

    /// Reads `retry-after-ms`, `retry-after` (seconds or a date) and `x-should-retry`.
    ///
    /// A date is compared with the answer's own `Date` where there is one, so that a wrong clock here does not matter.
    init(headers: HeaderFields, now: UnixTime) {
        if let text = headers["retry-after-ms"], let value = Double(text.trimmingWhitespace) {
            after = Self.wait(seconds: value / 1_000)
        }
        if after == nil, let text = headers["retry-after"]?.trimmingWhitespace {
            if let value = Double(text) {
                after = Self.wait(seconds: value)
            } else if let date = UnixTime(httpDate: text) {
                let reference = headers["date"].flatMap { UnixTime(httpDate: $0) } ?? now
                after = min(max(date - reference, .zero), Self.longestWait)
            }
        }
        switch headers["x-should-retry"]?.trimmingWhitespace.lowercased() {
        case "true": shouldRetry = true
        case "false": shouldRetry = false
        default: shouldRetry = nil
        }
    }

    private static func wait(seconds: Double) -> Duration? {
        guard seconds.isFinite, seconds >= 0 else { return nil }
        return min(.seconds(min(seconds, 1e9)), longestWait)
    }

    /// Finds the wait in a sentence: `try again in 1m26.4s`, `retry after 20 seconds`, `retry in 36.28s`.
    ///
    /// OpenAI and 1C:Naparnik, Azure, and Google say it like this; where a header says it, the header counts.
    static func wait(inText text: String) -> Duration? {
        let text = text.lowercased()
        for words in ["try again in ", "try again after ", "retry after ", "retry in "] {
            if let rest = text.utf8Following(words), let wait = wait(of: String(rest.prefix(64))) { return wait }
        }
        return nil
    }

    /// The time that a text begins with: numbers with their units, of which all count; without a unit, seconds.
    static func wait(of text: String) -> Duration? {
        var rest = text[...]
        var seconds: Double?
        while true {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            // A full stop ends the sentence, and is no part of the number.
            guard let value = Double(number) ?? Double(number.dropLast()) else { break }
            let after = rest.dropFirst(number.count).drop { $0 == " " }
            let unit = after.prefix { $0.isLetter }
            guard let length = units[String(unit)] else { break }
            seconds = (seconds ?? 0) + value * length
            rest = after.dropFirst(unit.count).drop { $0 == " " || $0 == "," }
            if rest.hasPrefix("and ") { rest = rest.dropFirst(4) }
            if unit.isEmpty { break }
        }
        return seconds.flatMap { wait(seconds: $0) }
    }

    private static let units: [String: Double] = {
        let names: [(Double, [String])] = [
            (0.001, ["ms", "msec", "millisecond", "milliseconds"]),
            (1, ["", "s", "sec", "secs", "second", "seconds"]),
            (60, ["m", "min", "mins", "minute", "minutes"]),
            (3_600, ["h", "hr", "hrs", "hour", "hours"]),
            (86_400, ["d", "day", "days"]),
        ]
        return Dictionary(names.flatMap { length, names in names.map { ($0, length) } }) { first, _ in first }
    }()
}
