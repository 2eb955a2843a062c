/// The proxy through which a session connects.
///
/// An HTTP proxy that answers `CONNECT` with 1xx before its 200 cannot be used: libcurl takes the first answer for the last.
public enum ProxyConfiguration: Sendable, Hashable {
    /// The environment's `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, read once when the session is created.
    case environment
    /// No proxy, whatever the environment says.
    case none
    /// A proxy by URL: `http://`, `https://`, `socks5h://` and the other SOCKS schemes; userinfo is sent to the proxy.
    ///
    /// `except` lists hosts reached directly, as `NO_PROXY` does, divided by commas or blanks: `example.com` or
    /// `.example.com` for it and every name below, `*.example.com` for the names below alone, IPv4 and IPv6 addresses (the
    /// latter with or without brackets), their ranges such as `10.0.0.0/8` and `fd00::/8`, and `*` for everything; each with
    /// a port behind a colon for that port alone. A name is compared as it is, not looked up.
    case url(String, except: [String] = [])
}
