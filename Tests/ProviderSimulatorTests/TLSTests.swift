import Foundation
import ProviderSimulator
import TestSupport
import Testing

@Suite struct TLSTests {
    /// What curl makes of one request: the status, or 0 with curl's exit code.
    private struct Outcome: Equatable {
        var status: Int
        var exitCode: Int32
    }

    private static func simulator(_ tls: SimulatorTLS) throws -> ProviderSimulator {
        var configuration = SimulatorConfiguration()
        configuration.tls = tls
        return try ProviderSimulator(configuration: configuration)
    }

    private static func curl(_ simulator: ProviderSimulator, _ arguments: [String], path: String = "/models")
        async throws
        -> Outcome
    {
        let url = simulator.endpoints.openai.baseURL + path
        let common = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Authorization: Bearer key"]
        let child = try await ChildProcess.start("curl", common + arguments + [url])
        let code = try await child.waitForExit()
        return Outcome(status: Int(child.output.suffix(3)) ?? -1, exitCode: code)
    }

    @Test func `the CA file makes the servers trusted, and nothing else does`() async throws {
        let simulator = try Self.simulator(SimulatorTLS())
        defer { simulator.stop() }
        let ca = try #require(simulator.endpoints.caFile)
        #expect(simulator.endpoints.gigachat.baseURL.hasPrefix("https://"))
        #expect(try await Self.curl(simulator, ["--cacert", ca]) == Outcome(status: 200, exitCode: 0))
        // 60: the certificate could not be verified.
        #expect(try await Self.curl(simulator, []) == Outcome(status: 0, exitCode: 60))
        let counts = simulator.statistics[.openai]
        #expect(counts.requests == 1)
        #expect(counts.connectionsAccepted == 2)
    }

    @Test(arguments: [SimulatorTLS.Certificate.expired, .wrongHost])
    func `the certificate can be bad`(certificate: SimulatorTLS.Certificate) async throws {
        let simulator = try Self.simulator(SimulatorTLS(certificate: certificate))
        defer { simulator.stop() }
        let ca = try #require(simulator.endpoints.caFile)
        #expect(try await Self.curl(simulator, ["--cacert", ca]) == Outcome(status: 0, exitCode: 60))
        #expect(try await Self.curl(simulator, ["--insecure"]).status == 200)
    }

    @Test func `localhost is in the certificate too`() async throws {
        let simulator = try Self.simulator(SimulatorTLS())
        defer { simulator.stop() }
        let port = try simulator.port(.openai)
        let ca = try #require(simulator.endpoints.caFile)
        let arguments = ["--cacert", ca, "--connect-to", "127.0.0.1:\(port):localhost:\(port)", "-o", "/dev/null"]
        #expect(try await Self.curl(simulator, arguments).status == 200)
    }

    @Test func `a client certificate can be required`() async throws {
        let simulator = try Self.simulator(SimulatorTLS(clientCertificates: .required))
        defer { simulator.stop() }
        let files = try #require(simulator.tlsFiles)
        let without = try await Self.curl(simulator, ["--cacert", files.caFile])
        #expect(without.status == 0 && without.exitCode != 0)
        let own = ["--cert", files.clientCertificateFile, "--key", files.clientKeyFile]
        #expect(try await Self.curl(simulator, ["--cacert", files.caFile] + own).status == 200)
        #expect(simulator.statistics[.openai].requests == 1)
    }

    @Test func `a client certificate replaces GigaChat's token`() async throws {
        let simulator = try Self.simulator(SimulatorTLS(clientCertificates: .requested))
        defer { simulator.stop() }
        let files = try #require(simulator.tlsFiles)
        let url = simulator.endpoints.gigachat.baseURL + "/models"
        let common = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", files.caFile, url]
        #expect(try await Command.run("curl", common).hasSuffix("401"))
        let own = ["--cert", files.clientCertificateFile, "--key", files.clientKeyFile]
        #expect(try await Command.run("curl", common + own).hasSuffix("200"))
    }

    @Test func `handshakes are counted, resumed ones apart`() async throws {
        for (allows, resumed) in [(true, 1), (false, 0)] {
            let simulator = try Self.simulator(SimulatorTLS(allowsSessionResumption: allows))
            defer { simulator.stop() }
            let ca = try #require(simulator.endpoints.caFile)
            let directory = try TemporaryDirectory()
            let request = try directory.write(
                "request",
                "GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\nConnection: close\r\n\r\n"
            )
            let session = directory.file("session")
            let connect = "openssl s_client -connect 127.0.0.1:\(try simulator.port(.openai)) -CAfile \(ca) -ign_eof"
            for argument in ["-sess_out", allows ? "-sess_in" : "-sess_out"] {
                _ = try await Command.run("sh", ["-c", "\(connect) \(argument) \(session) < \(request)"])
            }
            let counts = simulator.statistics[.openai]
            #expect(counts.requests == 2)
            #expect(counts.tlsHandshakes == 2)
            #expect(counts.tlsHandshakesResumed == resumed)
        }
    }

    @Test func `keep-alive needs one handshake`() async throws {
        let simulator = try Self.simulator(SimulatorTLS())
        defer { simulator.stop() }
        let ca = try #require(simulator.endpoints.caFile)
        let url = simulator.endpoints.openai.baseURL + "/models"
        let common = ["-s", "--cacert", ca, "-H", "Authorization: Bearer key"]
        _ = try await Command.run("curl", common + [String](repeating: url, count: 10))
        let counts = simulator.statistics[.openai]
        #expect(counts.requests == 10)
        #expect(counts.connectionsAccepted == 1)
        #expect(counts.tlsHandshakes == 1)
    }

    @Test func `the private files are private and go away`() async throws {
        let simulator = try Self.simulator(SimulatorTLS())
        let files = try #require(simulator.tlsFiles)
        let paths = [files.caFile, files.clientCertificateFile, files.clientKeyFile]
        for path in paths {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        simulator.stop()
        #expect(paths.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
        let directory = URL(filePath: files.caFile).deletingLastPathComponent().path
        #expect(!FileManager.default.fileExists(atPath: directory))
    }
}
