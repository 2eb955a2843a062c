import Foundation
import TestSupport

/// A real nginx for a test: its own configuration, ports, certificates and log; one process that dies with the test.
final class NginxServer: Sendable {
    /// What a test varies.
    struct Options: Sendable {
        /// Seconds that an idle connection is kept, and whether a `Keep-Alive: timeout` header tells so.
        var keepAliveTimeout = 75
        var announcesKeepAlive = false
        /// Streams that one HTTP/2 connection may carry at a time.
        var concurrentStreams = 128
        /// Requires a client certificate of the test authority.
        var verifiesClients = false
        /// The certificate shown at both TLS ports.
        var certificate: @Sendable (TestCertificates) -> TestCertificate = { $0.server }
        /// A loopback server that answers what comes under `/upstream/`.
        var upstreamPort: UInt16?
        /// More directives inside each `server` block.
        var directives = ""
    }

    let options: Options
    let certificates: TestCertificates
    /// HTTP without TLS.
    let plainPort: UInt16
    /// TLS 1.3, HTTP/1.1 only.
    let tlsPort: UInt16
    /// TLS 1.3, HTTP/2 and 1.1 by ALPN.
    let http2Port: UInt16
    private let ports: [ReservedPort]
    private let directory: TemporaryDirectory
    private let child: ChildProcess

    /// The length in bytes of the answer to every request that no other location takes.
    static let answerLength = 600
    /// The length in bytes of `/large`.
    static let largeLength = 8 << 20

    /// Runs nginx for as long as the block runs.
    @discardableResult
    static func serving<Result>(
        _ options: Options = Options(),
        _ body: (NginxServer) async throws -> Result
    ) async throws -> Result {
        let server = try await NginxServer(options)
        do {
            let result = try await body(server)
            try await server.child.terminate()
            return result
        } catch {
            try await server.child.terminate()
            throw error
        }
    }

    private init(_ options: Options) async throws {
        self.options = options
        certificates = try await TestCertificates.shared()
        directory = try TemporaryDirectory("nginx")
        ports = [try ReservedPort(), try ReservedPort(), try ReservedPort()]
        (plainPort, tlsPort, http2Port) = (ports[0].number, ports[1].number, ports[2].number)
        try directory.makeDirectory("temp")
        try Data(count: Self.largeLength).write(to: URL(fileURLWithPath: directory.file("large")))
        let settings = try directory.write(
            "nginx.conf",
            Self.configuration(
                options,
                certificates: certificates,
                directory: directory,
                ports: (plainPort, tlsPort, http2Port)
            )
        )
        child = try await ChildProcess.start("nginx", ["-e", "stderr", "-p", directory.path, "-c", settings])
        for port in ports { try await child.waitUntilListening(port.number) }
    }

    /// A socket in the file system that answers like `plainPort`.
    var unixSocketPath: String { directory.file("socket") }

    /// The base URL without TLS.
    var plainURL: String { "http://127.0.0.1:\(plainPort)" }
    /// The base URL with TLS and HTTP/1.1 only.
    var tlsURL: String { "https://localhost:\(tlsPort)" }
    /// The base URL with TLS and HTTP/2 by ALPN.
    var http2URL: String { "https://localhost:\(http2Port)" }

    // MARK: The log

    /// A request, as nginx logged it when it was done.
    struct LoggedRequest: Sendable, Hashable {
        /// nginx's serial number of the connection.
        let connection: Int
        /// The number of the request on its connection, from 1; on HTTP/2 too.
        let numberOnConnection: Int
        let method: String
        let path: String
        let status: Int
        /// `HTTP/1.1` or `HTTP/2.0`.
        let version: String
        /// `TLSv1.3`, or "-" without TLS.
        let tlsVersion: String
        /// Whether the TLS session was resumed.
        let resumedTLS: Bool
        /// The subject of the client's certificate, or "-".
        let client: String

        init?(line: String) {
            let words = line.split(separator: " ")
            guard words.count == 10, words[0] == "request",
                let connection = Int(words[1]), let number = Int(words[2]), let status = Int(words[5])
            else { return nil }
            self.connection = connection
            numberOnConnection = number
            method = String(words[3])
            path = String(words[4])
            self.status = status
            version = String(words[6])
            tlsVersion = String(words[7])
            resumedTLS = words[8] == "r"
            client = String(words[9])
        }
    }

    /// The requests logged until now, in the order of their ends.
    var requests: [LoggedRequest] { child.lines.compactMap(LoggedRequest.init) }

    /// Waits until so many requests are logged, and returns all of them.
    func waitForRequests(_ count: Int) async throws -> [LoggedRequest] {
        try await child.wait("\(count) requests logged") { lines in
            lines.count { $0.hasPrefix("request ") } >= count
        }.compactMap(LoggedRequest.init)
    }

    /// How many connections are open at the server, by its own count.
    func openConnections() async throws -> Int {
        let status = try await Curl.run("\(plainURL)/status").output
        guard let count = status.split(separator: "\n").first?.split(separator: " ").last.flatMap({ Int($0) }) else {
            throw ConditionNotMet(what: "nginx tells its status", limit: .zero, lastState: status)
        }
        // The one that asked is counted too.
        return count - 1
    }

    /// Waits until so many connections are open at the server.
    func waitForOpenConnections(_ count: Int) async throws {
        while try await openConnections() != count {
            // nginx closes idle connections by its own clock and has no way to tell.
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Waits until no more than so many connections are open at the server.
    func waitForOpenConnections(atMost count: Int) async throws {
        try await eventually(every: .milliseconds(50)) { try await openConnections() <= count }
    }

    /// What nginx complained about.
    var complaints: [String] { child.lines.filter { !$0.hasPrefix("request ") } }
}

extension Collection<NginxServer.LoggedRequest> {
    /// How many connections these requests came over.
    var connectionCount: Int { Set(map(\.connection)).count }
}
