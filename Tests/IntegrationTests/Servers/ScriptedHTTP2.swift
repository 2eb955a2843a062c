import Foundation
import HTTPSessionPool
import TestSupport

/// An HTTP/2 server written frame by frame, which follows a script of `python/scripted_http2.py`.
struct ScriptedHTTP2 {
    let url: String
    let configuration: SessionConfiguration
    private let process: ChildProcess

    private static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("python/scripted_http2.py").path

    /// A request that has come whole.
    struct Request: Equatable {
        var connection: Int
        var stream: Int
        var bodyLength: Int
    }

    /// The requests that have come whole, in this order.
    var requests: [Request] {
        process.lines.dropFirst().compactMap { line in
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 3 else { return nil }
            return Request(connection: numbers[0], stream: numbers[1], bodyLength: numbers[2])
        }
    }

    /// What it has printed, for a failed expectation.
    var output: String { process.output }

    /// Runs the server for as long as the block runs.
    static func serving(
        _ script: String,
        _ number: Int = 0,
        _ change: (inout SessionConfiguration) -> Void = { _ in },
        _ body: (ScriptedHTTP2) async throws -> Void
    ) async throws {
        let certificates = try await TestCertificates.shared()
        let (certificate, key) = (certificates.server.certificate, certificates.server.key)
        let process = try await ChildProcess.start("python3", [program, certificate, key, script, String(number)])
        let port = try await process.wait("its port") { !$0.isEmpty }.first ?? ""
        let configuration = SessionConfiguration.testing(certificates) {
            $0.httpVersion = .http2
            change(&$0)
        }
        do {
            try await body(
                ScriptedHTTP2(url: "https://localhost:\(port)", configuration: configuration, process: process)
            )
        } catch {
            try await process.terminate(SIGKILL)
            throw error
        }
        try await process.terminate(SIGKILL)
    }

    /// Runs a block with a session of a pool of its own.
    func withSession(_ body: (Session) async throws -> Void) async throws {
        try await SessionPool.own { pool in
            try await body(try await pool.session(for: url, configuration: configuration))
        }
    }
}
