/// RFC 3339 timestamps in UTC.
enum Timestamp {
    /// The text of a time since 1970, with that many digits of the second's fraction.
    static func text(nanoseconds: Int64, digits: Int) -> String {
        let second = nanoseconds / 1_000_000_000
        let (day, inDay) = (second / 86_400, second % 86_400)
        let date = civil(day: Int(day))
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        var text = "\(date.year)-\(two(Int64(date.month)))-\(two(Int64(date.day)))"
        text += "T\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60))"
        if digits > 0 {
            let fraction = String(nanoseconds % 1_000_000_000)
            text += "." + (String(repeating: "0", count: 9 - fraction.count) + fraction).prefix(digits)
        }
        return text + "Z"
    }

    /// The Gregorian date of a day since 1970: whole 400-year eras first, then years that begin in March, so that the
    /// leap day comes last.
    private static func civil(day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
