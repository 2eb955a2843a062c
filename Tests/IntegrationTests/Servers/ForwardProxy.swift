import TestSupport

/// A user name and a password for a proxy.
struct ProxyCredentials: Sendable {
    let user: String
    let password: String
}

/// A real forward proxy, tinyproxy: `CONNECT` for https, whole URLs for http.
final class ForwardProxy: Sendable {
    let port: UInt16
    private let reserved: ReservedPort
    private let directory: TemporaryDirectory
    private let child: ChildProcess

    /// Runs the proxy for as long as the block runs.
    @discardableResult
    static func serving<Result>(
        credentials: ProxyCredentials? = nil,
        _ body: (ForwardProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try await ForwardProxy(credentials)
        do {
            let result = try await body(proxy)
            try await proxy.child.terminate()
            return result
        } catch {
            try await proxy.child.terminate()
            throw error
        }
    }

    private init(_ credentials: ProxyCredentials?) async throws {
        reserved = try ReservedPort()
        port = reserved.number
        directory = try TemporaryDirectory("proxy")
        let settings = try directory.write(
            "tinyproxy.conf",
            """
            Port \(port)
            Listen 127.0.0.1
            Timeout 300
            MaxClients 256
            LogLevel Connect
            \(credentials.map { "BasicAuth \($0.user) \($0.password)" } ?? "")

            """
        )
        child = try await ChildProcess.start("tinyproxy", ["-d", "-c", settings])
        try await child.waitUntilListening(port)
    }

    /// The URL that names this proxy, without credentials.
    var url: String { "http://127.0.0.1:\(port)" }

    /// The request lines that the proxy was sent, such as `CONNECT localhost:443 HTTP/1.1`.
    var requestLines: [String] { Self.requestLines(child.lines) }

    /// Waits until the proxy was sent so many requests.
    func waitForRequests(_ count: Int) async throws -> [String] {
        Self.requestLines(try await child.wait("\(count) requests") { Self.requestLines($0).count >= count })
    }

    private static func requestLines(_ lines: [String]) -> [String] {
        lines.compactMap { line in
            guard line.contains("Request (file descriptor"), let colon = line.firstRange(of: "): ") else { return nil }
            return String(line[colon.upperBound...])
        }
    }
}
