/// A text that is a decimal number: a sign, digits, a fraction, an exponent.
///
/// Swift's own initialisers also take hexadecimal numbers, infinities and things that are not numbers.
struct NumberText {
    let hasPlus: Bool
    let hasLeadingZero: Bool
    /// Whether there is neither a fraction nor an exponent.
    let isWhole: Bool

    /// Reads a number; nil when the text is none.
    init?(_ text: String) {
        var rest = Substring(text)
        hasPlus = rest.first == "+"
        if hasPlus || rest.first == "-" { rest.removeFirst() }
        let whole = Self.digits(&rest)
        guard !whole.isEmpty else { return nil }
        hasLeadingZero = whole.count > 1 && whole.first == "0"
        isWhole = rest.isEmpty
        if rest.first == "." {
            rest.removeFirst()
            guard !Self.digits(&rest).isEmpty else { return nil }
        }
        if let first = rest.first, first == "e" || first == "E" {
            rest.removeFirst()
            if let sign = rest.first, sign == "+" || sign == "-" { rest.removeFirst() }
            guard !Self.digits(&rest).isEmpty else { return nil }
        }
        guard rest.isEmpty else { return nil }
    }

    /// Takes the digits at the beginning of a text.
    static func digits(_ rest: inout Substring) -> Substring {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest[digits.endIndex...]
        return digits
    }
}
