internal import Glibc
internal import Synchronization

/// Turns the first Ctrl-C or `SIGTERM` into the cancellation of the work; the second one ends the program at once.
///
/// A thread of its own waits for the signals, so that what follows is ordinary code: a signal handler may do nearly
/// nothing.
final class Interruption: Sendable {
    private struct State {
        var first: Int32?
        /// What the first signal does; before there is work to cancel it ends the program.
        var onSignal: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Begins to wait for the signals; to be called once, before any other thread exists.
    static func start() throws(CommandFailure) -> Interruption {
        // A closed pipe or connection is an error of the call that writes.
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        var signals = signals()
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let interruption = Interruption()
        let context = unsafe Unmanaged.passRetained(interruption)
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, interruptionThreadMain, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw CommandFailure(.failure, "no thread can be started: \(unsafe String(cString: strerror(code)))")
        }
        pthread_detach(thread)
        return interruption
    }

    /// The signal that came, if one did.
    var signal: Int32? { state.withLock { $0.first } }

    /// The exit code that the signal which came asks for.
    var exitCode: ExitCode? { signal.map { $0 == SIGINT ? .interrupted : .terminated } }

    /// Runs the work as a task that the first signal cancels, and waits for its end in any case.
    func cancelling<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
        let task = Task { await work() }
        state.withLock { $0.onSignal = { task.cancel() } }
        defer { state.withLock { $0.onSignal = nil } }
        return await task.value
    }

    private static func signals() -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGINT)
        unsafe sigaddset(&set, SIGTERM)
        return set
    }

    fileprivate func waitForSignals() {
        var signals = Self.signals()
        while true {
            var number: Int32 = 0
            guard unsafe sigwait(&signals, &number) == 0 else { continue }
            let action = state.withLock { state -> (@Sendable () -> Void)? in
                guard state.first == nil else { return nil }
                state.first = number
                return state.onSignal
            }
            guard let action else { _exit(128 + number) }
            action()
        }
    }
}

/// The main function of the thread that waits for signals.
private func interruptionThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context {
        unsafe Unmanaged<Interruption>.fromOpaque(context).takeRetainedValue().waitForSignals()
    }
    return nil
}
