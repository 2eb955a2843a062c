internal import CCurl
internal import Glibc

/// The parts of an absolute URL, as libcurl understands them: what it parses is what it will connect to.
package struct CurlURL: Sendable, Hashable {
    /// Why a text is no URL, in libcurl's words.
    package struct ParseError: Error, Sendable, Hashable {
        package let message: String
    }

    /// Lower case.
    package let scheme: String
    /// Lower case, internationalised names in their ASCII form, IPv6 addresses in brackets and in their shortest form, with
    /// their zone if they have one: `[fe80::1%25eth0]`.
    package let host: String
    /// The port, if the text has one.
    package let port: Int?
    /// The port that is connected to: that of the text, or its scheme's (RFC 9110, section 4.2).
    package var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }
    /// At least `/`.
    package let path: String
    package let query: String?
    package let fragment: String?
    /// Whether there is a user name or a password.
    package let hasCredentials: Bool

    /// Parses an absolute URL of any scheme.
    package init(_ text: String) throws(ParseError) {
        guard let handle = unsafe curl_url() else { throw ParseError(message: "out of memory") }
        defer { unsafe curl_url_cleanup(handle) }
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME)
        let code = unsafe text.withCString { unsafe curl_url_set(handle, CURLUPART_URL, $0, flags) }
        guard code == CURLUE_OK else { throw Self.error(code) }
        scheme = try unsafe Self.part(CURLUPART_SCHEME, of: handle)?.lowercased() ?? ""
        host = try unsafe Self.host(of: handle)
        port = try unsafe Self.part(CURLUPART_PORT, of: handle).flatMap { Int($0) }
        path = try unsafe Self.part(CURLUPART_PATH, of: handle) ?? "/"
        query = try unsafe Self.part(CURLUPART_QUERY, of: handle)
        fragment = try unsafe Self.part(CURLUPART_FRAGMENT, of: handle)
        let user = try unsafe Self.part(CURLUPART_USER, of: handle)
        let password = try unsafe Self.part(CURLUPART_PASSWORD, of: handle)
        hasCredentials = user != nil || password != nil
    }

    /// Resolves a reference, as from a `Location` field, against an absolute URL (RFC 3986, section 5).
    ///
    /// What cannot stand in a URL is percent-encoded, an international name becomes its ASCII form, and a fragment, which is
    /// the client's own, is left out.
    package static func resolve(_ reference: String, against base: String) throws(ParseError) -> String {
        // Encoded first: in a letter with an accent on it a delimiter would not be found.
        let base = URLReference(PercentEncoding.encode(base))
        let target = URLReference(PercentEncoding.encode(reference)).resolved(against: base)
        guard let scheme = target.scheme, let authority = target.authority, !authority.isEmpty else {
            throw ParseError(message: "it names no host")
        }
        let url = try CurlURL("\(scheme)://\(authority)/")
        // Credentials stay, for the caller to refuse.
        guard !url.hasCredentials else { return target.text(authority: String(authority)) }
        return target.text(authority: url.host + (url.port.map { ":\($0)" } ?? ""))
    }

    // MARK: Parts

    @unsafe
    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: Int32 = 0) throws(ParseError)
        -> String?
    {
        var text: UnsafeMutablePointer<CChar>?
        let code = unsafe curl_url_get(handle, part, &text, UInt32(flags))
        defer { unsafe curl_free(text) }
        switch code {
        case CURLUE_OK: return unsafe text.map { unsafe String(cString: $0) }
        case CURLUE_NO_SCHEME, CURLUE_NO_HOST, CURLUE_NO_PORT, CURLUE_NO_QUERY, CURLUE_NO_FRAGMENT, CURLUE_NO_USER,
            CURLUE_NO_PASSWORD, CURLUE_NO_OPTIONS, CURLUE_NO_ZONEID:
            return nil
        default: throw error(code)
        }
    }

    @unsafe
    private static func host(of handle: OpaquePointer) throws(ParseError) -> String {
        // Without its escapes: an international name may hide behind them.
        let host = try unsafe part(CURLUPART_HOST, of: handle) ?? ""
        if host.hasPrefix("[") {
            let zone = try unsafe part(CURLUPART_ZONEID, of: handle)
            try check(zone ?? "", \.isUnreserved)
            return "[" + shortest(String(host.dropFirst().dropLast())) + (zone.map { "%25" + $0 } ?? "") + "]"
        }
        let name = host.utf8.allSatisfy { $0 < 0x80 } ? host : try unsafe internationalName(of: handle)
        try check(name, \.isOfRegisteredName)
        // A dot at the end is the root (RFC 1034, section 3.1), and the only label without a letter.
        let labels = (name.hasSuffix(".") ? name.dropLast() : Substring(name)).split(
            separator: ".",
            omittingEmptySubsequences: false
        )
        guard name.isEmpty || !labels.contains("") else {
            throw ParseError(message: "the host has two dots with nothing between them, or begins with one")
        }
        return name.lowercased()
    }

    /// Refuses what libcurl 7.88.1 takes for a part of a host: `|`, and behind an escape anything (RFC 3986, section 3.2.2).
    private static func check(_ text: String, _ isAllowed: (UInt8) -> Bool) throws(ParseError) {
        guard text.utf8.allSatisfy(isAllowed) else {
            throw ParseError(message: "the host has a character that no host may have")
        }
    }

    @unsafe
    private static func internationalName(of handle: OpaquePointer) throws(ParseError) -> String {
        try withUTF8 { () throws(ParseError) in
            do throws(ParseError) {
                return try unsafe part(CURLUPART_HOST, of: handle, flags: CURLU_PUNYCODE) ?? ""
            } catch {
                // libcurl before 8.1 calls every fault of a name one of memory.
                throw ParseError(message: "the host is no international name that libcurl can convert")
            }
        }
    }

    /// An IPv6 address in the one spelling of RFC 5952; what is none as it is.
    private static func shortest(_ text: String) -> String {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return text.lowercased() }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else {
            return text.lowercased()
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Runs `body` with this thread's character set as UTF-8.
    ///
    /// libcurl hands international names over in the locale's character set, and a Swift program's locale is "C" unless
    /// it asks for another: `пример.рф` would be refused.
    private static func withUTF8<Result>(_ body: () throws(ParseError) -> Result) throws(ParseError) -> Result {
        guard let locale = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil) else { return try body() }
        let previous = unsafe uselocale(locale)
        defer {
            unsafe uselocale(previous)
            unsafe freelocale(locale)
        }
        return try body()
    }

    private static func error(_ code: CURLUcode) -> ParseError {
        ParseError(message: unsafe String(cString: curl_url_strerror(code)))
    }
}

/// What bytes are in a URL.
extension UInt8 {
    /// RFC 3986, section 2.3.
    fileprivate var isUnreserved: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: true  // 0-9 A-Z a-z - . _ ~
        default: false
        }
    }

    /// RFC 3986, section 3.2.2, `reg-name` without its escapes.
    fileprivate var isOfRegisteredName: Bool {
        switch self {
        case 0x21, 0x24, 0x26...0x2c, 0x3b, 0x3d: true  // ! $ & ' ( ) * + , ; =
        default: isUnreserved
        }
    }
}
