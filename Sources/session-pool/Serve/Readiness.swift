internal import Synchronization

/// Why `serve` takes no requests now.
final class Readiness: Sendable {
    private let isDraining = Atomic<Bool>(false)

    /// From now on requests are not welcome.
    func beginDrain() { isDraining.store(true, ordering: .relaxed) }

    /// The reasons, in sentences; empty when all is well.
    var reasons: [String] { isDraining.load(ordering: .relaxed) ? ["The program is shutting down."] : [] }
}

/// Waits until the task is cancelled.
func untilCancelled() async {
    // A stream that never has an element and never ends: only cancellation ends the loop.
    let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    for await _ in stream {}
    continuation.finish()
}
