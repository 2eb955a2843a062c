/// The proxy through which a session connects.
public enum ProxyConfiguration: Sendable, Hashable {
    /// The environment's `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, read once when the session is created.
    case environment
    /// No proxy, whatever the environment says.
    case none
    /// A proxy by URL: `http://`, `https://`, `socks5h://` and the other SOCKS schemes; userinfo is sent to the proxy.
    ///
    /// `except` lists hosts reached directly, as `NO_PROXY` does: names, domains with a leading dot, addresses, CIDR.
    case url(String, except: [String] = [])
}
