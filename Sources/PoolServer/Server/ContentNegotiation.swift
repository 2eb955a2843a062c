/// What a client accepts (RFC 9110, section 12.5.1).
struct AcceptedTypes {
    private struct Range {
        let type: Substring
        let subtype: Substring
        let version: Substring?
        let quality: Double

        /// How closely it names a type; `nil` when it does not.
        func precision(for offer: Offer) -> Int? {
            if type == "*" { return 0 }
            guard type == offer.type else { return nil }
            if subtype == "*" { return 1 }
            guard subtype == offer.subtype else { return nil }
            guard let version else { return 2 }
            return offer.versions.contains(String(version)) ? 3 : nil
        }
    }

    /// A type that the server can send.
    struct Offer {
        let type: String
        let subtype: String
        /// Values of a `version` parameter that the type meets.
        var versions: [String] = []
    }

    private let ranges: [Range]

    /// Reads an `Accept` field; none at all accepts everything.
    init(_ field: String?) {
        ranges = (field ?? "*/*").split(separator: ",").compactMap { Self.range($0) }
    }

    private static func range(_ text: Substring) -> Range? {
        let parts = text.split(separator: ";").map { trimmed($0) }
        guard let first = parts.first else { return nil }
        let names = first.lowercased().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
        var (quality, version): (Double, Substring?) = (1, nil)
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            switch trimmed(pair[0]).lowercased() {
            case "q": quality = Double(trimmed(pair[1])).map { min(1, max(0, $0)) } ?? 0
            case "version": version = trimmed(pair[1])
            default: break
            }
        }
        return Range(type: names[0], subtype: names[1], version: version, quality: quality)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" || character == "\"" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }

    /// The offer that the client likes best, of equal ones the first; `nil` when it accepts none.
    func best(of offers: [Offer]) -> Int? {
        var best: (index: Int, quality: Double)?
        for (index, offer) in offers.enumerated() {
            let quality = quality(of: offer)
            guard quality > 0, quality > best?.quality ?? 0 else { continue }
            best = (index, quality)
        }
        return best?.index
    }

    /// The quality that the most precise range gives to an offer; of equally precise ones the greatest.
    private func quality(of offer: Offer) -> Double {
        var found: (precision: Int, quality: Double)?
        for range in ranges {
            guard let precision = range.precision(for: offer) else { continue }
            if let known = found, (known.precision, known.quality) >= (precision, range.quality) { continue }
            found = (precision, range.quality)
        }
        return found?.quality ?? 0
    }
}
