/// The parts of a `multipart/form-data` body.
struct MultipartForm: Sendable {
    /// One part.
    struct Part: Hashable, Sendable {
        var name: String
        var fileName: String?
        var content: [UInt8]
    }

    private var parts: [Part] = []

    /// The form of a request; nil if it is none or is broken.
    init?(_ request: HTTPRequest) {
        guard let type = request[field: "Content-Type"], type.lowercased().hasPrefix("multipart/form-data"),
            let boundary = Self.parameter("boundary", of: type)
        else { return nil }
        let delimiter = Array("--\(boundary)".utf8)
        var sections = request.body.split(separator: delimiter, omittingEmptySubsequences: false)
        guard sections.count > 2, sections.last?.starts(with: "--".utf8) ?? false else { return nil }
        sections.removeFirst()
        sections.removeLast()
        for section in sections {
            guard let part = Self.part(section) else { return nil }
            parts.append(part)
        }
    }

    /// The first part of that name.
    subscript(name: String) -> Part? {
        parts.first { $0.name == name }
    }

    private static func part(_ section: ArraySlice<UInt8>) -> Part? {
        let pieces = section.split(separator: Array("\r\n\r\n".utf8), maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces[1].suffix(2).elementsEqual("\r\n".utf8) else { return nil }
        let lines = String(decoding: pieces[0], as: UTF8.self).split(separator: "\r\n")
        guard let disposition = lines.first(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            let name = parameter("name", of: String(disposition))
        else { return nil }
        return Part(
            name: name,
            fileName: parameter("filename", of: String(disposition)),
            content: Array(pieces[1].dropLast(2))
        )
    }

    /// A parameter of a header field's value, without quotes.
    private static func parameter(_ name: String, of value: String) -> String? {
        for piece in value.split(separator: ";").dropFirst() {
            let pair = piece.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].lowercased() == name else { continue }
            return String(pair[1].drop { $0 == "\"" }.prefix { $0 != "\"" })
        }
        return nil
    }
}
