/// The version of HTTP that a session speaks.
public enum HTTPVersion: String, Sendable, Hashable, CaseIterable {
    /// HTTP/1.1 with libcurl before 8.1, HTTP/2 by ALPN from 8.1 on.
    ///
    /// libcurl before 8.1 buffers paused HTTP/2 streams without bound and spends 2.5 times the processor time.
    case automatic
    /// HTTP/1.1 only.
    case http1
    /// HTTP/2 by ALPN, many requests on one connection; HTTP/1.1 when the server does not offer it.
    case http2
    /// HTTP/2 without negotiation on plain TCP; needs libcurl 8.0 or newer.
    case http2PriorKnowledge
}
