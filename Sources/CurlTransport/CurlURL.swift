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
            return "[" + shortest(String(host.dropFirst().dropLast())) + (zone.map { "%25" + $0 } ?? "") + "]"
        }
        guard !host.utf8.allSatisfy({ $0 < 0x80 }) else { return host.lowercased() }
        return try withUTF8 { () throws(ParseError) in
            do throws(ParseError) {
                return try unsafe part(CURLUPART_HOST, of: handle, flags: CURLU_PUNYCODE)?.lowercased() ?? ""
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
