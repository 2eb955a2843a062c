internal import CCurl

/// What all transfers of one engine have in common: set once on every easy handle.
package struct EngineOptions: Sendable {
    /// The version of HTTP to ask for.
    package enum HTTPVersion: Sendable {
        case http1, http2, http2PriorKnowledge
    }

    /// Certificates or a key: a file that libcurl reads, or bytes that it copies.
    package enum Credential: Sendable {
        case file(String)
        case bytes([UInt8])
    }

    package var httpVersion = HTTPVersion.http1
    /// The trusted roots.
    package var roots: CABundle?
    package var verifiesServer = true
    package var clientCertificate: Credential?
    package var clientKey: Credential?
    package var clientKeyPassphrase: String?
    /// The proxy's URL; empty means none, whatever the environment says.
    package var proxy = ""
    /// Hosts reached without it.
    package var proxyExceptions = ProxyExceptions("")
    package var unixSocketPath: String?
    /// Headers that every request carries, unless it has them itself.
    package var headers: [TransferHeader] = []
    package var decompresses = false
    package var idleTimeout: Duration = .seconds(300)
    package var maxAge: Duration = .seconds(3_600)
    /// How long the addresses of a name are used before it is looked up again.
    package var nameCacheTimeout: Duration = .seconds(60)
    /// After how many seconds without traffic the kernel asks whether the peer is still there; `nil` never asks.
    package var keepAliveIdle: Int? = 30
    /// For how many milliseconds sent bytes may stay unacknowledged; `nil` leaves it to the kernel.
    package var userTimeout: Int? = 60_000
    /// Sockets kept, idle ones included.
    package var maxConnections = 10
    /// Requests that may share an HTTP/2 connection, if its server allows as many.
    package var maxStreams = 100

    package init() {}

    /// Sets the options that never change on a new easy handle.
    ///
    /// - Throws: ``CurlSetupError`` naming the option that this libcurl refuses.
    func apply(to easy: borrowing EasyHandle) throws(CurlSetupError) {
        try easy.set(CURLOPT_NOSIGNAL, true)
        // Names are looked up by `NameLookups`. Should libcurl do it after all, an end must not wait for its thread (7.87).
        try easy.set(CURLOPT_QUICK_EXIT, true)
        try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try easy.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        try easy.set(CURLOPT_FOLLOWLOCATION, false)
        try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        try easy.set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
        if let keepAliveIdle {
            try easy.set(CURLOPT_TCP_KEEPALIVE, true)
            try easy.set(CURLOPT_TCP_KEEPIDLE, keepAliveIdle)
            try easy.set(CURLOPT_TCP_KEEPINTVL, 10)
        }
        // libcurl's default is none; like MAXAGE_CONN it is looked at only when a request looks for a connection.
        try easy.set(CURLOPT_MAXLIFETIME_CONN, TransferEngine.wholeSeconds(maxAge))
        // libcurl cuts its clock to whole seconds: with 1 an answer can be too old as soon as it is there.
        let nameCache = max(2, TransferEngine.wholeSeconds(nameCacheTimeout))
        try easy.set(CURLOPT_DNS_CACHE_TIMEOUT, nameCache)
        if decompresses { try easy.set(CURLOPT_ACCEPT_ENCODING, "") }
        if let unixSocketPath { try easy.set(CURLOPT_UNIX_SOCKET_PATH, unixSocketPath) }
        try applyVersion(to: easy)
        try applyTLS(to: easy)
        try applyProxy(to: easy)
    }

    private func applyVersion(to easy: borrowing EasyHandle) throws(CurlSetupError) {
        switch httpVersion {
        case .http1:
            try easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        case .http2:
            try easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            // Without it every request of a burst opens its own connection before the first knows that it can share.
            try easy.set(CURLOPT_PIPEWAIT, true)
        case .http2PriorKnowledge:
            try easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
            try easy.set(CURLOPT_PIPEWAIT, true)
        }
    }

    private func applyTLS(to easy: borrowing EasyHandle) throws(CurlSetupError) {
        // A CAPATH, which Debian's libcurl sets by default, switches the CA cache off: 20 ms of processor time and 846 KB
        // for every connection instead of 0.5 ms and 51 KB (measured with 7.88.1).
        try easy.set(CURLOPT_CAPATH, nil as String?)
        // Not left to the TLS library's default: older ones still offer TLS 1.0 and 1.1 (RFC 8996).
        try easy.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try easy.set(CURLOPT_CAINFO, roots?.path)
        try easy.set(CURLOPT_SSL_VERIFYPEER, verifiesServer ? 1 : 0)
        try easy.set(CURLOPT_SSL_VERIFYHOST, verifiesServer ? 2 : 0)
        switch clientCertificate {
        case .file(let path): try easy.set(CURLOPT_SSLCERT, path)
        case .bytes(let bytes): try easy.set(CURLOPT_SSLCERT_BLOB, blob: bytes)
        case nil: break
        }
        switch clientKey {
        case .file(let path): try easy.set(CURLOPT_SSLKEY, path)
        case .bytes(let bytes): try easy.set(CURLOPT_SSLKEY_BLOB, blob: bytes)
        case nil: break
        }
        if let clientKeyPassphrase { try easy.set(CURLOPT_KEYPASSWD, clientKeyPassphrase) }
    }

    private func applyProxy(to easy: borrowing EasyHandle) throws(CurlSetupError) {
        // Always set: an unset proxy makes libcurl read the environment for every request, a race with setenv.
        try easy.set(CURLOPT_PROXY, proxy)
        // What is excepted gets no proxy (`AppliedOptions`), and the environment is not read.
        try easy.set(CURLOPT_NOPROXY, "")
        guard !proxy.isEmpty else { return }
        try easy.set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try easy.set(CURLOPT_PROXY_CAPATH, nil as String?)
        try easy.set(CURLOPT_PROXY_CAINFO, roots?.path)
    }

    /// Whole milliseconds for libcurl, at least 1; libcurl's 0 means its own default, so "none" is the largest number.
    static func milliseconds(nanoseconds: Int64?) -> Int {
        guard let nanoseconds else { return Int(Int32.max) }
        return Int(min(Int64(Int32.max), max(1, nanoseconds / 1_000_000)))
    }
}
