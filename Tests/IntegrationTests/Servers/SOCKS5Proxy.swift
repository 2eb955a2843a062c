import TestSupport

/// A real SOCKS5 proxy, microsocks: it resolves names itself and says where it connected to.
final class SOCKS5Proxy: Sendable {
    let port: UInt16
    private let reserved: ReservedPort
    private let child: ChildProcess

    /// Runs the proxy for as long as the block runs.
    @discardableResult
    static func serving<Result>(
        credentials: ProxyCredentials? = nil,
        _ body: (SOCKS5Proxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try await SOCKS5Proxy(credentials)
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
        let login = credentials.map { ["-u", $0.user, "-P", $0.password] } ?? []
        child = try await ChildProcess.start("microsocks", ["-i", "127.0.0.1", "-p", "\(port)"] + login)
        try await child.waitUntilListening(port)
    }

    /// The URL that names this proxy, with names resolved by it.
    var url: String { "socks5h://127.0.0.1:\(port)" }

    /// Where the proxy connected to, such as `localhost:443`: a name shows that the proxy resolved it.
    var destinations: [String] { Self.destinations(child.lines) }

    /// Waits until the proxy made so many connections.
    func waitForDestinations(_ count: Int) async throws -> [String] {
        Self.destinations(try await child.wait("\(count) connections") { Self.destinations($0).count >= count })
    }

    private static func destinations(_ lines: [String]) -> [String] {
        lines.compactMap { line in
            line.firstRange(of: ": connected to ").map { String(line[$0.upperBound...]) }
        }
    }
}
