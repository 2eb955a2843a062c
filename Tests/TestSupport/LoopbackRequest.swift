/// A request as the loopback server read it.
package struct LoopbackRequest: Sendable, CustomStringConvertible {
    /// One header line.
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    package var method: String
    /// What stands between the method and the version: a path, or an absolute URL when the peer takes us for a proxy.
    package var target: String
    package var version: String
    package var headers: [Field] = []
    /// The first MiB of the body; `bodyLength` is its whole length.
    package var body: [UInt8] = []
    package var bodyLength = 0
    /// The number of the connection, counted from 0 in the order of acceptance.
    package var connection = 0
    /// The number of the request on its connection, counted from 0.
    package var indexOnConnection = 0
    /// The number of the request at the server, counted from 0.
    package var index = 0

    /// The values of all lines of this name, in any case.
    package func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The value of the first line of this name.
    package subscript(_ name: String) -> String? {
        values(name).first
    }

    /// The body as text.
    package var text: String {
        String(decoding: body, as: UTF8.self)
    }

    package var description: String {
        "\(method) \(target) (connection \(connection), request \(indexOnConnection) on it, \(bodyLength) B)"
    }

    /// Parses a request head, without the empty line at its end; nil when it is none.
    init?(head: some Collection<UInt8>) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let first = lines.first else { return nil }
        let words = first.split(separator: " ")
        guard words.count == 3, words[2].hasPrefix("HTTP/") else { return nil }
        method = String(words[0])
        target = String(words[1])
        version = String(words[2])
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...]
            headers.append(Field(name: String(line[..<colon]), value: Self.trimmed(value)))
        }
    }

    /// How the body is framed.
    enum Framing {
        case length(Int)
        case chunked
    }

    var framing: Framing {
        if self["Transfer-Encoding"]?.lowercased().hasSuffix("chunked") == true { return .chunked }
        return .length(self["Content-Length"].flatMap { Int($0) } ?? 0)
    }

    var asksToClose: Bool {
        let connection = self["Connection"]?.lowercased()
        return connection == "close" || (version == "HTTP/1.0" && connection != "keep-alive")
    }

    private static func trimmed(_ value: Substring) -> String {
        let start = value.drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(start[...last])
    }
}
