extension String {
    /// The string without white space at its ends.
    var trimmingWhitespace: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// The string, or `nil` when it is empty: some providers write an empty string where others leave a field out.
    var nonEmpty: String? { isEmpty ? nil : self }

    /// The string without the slashes at its end.
    var withoutTrailingSlashes: String {
        var result = self[...]
        while result.hasSuffix("/") { result = result.dropLast() }
        return String(result)
    }

    /// What follows the first occurrence of `words`; `nil` when they do not occur.
    func following(_ words: String) -> Substring? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(words) { return self[start...].dropFirst(words.count) }
            start = index(after: start)
        }
        return nil
    }
}
