/// A field that may be missing, `null` or of another form than expected: then there is no value, and no failure.
///
/// For what is good to have and must not cost the answer.
struct Lenient<Value: Decodable & Sendable>: Decodable, Sendable {
    /// The value, if there is one that can be read.
    let value: Value?

    init(from decoder: any Decoder) {
        value = try? Value(from: decoder)
    }
}

/// A list, or a single element in its place; elements that are `null` are left out.
struct WireList<Element: Decodable & Sendable>: Decodable, Sendable {
    /// The elements.
    let elements: [Element]

    init(from decoder: any Decoder) throws {
        guard var list = try? decoder.unkeyedContainer() else {
            elements = [try Element(from: decoder)]
            return
        }
        var elements: [Element] = []
        while !list.isAtEnd {
            if try list.decodeNil() { continue }
            elements.append(try list.decode(Element.self))
        }
        self.elements = elements
    }
}

/// A word that some services write as a number; anything else is no word.
struct WireText: Decodable, Hashable, Sendable {
    /// The word, if it says something.
    let value: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            value = text.nonEmpty
        } else {
            value = (try? container.decode(Int64.self)).map { String($0) }
        }
    }
}
