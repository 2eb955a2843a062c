internal import CurlTransport
import Synchronization

/// The address of a service, in the one spelling by which a pool finds its session.
///
/// `HTTPS://API.Example.com:443/v1/` and `https://api.example.com/v1` are the same: scheme and host are in lower case,
/// international names in their ASCII form, a default port and a trailing slash or dot are dropped.
public struct BaseURL: Sendable {
    /// One reference to count, and a hash that is computed once: an address is looked up at every use of a pool.
    private final class Parts: Sendable {
        let scheme: String
        let host: String
        let port: Int
        let path: String
        let origin: String
        let originHash: Int

        init(scheme: String, host: String, port: Int, path: String) {
            self.scheme = scheme
            self.host = host
            self.port = port
            self.path = path
            let isDefault = port == (scheme == "https" ? 443 : 80)
            origin = isDefault ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
            originHash = origin.hashValue
        }
    }

    private let parts: Parts

    /// `http` or `https`.
    public var scheme: String { parts.scheme }
    /// The host: a name, an IPv4 address, or an IPv6 address in brackets, with the zone of a link-local one:
    /// `[fe80::1%25eth0]`.
    public var host: String { parts.host }
    /// The port, the scheme's default included.
    public var port: Int { parts.port }
    /// What every request's path is appended to: empty, or a path without a trailing slash.
    public var path: String { parts.path }
    /// Scheme, host and port, such as `https://api.example.com`; a default port is left out.
    public var origin: String { parts.origin }
    /// A hash of the origin.
    var originHash: Int { parts.originHash }

    /// Whether both have the same origin.
    func hasOrigin(of other: BaseURL) -> Bool {
        parts === other.parts || parts.origin == other.parts.origin
    }

    /// Reads and normalises an address.
    ///
    /// - Parameter text: An absolute `http` or `https` URL without credentials, query or fragment.
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidURL``, saying what is wrong with it.
    public init(_ text: String) throws(SessionError) {
        let url = try Self.parse(text)
        guard url.query == nil, url.fragment == nil else {
            throw Self.error("A base URL has no query and no fragment; give them with the request's path.")
        }
        self.init(url)
    }

    private init(_ url: CurlURL) {
        var host = url.host
        if host.hasSuffix(".") {
            host.removeLast()
            // Without it, it may be a short form of an IPv4 address.
            host = (try? CurlURL("http://\(host)/"))?.host ?? host
        }
        let port = url.effectivePort
        // Encoded as a request's path is: other bytes have no place in a request line.
        let path = PercentEncoding.encode(String(url.path.reversed().drop { $0 == "/" }.reversed()))
        parts = Parts(scheme: url.scheme, host: host, port: port, path: path)
    }

    private static func parse(_ text: String) throws(SessionError) -> CurlURL {
        guard !text.isEmpty else { throw error("The URL is empty; it must look like https://api.example.com/v1.") }
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            throw error("The URL contains white space or a control character.")
        }
        guard text.contains("://") else {
            throw error("The URL has no scheme; it must begin with https:// or http://.")
        }
        let url: CurlURL
        do {
            url = try CurlURL(text)
        } catch {
            throw Self.error("The URL cannot be read: \(error.message).")
        }
        guard url.scheme == "https" || url.scheme == "http" else {
            throw error("The scheme '\(url.scheme)' is not supported; use https or http.")
        }
        guard !url.hasCredentials else {
            throw error("The URL contains a user name or password; send credentials in a header field.")
        }
        guard !url.host.isEmpty else { throw error("The URL has no host.") }
        if let port = url.port, !(1...65_535).contains(port) {
            throw error("The port \(port) is not between 1 and 65535.")
        }
        return url
    }

    private static func error(_ message: String) -> SessionError {
        SessionError(.invalidURL, message)
    }

    // MARK: Requests

    /// The absolute URL of a request.
    ///
    /// - Parameter path: A path with or without a leading slash, appended to this address, or an absolute URL of the
    ///   same origin. Bytes that cannot stand in a URL, such as spaces and non-ASCII letters, are percent-encoded.
    /// - Returns: The URL, ready for libcurl.
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidURL``.
    func url(for path: String) throws(SessionError) -> String {
        guard !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw SessionError(.invalidURL, "The request's path contains a control character.", origin: origin)
        }
        guard !path.utf8.contains(0x23) else {
            throw SessionError(.invalidURL, "The request's path contains a fragment ('#').", origin: origin)
        }
        if Self.isAbsolute(path) {
            // Encoded as a whole: libcurl decodes the host again, which may be an international name.
            let encoded = PercentEncoding.encode(path)
            let other = BaseURL(try Self.parse(encoded))
            guard other.origin == origin else {
                throw SessionError(
                    .invalidURL,
                    "The request's URL belongs to \(other.origin); ask the pool for a session of that origin.",
                    origin: origin
                )
            }
            return encoded == path ? path : other.origin + Self.afterAuthority(encoded)
        }
        let separator = path.isEmpty || path.hasPrefix("/") || path.hasPrefix("?") ? "" : "/"
        let target = PercentEncoding.encode(path)
        return self.path.isEmpty && !target.hasPrefix("/")
            ? "\(origin)/\(target)" : "\(origin)\(self.path)\(separator)\(target)"
    }

    /// Path and query of an absolute URL.
    private static func afterAuthority(_ url: String) -> Substring {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        return url[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
    }

    private static func isAbsolute(_ path: String) -> Bool {
        guard let colon = path.utf8.firstIndex(of: 0x3a) else { return false }
        let scheme = path[..<colon].lowercased()
        return (scheme == "http" || scheme == "https") && path[colon...].hasPrefix("://")
    }
}

extension BaseURL: Hashable {
    /// Whether both are the same address.
    public static func == (left: BaseURL, right: BaseURL) -> Bool {
        left.parts === right.parts || (left.parts.origin == right.parts.origin && left.parts.path == right.parts.path)
    }

    /// Feeds the address into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(parts.originHash)
        hasher.combine(parts.path)
    }
}

extension BaseURL {
    /// Addresses that were read lately; a program uses few, and asks for the same ones at every request.
    private static let recent = Locked<[String: BaseURL]>([:])
    private static let recentLimit = 1_024

    /// The address of a text, read once as long as few others are asked for.
    static func recent(_ text: String) throws(SessionError) -> BaseURL {
        if let known = recent.withLock({ $0[text] }) { return known }
        let read = try BaseURL(text)
        recent.withLock { recent in
            if recent.count >= recentLimit { recent = [:] }
            recent[text] = read
        }
        return read
    }
}

extension BaseURL: CustomStringConvertible {
    /// The normalised address.
    public var description: String { origin + path }
}
