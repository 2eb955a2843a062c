import Foundation
import HTTPSessionPool
import TestSupport
import Testing

/// HTTP/2 streams that a server refuses to look at (RFC 9113, section 8.7).
@Suite(.timeLimit(.minutes(2))) struct HTTP2RefusalTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("python/refusing_http2.py").path

    /// libcurl 7.88.1 gives up after the fifth repetition.
    @Test(arguments: [1, 5, 6, 17])
    func `a POST that was refused so often is sent again, and processed once`(_ refusals: Int) async throws {
        try await Self.serving(refusals) { url, server, configuration in
            try await SessionPool.own { pool in
                let session = try await pool.session(for: url, configuration: configuration)
                let response = try await session.post("/paid", body: Array("{}".utf8))
                #expect(response.status == 200 && response.text == "ok")
                _ = try await server.wait("the answer") { $0.contains("answered") }
                #expect(Array(server.lines.dropFirst()) == Array(repeating: "refused", count: refusals) + ["answered"])
                let statistics = pool.statistics
                #expect(statistics.total.requests == 1 && statistics.total.failures == 0)
            }
        }
    }

    @Test func `a server that refuses everything is left in peace in the end`() async throws {
        try await Self.serving(1_000_000) { url, server, configuration in
            try await SessionPool.own { pool in
                let session = try await pool.session(for: url, configuration: configuration)
                let error = await #expect(throws: SessionError.self) {
                    try await session.post("/paid", body: Array("{}".utf8))
                }
                #expect(error?.code == .connectionLost)
                #expect(server.lines.count(where: { $0 == "refused" }) < 120)
            }
        }
    }

    private static func serving(
        _ refusals: Int,
        _ body: (String, ChildProcess, SessionConfiguration) async throws -> Void
    ) async throws {
        let certificates = try await TestCertificates.shared()
        let (certificate, key) = (certificates.server.certificate, certificates.server.key)
        let server = try await ChildProcess.start("python3", [script, certificate, key, String(refusals)])
        let port = try #require(try await server.wait("its port") { !$0.isEmpty }.first)
        let configuration = SessionConfiguration.testing(certificates) { $0.httpVersion = .http2 }
        do {
            try await body("https://localhost:\(port)", server, configuration)
        } catch {
            try await server.terminate(SIGKILL)
            throw error
        }
        try await server.terminate(SIGKILL)
    }
}
