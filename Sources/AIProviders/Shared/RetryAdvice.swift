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

    /// Finds the wait in a sentence such as `Try again in 123 seconds.`, which is how 1C:Naparnik and OpenAI say it.
    static func wait(inText text: String) -> Duration? {
        guard let rest = text.lowercased().following("try again in ") else { return nil }
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(number) else { return nil }
        let unit = rest.dropFirst(number.count).drop { $0 == " " }.prefix { $0.isLetter }
        switch unit {
        case "ms", "millisecond", "milliseconds": return wait(seconds: value / 1_000)
        case "m", "min", "minute", "minutes": return wait(seconds: value * 60)
        case "h", "hour", "hours": return wait(seconds: value * 3_600)
        case "", "s", "sec", "second", "seconds": return wait(seconds: value)
        default: return nil
        }
    }
}
