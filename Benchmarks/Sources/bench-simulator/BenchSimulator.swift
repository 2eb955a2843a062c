internal import Foundation
internal import ProviderSimulator

/// The providers of the mixed day: TLS, models that think, one answer in a hundred that goes wrong.
///
/// Prints its endpoints as a line of JSON, and runs until SIGTERM.
@main
struct BenchSimulator {
    /// What goes wrong in turn.
    private static let faults: [SimulatorFaults] = [
        .failure(.init(status: 503)),
        .ending(.truncated(afterChunks: 2)),
        .failure(.init(status: 429, retryAfter: "0")),
        .ending(.reset(afterChunks: 1)),
    ]

    static func main() throws {
        // Blocked before the servers start their threads, so that it waits for `sigwait`.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let simulator = try ProviderSimulator(configuration: configuration)
        defer { simulator.stop() }
        FileHandle.standardOutput.write(try JSONEncoder().encode(simulator.endpoints) + Data("\n".utf8))
        var signal: Int32 = 0
        unsafe sigwait(&signals, &signal)
    }

    private static var configuration: SimulatorConfiguration {
        var configuration = SimulatorConfiguration()
        configuration.tls = SimulatorTLS()
        configuration.answer.latency = .milliseconds(5)
        configuration.answer.chunkDelay = .milliseconds(1)
        for provider in [SimulatorProvider.gigachat, .yandexgpt, .naparnik] {
            for number in 0..<100 {
                let fault = faults[number % faults.count]
                // The 50th request, the 150th, and so on.
                configuration.faults.append(
                    SimulatorFaultRule(fault, provider: provider, skip: 50 + 99 * number, count: 1)
                )
            }
        }
        return configuration
    }
}
