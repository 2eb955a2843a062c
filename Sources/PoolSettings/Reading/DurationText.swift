/// A time as people write it: `250ms`, `5s`, `1h30m`.
enum DurationText {
    /// The units and how many nanoseconds each has.
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("min", 60_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]

    /// Reads a time; nil when the text is none.
    ///
    /// Units go from long to short, each once.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        var total: Duration = .zero
        var last = Int64.max
        repeat {
            let (whole, fraction) = (NumberText.digits(&rest), Self.fraction(&rest))
            let name = rest.prefix { $0.isLetter }
            rest = rest[name.endIndex...]
            guard let unit = units.first(where: { $0.name == name })?.nanoseconds, unit < last, let fraction,
                whole.count <= 12, let count = Int64(whole)
            else { return nil }
            last = unit
            total += .nanoseconds(unit) * count
            // The fraction's digits, each a tenth of the one before.
            var share: Duration = .nanoseconds(unit)
            for digit in fraction {
                share /= 10
                total += share * (digit.wholeNumberValue ?? 0)
            }
        } while !rest.isEmpty
        return isNegative ? .zero - total : total
    }

    /// The digits behind a point: none without a point, nil when there is nothing behind it.
    private static func fraction(_ rest: inout Substring) -> Substring? {
        guard rest.first == "." else { return "" }
        rest.removeFirst()
        let digits = NumberText.digits(&rest)
        return (1...9).contains(digits.count) ? digits : nil
    }

    /// A time from a number of seconds, to the nanosecond; nil beyond a thousand years.
    static func seconds(_ number: Double) -> Duration? {
        guard number.isFinite, number.magnitude < 3.2e10 else { return nil }
        let whole = number.rounded(.towardZero)
        return .seconds(Int64(whole)) + .nanoseconds(Int64(((number - whole) * 1e9).rounded()))
    }
}
