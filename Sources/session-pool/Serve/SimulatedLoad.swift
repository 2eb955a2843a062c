internal import AIProviders
internal import HTTPSessionPool
internal import PoolSettings
internal import ProviderSimulator
internal import Synchronization

/// Callers who chat with simulated providers through the shared pool, so that there is something to see.
///
/// Half of the answers are streamed; of some the caller loses interest half-way, and some are cancelled. Failures are
/// what the pool's statistics are there to show.
final class SimulatedLoad: Sendable {
    private static let modelLatency = Duration.milliseconds(40)
    private static let chunkDelay = Duration.milliseconds(5)
    /// Between two chats of one caller.
    private static let pause = Duration.milliseconds(100)

    private let simulator: ProviderSimulator
    private let providers: [DemoProvider]
    private let callers: Int
    private let isStopping = Atomic<Bool>(false)

    init(callers: Int, faults: [SimulatorFaultRule], settings: PoolSettings.Loaded) throws(CommandFailure) {
        var configuration = SimulatorConfiguration()
        configuration.tls = SimulatorTLS()
        configuration.answer.latency = Self.modelLatency
        configuration.answer.chunkDelay = Self.chunkDelay
        configuration.faults = faults
        do {
            simulator = try ProviderSimulator(configuration: configuration)
            providers = try DemoProvider.all(at: simulator.endpoints, usesPool: true, settings: settings)
        } catch let error as ProviderError {
            throw CommandFailure(error)
        } catch {
            throw CommandFailure(.failure, "\(error)")
        }
        self.callers = callers
    }

    /// Begins to chat; goes on until ``stopAsking()``.
    ///
    /// - Returns: The task of all callers, which ends with the last chat.
    func start() -> Task<Void, Never> {
        Task {
            await withTaskGroup(of: Void.self) { group in
                for provider in providers {
                    for caller in 0..<callers { group.addTask { await self.chat(with: provider, as: caller) } }
                }
            }
        }
    }

    /// Lets the chats that have begun go on, and begins no other.
    func stopAsking() { isStopping.store(true, ordering: .relaxed) }

    /// Ends the simulator.
    func stop() { simulator.stop() }

    /// Removes the simulator's files, for a program that ends at once.
    func removeFiles() { simulator.removeFiles() }

    private func chat(with provider: DemoProvider, as caller: Int) async {
        var number = caller
        while !isStopping.load(ordering: .relaxed) {
            let chat = Task { [number] in await ask(provider, number: number) }
            if number % 17 == 0 { chat.cancel() }
            await chat.value
            number += callers
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func ask(_ provider: DemoProvider, number: Int) async {
        let question = "chat \(number)"
        do throws(ProviderError) {
            guard number % 2 == 1 else {
                _ = try await provider.client.chat(question)
                return
            }
            var pieces = 0
            for try await _ in provider.client.stream(question) {
                pieces += 1
                // Leaving the loop ends the transfer.
                if number % 13 == 0, pieces == 2 { return }
            }
        } catch {
            // The pool has counted it; whoever asks for faults wants to see them there.
            return
        }
    }
}
