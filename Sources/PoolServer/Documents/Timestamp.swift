/// A point in time as RFC 3339 writes it.
package enum Timestamp {
    /// Such as `2026-11-21T12:00:00Z`, of nanoseconds since 1970.
    ///
    /// - Parameters:
    ///   - nanoseconds: The point in time.
    ///   - showsMilliseconds: Whether three digits of the second's fraction are shown, rounded down.
    /// - Returns: The text, in UTC.
    package static func text(_ nanoseconds: Int64, showsMilliseconds: Bool = false) -> String {
        let second: Int64 = 1_000_000_000
        let seconds = floorDivided(nanoseconds, by: second)
        let days = floorDivided(seconds, by: 86_400)
        let rest = seconds - days * 86_400
        let (year, month, day) = date(days)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(rest / 3_600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
        guard showsMilliseconds else { return "\(date)T\(time)Z" }
        return "\(date)T\(time).\(padded((nanoseconds - seconds * second) / 1_000_000, 3))Z"
    }

    /// The Gregorian date of a number of days since 1970; years begin in March, so that a leap day ends one.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let fourCenturies: Int64 = 146_097
        let shifted = days + 719_468
        let era = floorDivided(shifted, by: fourCenturies)
        let ofEra = shifted - era * fourCenturies
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * ofYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, ofYear - (153 * fromMarch + 2) / 5 + 1)
    }

    private static func floorDivided(_ value: Int64, by divisor: Int64) -> Int64 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
