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
    /// Lower case, internationalised names in their ASCII form, IPv6 addresses in brackets.
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
        func part(_ part: CURLUPart, flags: Int32 = 0) throws(ParseError) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            let code = unsafe curl_url_get(handle, part, &text, UInt32(flags))
            defer { unsafe curl_free(text) }
            switch code {
            case CURLUE_OK: return unsafe text.map { unsafe String(cString: $0) }
            case CURLUE_NO_SCHEME, CURLUE_NO_HOST, CURLUE_NO_PORT, CURLUE_NO_QUERY, CURLUE_NO_FRAGMENT, CURLUE_NO_USER,
                CURLUE_NO_PASSWORD, CURLUE_NO_OPTIONS:
                return nil
            default: throw Self.error(code)
            }
        }
        scheme = try part(CURLUPART_SCHEME)?.lowercased() ?? ""
        host = try Self.withUTF8(text) { () throws(ParseError) in
            try part(CURLUPART_HOST, flags: CURLU_PUNYCODE)?.lowercased() ?? ""
        }
        port = try part(CURLUPART_PORT).flatMap { Int($0) }
        path = try part(CURLUPART_PATH) ?? "/"
        query = try part(CURLUPART_QUERY)
        fragment = try part(CURLUPART_FRAGMENT)
        let (user, password) = (try part(CURLUPART_USER), try part(CURLUPART_PASSWORD))
        hasCredentials = user != nil || password != nil
    }

    /// Resolves a reference, as from a `Location` field, against an absolute URL (RFC 3986, section 5).
    package static func resolve(_ reference: String, against base: String) throws(ParseError) -> String {
        guard let handle = unsafe curl_url() else { throw ParseError(message: "out of memory") }
        defer { unsafe curl_url_cleanup(handle) }
        for text in [base, reference] {
            let code = unsafe text.withCString { unsafe curl_url_set(handle, CURLUPART_URL, $0, 0) }
            guard code == CURLUE_OK else { throw Self.error(code) }
        }
        // A fragment is the client's own and never sent.
        unsafe curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0)
        var text: UnsafeMutablePointer<CChar>?
        let code = unsafe curl_url_get(handle, CURLUPART_URL, &text, 0)
        defer { unsafe curl_free(text) }
        guard code == CURLUE_OK, let text = unsafe text else { throw Self.error(code) }
        return unsafe String(cString: text)
    }

    /// Runs `body` with this thread's character set as UTF-8.
    ///
    /// libcurl hands international names over in the locale's character set, and a Swift program's locale is "C" unless
    /// it asks for another: `пример.рф` would be refused.
    private static func withUTF8<Result>(
        _ text: String,
        _ body: () throws(ParseError) -> Result
    ) throws(ParseError) -> Result {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }), let locale = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil) else {
            return try body()
        }
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
