/// Finds the known word that was probably meant by an unknown one.
enum Spelling {
    /// The known word at most a third of its letters away, of equals the first; else the only one that begins so.
    static func nearest(to given: String, of known: some Sequence<String>) -> String? {
        let folded = fold(given)
        var best: (word: String, distance: Int)?
        for word in known {
            let distance = distance(Array(folded), Array(fold(word)))
            if distance <= max(1, word.count / 3), distance < best?.distance ?? .max { best = (word, distance) }
        }
        if let best { return best.word }
        let beginnings = known.filter { folded.count > 2 && fold($0).hasPrefix(folded) }
        return beginnings.count == 1 ? beginnings.first : nil
    }

    /// Case and the kind of dash are no difference worth a letter.
    private static func fold(_ word: String) -> String {
        String(word.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
    }

    /// The Damerau-Levenshtein distance: letters added, dropped, changed, or two neighbours swapped.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var line = [row + 1]
            for column in right.indices {
                let change = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(last[column + 1] + 1, line[column] + 1, change)
                let mayBeSwapped = row > 0 && column > 0
                if mayBeSwapped, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, before[column - 1] + 1)
                }
                line.append(best)
            }
            (before, last) = (last, line)
        }
        return last[right.count]
    }
}
