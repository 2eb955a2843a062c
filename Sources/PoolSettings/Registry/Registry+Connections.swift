extension Registry {
    /// How a connection is made.
    static let connections: [PoolSettings.Option] = [
        .init(
            "keepalive",
            \.keepalive,
            .bool,
            "Whether connections are kept for further requests.",
            source: "000",
            effect: .drain
        ),
        .init(
            "tcp_keepalive_idle",
            \.tcpKeepaliveIdle,
            .duration(.seconds(1), most: .seconds(32_767)),
            "After what idle time the kernel probes a connection.",
            source: "openai-python#3269",
            effect: .drain
        ),
        .init(
            "tcp_user_timeout",
            \.tcpUserTimeout,
            .duration(.seconds(1), most: .seconds(86_400), zero: "the system's"),
            "How long sent data may stay unacknowledged.",
            source: "openai-python#3269",
            effect: .drain
        ),
        .init(
            "http_version",
            \.httpVersion,
            .choice(synonyms: [
                "automatic": .automatic, "http1": .http1, "http/1.1": .http1, "http2": .http2, "h2": .http2,
                "http/2": .http2,
            ]),
            "The version of HTTP.",
            source: "001",
            aliases: [.init("http2", translate: http2)],
            effect: .drain
        ),
        .init(
            "follow_redirects",
            \.followRedirects,
            .bool,
            "Whether redirects are followed.",
            source: "001 true",
            effect: .drain
        ),
        .init(
            "max_redirects",
            \.maxRedirects,
            .integer(0...50),
            "How many are followed, if any.",
            source: "-",
            effect: .drain
        ),
        .init("proxy", \.proxy, .proxy, "The proxy.", source: "curl", effect: .drain),
        .init(
            "no_proxy",
            \.noProxy,
            .texts,
            "Hosts that are reached without the proxy that proxy names.",
            source: "curl",
            effect: .drain
        ),
        .init(
            "ca_file",
            \.caFile,
            .optional(.path),
            "Root certificates to trust besides the system's, PEM.",
            source: "GigaChat",
            effect: .drain
        ),
        .init(
            "client_cert",
            \.clientCert,
            .optional(.path),
            "A certificate to show to servers that ask for one, PEM.",
            source: "-",
            effect: .drain
        ),
        .init(
            "client_key",
            \.clientKey,
            .optional(.path),
            "The key of client_cert, PEM.",
            source: "-",
            effect: .drain,
            missing: "client_cert"
        ),
        .init(
            "client_key_password",
            \.clientKeyPassword,
            .optional(.secret),
            "The passphrase of client_key.",
            source: "-",
            effect: .drain
        ),
        .init(
            "insecure",
            \.insecure,
            .bool,
            "Whether servers' certificates go unchecked; not by a variable alone.",
            source: "-",
            effect: .drain
        ),
    ]

    /// Seed 001 says `http2=True`.
    private static func http2(_ node: SettingsNode) -> SettingsNode {
        guard case .success(let isOn) = OptionType<Bool>.bool.read(node) else { return node }
        let version: PoolSettings.HTTPVersion = isOn ? .http2 : .http1
        return SettingsNode(content: .string(version.rawValue), origin: node.origin)
    }

    /// The time limits of requests.
    static let timeouts: [PoolSettings.Option] = [
        .init(
            "timeout.total",
            \.timeout.total,
            limit,
            "A buffered request from the call to its last byte.",
            source: "004",
            aliases: ["timeout"],
            effect: .live
        ),
        .init(
            "timeout.connect",
            \.timeout.connect,
            limit,
            "Name look-up, TCP, proxy and TLS together.",
            source: "001",
            aliases: ["sync_timeout_connect", "async_timeout_connect", "timeout_connect"],
            effect: .live
        ),
        .init(
            "timeout.first_byte",
            \.timeout.firstByte,
            limit,
            "From the request being sent to the first byte of the response.",
            source: "-",
            effect: .live
        ),
        .init(
            "timeout.idle",
            \.timeout.idle,
            limit,
            "Between two pieces of the body.",
            source: "001 25",
            aliases: [
                "sync_timeout_read", "async_timeout_sock_read", "timeout_read", "timeout_sock_read", "timeout.read",
                "timeout.sock_read",
            ],
            effect: .live
        ),
        .init(
            "timeout.no_progress",
            \.timeout.noProgress,
            limit,
            "Between two events of a stream; heartbeats do not count.",
            source: "-",
            effect: .live
        ),
        .init(
            "timeout.write",
            \.timeout.write,
            limit,
            "Between two pieces of the request that the server takes.",
            source: "001",
            effect: .live
        ),
        .init(
            "timeout.stream_total",
            \.timeout.streamTotal,
            limit,
            "A streamed request from the call to its last byte.",
            source: "gigamux",
            effect: .live
        ),
    ]

    private static let limit = OptionType<Duration>.duration(.milliseconds(1), zero: "off")
}
