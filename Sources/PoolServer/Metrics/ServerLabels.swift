/// Whom a session talks to, in OpenTelemetry's words.
package struct ServerLabels: Hashable, Comparable {
    /// The host, without brackets.
    package let address: String
    /// The port; empty when it is not known.
    package let port: String

    /// Reads an origin such as `https://api.example.com` or `http://[::1]:8080`; one that is none is an address alone.
    package init(origin: String) {
        guard let scheme = origin.firstRange(of: "://") else {
            (address, port) = (origin, "")
            return
        }
        let authority = origin[scheme.upperBound...]
        let isSecure = origin[..<scheme.lowerBound] == "https"
        // The last colon parts the port, unless it stands inside an IPv6 address.
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            address = Self.withoutBrackets(authority[..<colon])
            port = String(authority[authority.index(after: colon)...])
        } else {
            address = Self.withoutBrackets(authority)
            port = isSecure ? "443" : "80"
        }
    }

    private static func withoutBrackets(_ host: Substring) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
    }

    var pairs: [(name: String, value: String)] { [("server_address", address), ("server_port", port)] }

    package static func < (left: ServerLabels, right: ServerLabels) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}
