import Foundation
import ProviderSimulator
import TestSupport
import Testing

@Suite struct EndpointsTests {
    @Test func `endpoints encode to the line that the simulate command prints`() async throws {
        try await withSimulator { simulator throws in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let text = String(decoding: try encoder.encode(simulator.endpoints), as: UTF8.self)
            let json = try JSONValue(text)
            #expect(json.names == ["gigachat", "naparnik", "openai", "yandexgpt"])
            #expect(json.gigachat.names == ["auth_url", "base_url"])
            #expect(json.yandexgpt.names == ["base_url", "iam_url", "openai_base_url"])
            #expect(json.naparnik.names == ["base_url"])
            #expect(json.openai.names == ["base_url"])
            #expect(try JSONDecoder().decode(SimulatorEndpoints.self, from: Data(text.utf8)) == simulator.endpoints)
        }
    }

    @Test func `every provider is an origin of its own`() async throws {
        try await withSimulator { simulator throws in
            let ports = try SimulatorProvider.allCases.map(simulator.port)
            #expect(Set(ports).count == 4)
        }
    }

    @Test func `four consecutive ports follow a chosen one`() async throws {
        // Other tests open sockets at the same time: then the next four are tried.
        var refusals: [String] = []
        for attempt in 0..<50 {
            var configuration = SimulatorConfiguration()
            configuration.port = UInt16(20_000 + attempt * 4)
            do {
                let simulator = try ProviderSimulator(configuration: configuration)
                defer { simulator.stop() }
                let ports = try SimulatorProvider.allCases.map(simulator.port)
                #expect(ports == (0..<4).map { configuration.port + $0 })
                return
            } catch let error as SimulatorError {
                #expect(error.code == .portUnavailable)
                refusals.append(error.message)
            }
        }
        Issue.record("no four consecutive ports were free: \(refusals)")
    }

    @Test func `a taken port is a typed error that names it`() async throws {
        try await withSimulator { simulator throws in
            var configuration = SimulatorConfiguration()
            configuration.port = min(try simulator.port(.openai), 65_532)
            let error = #expect(throws: SimulatorError.self) { try ProviderSimulator(configuration: configuration) }
            #expect(error?.code == .portUnavailable)
            #expect(error?.message.contains("127.0.0.1:") == true)
        }
    }

    @Test(
        arguments: [
            { (configuration: inout SimulatorConfiguration) in configuration.port = 65_533 },
            { (configuration: inout SimulatorConfiguration) in configuration.threadsPerProvider = 0 },
            { (configuration: inout SimulatorConfiguration) in configuration.bodyLimit = 0 },
            { (configuration: inout SimulatorConfiguration) in configuration.answer.chunks = 0 },
            { (configuration: inout SimulatorConfiguration) in
                configuration.faults = [SimulatorFaultRule(.failure(.init(status: 99)))]
            },
        ] as [@Sendable (inout SimulatorConfiguration) -> Void]
    )
    func `a value out of range is refused`(configure: @Sendable (inout SimulatorConfiguration) -> Void) {
        var configuration = SimulatorConfiguration()
        configure(&configuration)
        let error = #expect(throws: SimulatorError.self) { try ProviderSimulator(configuration: configuration) }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test func `stop is idempotent and closes the ports`() async throws {
        let simulator = try ProviderSimulator()
        let port = try simulator.port(.gigachat)
        #expect(ReservedPort.isListening(port))
        simulator.stop()
        simulator.stop()
        #expect(!ReservedPort.isListening(port))
    }
}
