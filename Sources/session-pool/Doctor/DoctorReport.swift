internal import CurlTransport

/// What was found on this machine.
struct DoctorReport: Codable, Hashable, Sendable {
    /// The libcurl that was loaded, which may be newer than the one that was compiled against.
    struct Libcurl: Codable, Hashable, Sendable {
        var version: String
        var tls: String
        var http2: String
        var features: [String]
        var protocols: [String]
    }

    /// The system's root certificates.
    struct Bundle: Codable, Hashable, Sendable {
        var path: String?
        var isReadable: Bool
        var certificates: Int

        enum CodingKeys: String, CodingKey {
            case path, certificates
            case isReadable = "readable"
        }
    }

    /// Something that the package can or cannot do here.
    struct Capability: Codable, Hashable, Sendable {
        var name: String
        var isAvailable: Bool
        var note: String

        enum CodingKeys: String, CodingKey {
            case name, note
            case isAvailable = "available"
        }
    }

    var libcurl: Libcurl
    var caBundle: Bundle
    /// The environment's proxies by variable, credentials hidden.
    var proxies: [String: String]
    var capabilities: [Capability]
    /// What is missing and what to do; empty when all is well.
    var problems: [String]

    enum CodingKeys: String, CodingKey {
        case libcurl, proxies, capabilities, problems
        case caBundle = "ca_bundle"
    }

    /// Looks around.
    init() {
        let curl = CurlGlobal.shared
        libcurl = Libcurl(
            version: curl.version,
            tls: curl.tlsLibrary,
            http2: curl.http2Library,
            features: curl.features,
            protocols: curl.protocols
        )
        caBundle = Self.bundle()
        proxies = Self.proxies()
        capabilities = Self.capabilities(curl)
        problems = Self.problems(curl, caBundle)
    }

    // MARK: Facts

    private static func bundle() -> Bundle {
        guard let path = CABundle.systemFile else { return Bundle(path: nil, isReadable: false, certificates: 0) }
        guard let bytes = try? SystemFile.read(path) else {
            return Bundle(path: path, isReadable: false, certificates: 0)
        }
        let beginnings = ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"].map { Array($0.utf8) }
        let count = bytes.split(separator: 0x0a).count { line in beginnings.contains { line.starts(with: $0) } }
        return Bundle(path: path, isReadable: true, certificates: count)
    }

    /// The variables that a session reads, in its order of preference.
    private static let proxyVariables = [
        "https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    ]

    private static func proxies() -> [String: String] {
        var found: [String: String] = [:]
        for name in proxyVariables {
            if let value = ProcessEnvironment.value(name) { found[name] = withoutCredentials(value) }
        }
        return found
    }

    /// A proxy's URL with `***` instead of a user and password.
    private static func withoutCredentials(_ url: String) -> String {
        let scheme = url.firstRange(of: "://").map { url[..<$0.upperBound] } ?? ""
        let rest = url.dropFirst(scheme.count)
        // A password may hold any sign: what stands before the last @ is never shown.
        guard let at = rest.lastIndex(of: "@") else { return url }
        return scheme + "***" + rest[at...]
    }

    private static func capabilities(_ curl: CurlGlobal) -> [Capability] {
        let has = { (feature: String) in curl.features.contains(feature) }
        let behavior = CurlBehavior.current
        func capability(_ name: String, _ isAvailable: Bool, _ yes: String, _ no: String) -> Capability {
            Capability(name: name, isAvailable: isAvailable, note: isAvailable ? yes : no)
        }
        return [
            capability("https", curl.protocols.contains("https"), curl.tlsLibrary, "this libcurl has no TLS"),
            capability("http2", has("HTTP2"), "by ALPN, when asked for", "this libcurl has no HTTP/2"),
            capability(
                "http2_by_default",
                has("HTTP2") && behavior.sharesHTTP2Well,
                "HTTPVersion.automatic offers HTTP/2",
                "HTTPVersion.automatic means HTTP/1.1 before libcurl 8.1"
            ),
            capability(
                "http2_shared_streams",
                has("HTTP2") && behavior.sharesHTTP2Well,
                "streams may share connections with other requests",
                "streams take HTTP/1.1 before libcurl 8.1, unless told otherwise"
            ),
            capability(
                "http2_prior_knowledge",
                has("HTTP2") && behavior.supportsPriorKnowledge,
                "HTTP/2 without TLS",
                "HTTP/2 without TLS needs libcurl 8.0"
            ),
            capability(
                "paused_streams",
                !behavior.readsPausedTransfers,
                "a stream whose reader waits is not read on",
                "libcurl 8.5 reads a paused stream on: sessions hold it back on HTTP/1.1; let no streams share HTTP/2"
            ),
            capability(
                "idn",
                has("IDN"),
                "international host names",
                "international host names must be given in ASCII"
            ),
            capability("compression", has("libz"), "gzip, when asked for", "this libcurl cannot decompress"),
            capability("https_proxy", has("HTTPS-proxy"), "proxies behind TLS", "no proxies behind TLS"),
            capability("unix_sockets", has("UnixSockets"), "Unix domain sockets", "no Unix domain sockets"),
        ]
    }

    private static func problems(_ curl: CurlGlobal, _ bundle: Bundle) -> [String] {
        var problems: [String] = []
        if !curl.isUsable { problems.append("libcurl cannot be initialised: reinstall libcurl4") }
        if !CurlBehavior.current.isSupported {
            problems.append(
                "libcurl \(curl.version) is too old: install 7.88.1 or newer, as Debian 12 and Ubuntu 24.04 have"
            )
        }
        if !curl.protocols.contains("https") {
            problems.append("libcurl has no TLS: install one built with OpenSSL, such as Debian's libcurl4")
        }
        if !curl.features.contains("AsynchDNS") {
            problems.append("libcurl looks names up while everything else waits: install one with a threaded resolver")
        }
        if bundle.path == nil {
            problems.append("no CA bundle was found: install ca-certificates or set SSL_CERT_FILE")
        } else if bundle.certificates == 0 {
            problems.append("the CA bundle has no certificates that can be read: reinstall ca-certificates")
        }
        return problems
    }
}
