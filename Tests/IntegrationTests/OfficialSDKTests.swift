import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Clients that nobody here wrote, Sber's `gigachat` and OpenAI's `openai` from PyPI, run against the simulator.
@Suite(.timeLimit(.minutes(10))) struct OfficialSDKTests {
    /// A package's script, and what it prints when all its checks have passed.
    private static let scripts = [("gigachat_sdk.py", "gigachat"), ("openai_sdk.py", "openai")]

    @Test(arguments: scripts, [false, true])
    func `the official package is satisfied`(_ script: (file: String, package: String), _ withTLS: Bool) async throws {
        var configuration = SimulatorConfiguration()
        configuration.tls = withTLS ? SimulatorTLS() : nil
        let simulator = try ProviderSimulator(configuration: configuration)
        defer { simulator.stop() }
        let endpoints = String(decoding: try JSONEncoder().encode(simulator.endpoints), as: UTF8.self)
        let folder = Self.here.appendingPathComponent("python")
        let output = try await Command.run(
            try Self.python(),
            [folder.appendingPathComponent(script.file).path, endpoints],
            // No proxy of this machine may come between; no compiled files beside the scripts.
            environment: ["NO_PROXY": "*", "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1"]
        )
        #expect(output.contains("\(script.package) "))
        #expect(output.contains("is satisfied"))
    }

    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// The interpreter of the environment that `Scripts/setup --tests` makes.
    private static func python() throws -> String {
        let root = here.deletingLastPathComponent().deletingLastPathComponent()
        let python = root.appendingPathComponent(".venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else { throw Command.NotFound(name: python) }
        return python
    }
}
