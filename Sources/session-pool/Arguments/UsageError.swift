/// Arguments that cannot be understood.
struct UsageError: Error, Hashable {
    /// What is wrong, and what was probably meant.
    let message: String

    /// The words to choose from, and the one that was probably meant.
    static func unknown(_ what: String, _ given: String, of known: [String]) -> UsageError {
        let hint = Self.nearest(to: given, of: known).map { "; did you mean \($0)?" } ?? ""
        return UsageError(message: "unknown \(what) \(given)\(hint)")
    }

    /// The known word that is at most a third of its letters away, or that begins with the given one.
    private static func nearest(to given: String, of known: [String]) -> String? {
        let ranked = known.map { (word: $0, distance: distance(given, $0)) }.sorted { $0.distance < $1.distance }
        if let best = ranked.first, best.distance <= max(1, best.word.count / 3) { return best.word }
        let beginnings = known.filter { given.count > 2 && $0.hasPrefix(given) }
        return beginnings.count == 1 ? beginnings[0] : nil
    }

    /// The Damerau-Levenshtein distance in its simple form: letters added, dropped, changed, or two neighbours swapped.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var rows = [Array(0...right.count)]
        for row in 1..<(left.count + 1) {
            var line = [row]
            for column in 1..<(right.count + 1) {
                let isSame = left[row - 1] == right[column - 1]
                var best = min(rows[row - 1][column] + 1, line[column - 1] + 1)
                best = min(best, rows[row - 1][column - 1] + (isSame ? 0 : 1))
                let mayBeSwapped = row > 1 && column > 1
                if mayBeSwapped, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, rows[row - 2][column - 2] + 1)
                }
                line.append(best)
            }
            rows.append(line)
        }
        return rows[left.count][right.count]
    }
}
