extension String {
    /// The text with spaces behind it, or before it, up to a width in characters.
    func padded(to width: Int, alignRight: Bool = false) -> String {
        let spaces = String(repeating: " ", count: Swift.max(0, width - count))
        return alignRight ? spaces + self : self + spaces
    }
}

extension Double {
    /// The number with a fixed count of digits behind the point, rounded half away from zero.
    func fixed(_ digits: Int) -> String {
        guard isFinite, magnitude < 1e12 else { return "\(self)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((magnitude * scale).rounded())
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let fraction = String(rest)
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// The number rounded to so many digits behind the point, as JSON output shows it.
    func rounded(digits: Int) -> Double {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// The duration in milliseconds.
    var milliseconds: Double { seconds * 1_000 }
}
