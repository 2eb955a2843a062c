internal import Glibc

/// A host and a port as libcurl keeps their addresses: by both.
struct HostName: Hashable, Sendable {
    /// Lower case, in ASCII; an IPv6 address in brackets.
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The host of a request's URL; `nil` for what is no URL.
    init?(url: String) {
        guard let url = try? CurlURL(url), !url.host.isEmpty else { return nil }
        self.init(host: url.host, port: url.effectivePort)
    }

    /// The host of a proxy's URL, whose port is libcurl's default when it names none (CURLOPT_PROXY(3)).
    init?(proxy: String) {
        guard let url = try? CurlURL(proxy.contains("://") ? proxy : "http://\(proxy)"), !url.host.isEmpty else {
            return nil
        }
        self.init(host: url.host, port: url.port ?? (url.scheme == "https" ? 443 : 1_080))
    }

    /// Whether libcurl knows the addresses without asking anybody: an address itself, or the host's own (RFC 6761).
    var isKnown: Bool {
        if host.hasPrefix("[") || host == "localhost" || host.hasSuffix(".localhost") { return true }
        var address = in_addr()
        return unsafe host.withCString { unsafe inet_pton(AF_INET, $0, &address) } == 1
    }

    /// Whether it can be looked up at all: no service of Tor, which name servers must not be asked about (RFC 7686), and
    /// no longer than names are (RFC 1035) and libcurl can be told.
    var isResolvable: Bool {
        !host.isEmpty && host.utf8.count <= 254 && !host.hasSuffix(".onion") && !host.hasSuffix(".onion.")
    }

    /// The spellings by which libcurl may keep it: with and without the dot at the end, which differs by version.
    private var spellings: [String] { host.hasSuffix(".") ? [host, String(host.dropLast())] : [host] }

    /// Lines for CURLOPT_RESOLVE that tell libcurl the addresses, until they are too old.
    func telling(_ addresses: [String]) -> [String] {
        spellings.map { "+\($0):\(port):\(addresses.joined(separator: ","))" }
    }

    /// Lines for CURLOPT_RESOLVE that make libcurl forget the addresses.
    var forgetting: [String] { spellings.map { "-\($0):\(port)" } }
}
