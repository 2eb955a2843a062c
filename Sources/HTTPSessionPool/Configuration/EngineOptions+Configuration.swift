package import CurlTransport

extension EngineOptions {
    /// Puts a session's configuration into libcurl's terms: reads files and the environment, once.
    ///
    /// - Throws: ``SessionError`` for a certificate, proxy or version that cannot be used.
    package init(_ configuration: SessionConfiguration, for url: BaseURL) throws(SessionError) {
        self.init()
        try configuration.validate(origin: url.origin)
        httpVersion = try Self.version(configuration.httpVersion, for: url)
        headers = try configuration.headers.checked(origin: url.origin)
        decompresses = configuration.decompresses
        unixSocketPath = configuration.unixSocketPath
        idleTimeout = configuration.idleTimeout
        maxAge = configuration.maxAge
        nameCacheTimeout = configuration.dnsCacheTimeout
        keepAliveIdle = configuration.tcp.keepAliveIdle.map { Int($0.wholeSeconds) }
        userTimeout = configuration.tcp.userTimeout.map { Int($0.wholeNanoseconds / 1_000_000) }
        maxConnections = configuration.limits.maxConnections
        maxStreams = configuration.limits.maxConcurrentRequests
        if url.scheme == "https" || configuration.maxRedirects > 0 || Self.mayUseTLSProxy(configuration.proxy) {
            try applyTLS(configuration.tls, origin: url.origin)
        }
        if configuration.unixSocketPath == nil { try applyProxy(configuration.proxy, for: url) }
    }

    private static func version(_ version: HTTPSessionPool.HTTPVersion, for url: BaseURL) throws(SessionError)
        -> HTTPVersion
    {
        let curl = CurlGlobal.shared
        let hasHTTP2 = curl.features.contains("HTTP2")
        switch version {
        case .http1: return .http1
        case .automatic:
            let isOffered = hasHTTP2 && url.scheme == "https" && CurlBehavior.current.sharesHTTP2Well
            return isOffered ? .http2 : .http1
        case .http2, .http2PriorKnowledge:
            guard hasHTTP2 else {
                throw SessionError(.unsupported, "This libcurl was built without HTTP/2.", origin: url.origin)
            }
        }
        guard version == .http2PriorKnowledge else { return url.scheme == "https" ? .http2 : .http1 }
        guard CurlBehavior.current.supportsPriorKnowledge else {
            throw SessionError(
                .unsupported,
                "HTTP/2 without TLS needs libcurl 8.0 or newer; this is \(curl.version), which cannot reuse such connections.",
                origin: url.origin
            )
        }
        return .http2PriorKnowledge
    }

    private static func mayUseTLSProxy(_ proxy: ProxyConfiguration) -> Bool {
        switch proxy {
        case .none: false
        case .url(let url, _): url.lowercased().hasPrefix("https://")
        case .environment:
            ["http_proxy", "all_proxy", "ALL_PROXY"].contains {
                ProcessEnvironment.value($0)?.lowercased().hasPrefix("https://") == true
            }
        }
    }

    // MARK: TLS

    private mutating func applyTLS(_ tls: TLSConfiguration, origin: String) throws(SessionError) {
        verifiesServer = tls.verification == .full
        do throws(CABundle.Failure) {
            var roots: [[UInt8]] = []
            for root in tls.additionalRoots { roots.append(try Self.bytes(root)) }
            // Without verification no bundle is needed, and a system without one is no reason to fail.
            if verifiesServer || !roots.isEmpty {
                self.roots = try CABundle(trustsSystemRoots: tls.trustsSystemRoots, additional: roots)
            }
            guard let client = tls.clientCertificate else { return }
            clientCertificate = .bytes(try Self.bytes(client.certificate))
            clientKey = .bytes(try Self.bytes(client.privateKey))
            clientKeyPassphrase = client.passphrase
        } catch {
            guard !error.isExhaustion else {
                throw SessionError(.descriptorsExhausted, SessionError.descriptorsExhausted, origin: origin)
            }
            throw SessionError(.invalidTLSConfiguration, error.message, origin: origin)
        }
    }

    private static func bytes(_ pem: TLSConfiguration.PEM) throws(CABundle.Failure) -> [UInt8] {
        switch pem {
        case .bytes(let bytes): return bytes
        case .file(let path):
            do {
                return try SystemFile.read(path)
            } catch {
                throw CABundle.Failure("A certificate or key file cannot be read", error)
            }
        }
    }

    // MARK: Proxy

    private mutating func applyProxy(_ configuration: ProxyConfiguration, for url: BaseURL) throws(SessionError) {
        switch configuration {
        case .none: return
        case .url(let address, let except):
            proxy = address
            proxyExceptions = ProxyExceptions(except.joined(separator: ","))
        case .environment:
            // `HTTP_PROXY` in capitals is what a CGI server makes of a client's `Proxy:` header, and never read.
            let names =
                (url.scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]) + ["all_proxy", "ALL_PROXY"]
            guard let address = names.lazy.compactMap(ProcessEnvironment.value).first else { return }
            proxy = address
            let exceptions = ProcessEnvironment.value("no_proxy") ?? ProcessEnvironment.value("NO_PROXY")
            proxyExceptions = ProxyExceptions(exceptions ?? "")
        }
        try checkProxy(origin: url.origin)
    }

    private static let proxySchemes: Set<String> = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]

    private func checkProxy(origin: String) throws(SessionError) {
        let address = proxy.contains("://") ? proxy : "http://\(proxy)"
        guard let parsed = try? CurlURL(address), !parsed.host.isEmpty else {
            throw SessionError(.invalidURL, "The proxy's URL cannot be read.", origin: origin)
        }
        guard parsed.scheme != "https" || CurlGlobal.shared.features.contains("HTTPS-proxy") else {
            throw SessionError(.unsupported, "This libcurl was built without HTTPS proxies.", origin: origin)
        }
        guard Self.proxySchemes.contains(parsed.scheme) else {
            throw SessionError(
                .invalidURL,
                "The proxy's scheme '\(parsed.scheme)' is not supported; use http, https, socks5h, socks5, socks4a or socks4.",
                origin: origin
            )
        }
    }
}
