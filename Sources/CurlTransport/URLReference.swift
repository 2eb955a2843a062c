/// A reference to a resource, split into its parts by RFC 3986, appendix B, and resolved by section 5.2.
///
/// libcurl 7.88.1 resolves them itself, but takes a fragment alone for a path, refuses a blank in an absolute URL, and makes
/// `+` of one in a query.
struct URLReference {
    private(set) var scheme: Substring?
    private(set) var authority: Substring?
    private(set) var path: Substring
    private(set) var query: Substring?

    /// Splits a text of ASCII; its fragment, which is the client's own, is left out.
    init(_ text: String) {
        var rest = text.prefix { $0 != "#" }
        if let colon = rest.firstIndex(where: { ":/?".contains($0) }), rest[colon] == ":",
            Self.isScheme(rest[..<colon])
        {
            scheme = rest[..<colon]
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            authority = rest[..<end]
            rest = rest[end...]
        }
        let end = rest.firstIndex(of: "?") ?? rest.endIndex
        path = rest[..<end]
        query = end == rest.endIndex ? nil : rest[rest.index(after: end)...]
    }

    /// What the reference means in a resource of the address `base` (RFC 3986, section 5.2.2, strictly).
    func resolved(against base: URLReference) -> URLReference {
        var target = self
        if scheme == nil {
            target.scheme = base.scheme
            if authority == nil {
                target.authority = base.authority
                if path.isEmpty {
                    // As libcurl has asked for it.
                    target.path = Substring(Self.removingDotSegments(base.path))
                    target.query = query ?? base.query
                    return target
                }
                if !path.hasPrefix("/") { target.path = base.merged(with: path) }
            }
        }
        target.path = Substring(Self.removingDotSegments(target.path))
        return target
    }

    /// The text of the parts, with another spelling of the authority.
    func text(authority: String) -> String {
        "\(scheme ?? "")://\(authority)\(path.isEmpty ? "/" : path)\(query.map { "?" + $0 } ?? "")"
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7a else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2b, 0x2d, 0x2e: true
            default: false
            }
        }
    }

    /// A relative path in the place of the last segment of this one (RFC 3986, section 5.2.3).
    private func merged(with relative: Substring) -> Substring {
        guard let slash = path.lastIndex(of: "/") else { return "/" + relative }
        return path[...slash] + relative
    }

    /// The path without `.` and `..` (RFC 3986, section 5.2.4).
    static func removingDotSegments(_ path: Substring) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var kept: [Substring] = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".":
                if isLast { kept.append("") }
            case "..":
                // The first, empty segment is the slash that the path begins with.
                if kept.count > 1 { kept.removeLast() }
                if isLast { kept.append("") }
            default:
                kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }
}
