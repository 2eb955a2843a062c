internal import CurlTransport
internal import Glibc
internal import Synchronization

/// Turns the first Ctrl-C or `SIGTERM` into the cancellation of the work; the second one ends the program at once.
///
/// `SIGHUP` is for a command that reads its settings again; without one it does what `SIGTERM` does.
///
/// The main thread does nothing but wait for the signals, so that what follows is ordinary code: a signal handler may do
/// nearly nothing.
final class Interruption: Sendable {
    private struct State {
        var first: Int32?
        /// What the first signal does; before there is work to cancel it ends the program.
        var onSignal: (@Sendable () -> Void)?
        /// What `SIGHUP` does.
        var onHangUp: (@Sendable () -> Void)?
        /// What is done before a signal ends the program at once.
        var beforeExit: [@Sendable () -> Void] = []
    }

    private let state = Locked(State())

    private let signals: sigset_t

    /// Blocks the signals for this thread and all that it starts; to be called while there is no other.
    init() {
        // A closed pipe or connection is an error of the call that writes.
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe sigaddset(&signals, SIGHUP)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        self.signals = signals
    }

    /// The signal that came, if one did.
    var signal: Int32? { state.withLock { $0.first } }

    /// The exit code that the signal which came asks for.
    var exitCode: ExitCode? { signal.map { $0 == SIGINT ? .interrupted : .terminated } }

    /// Runs the work as a task that the first signal cancels, and waits for its end in any case.
    func cancelling<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
        let task = state.withLock { state in
            // Under the lock: a signal that comes after the work has begun finds out how to end it.
            let task = Task { await work() }
            state.onSignal = { task.cancel() }
            return task
        }
        defer { state.withLock { $0.onSignal = nil } }
        return await task.value
    }

    /// Runs `action` at every `SIGHUP` from now on, on the thread that waits for signals.
    func onHangUp(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onHangUp = action }
    }

    /// Runs `action` when a signal ends the program at once, so that nothing stays behind that only the program knows.
    ///
    /// On the thread that waits for signals, beside all that still runs: it must neither wait nor need much time.
    func beforeExit(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.beforeExit.append(action) }
    }

    /// Waits for signals until the program ends.
    func waitForSignals() -> Never {
        var signals = signals
        while true {
            var number: Int32 = 0
            guard unsafe sigwait(&signals, &number) == 0 else { continue }
            if number == SIGHUP, let reload = state.withLock({ $0.onHangUp }) {
                reload()
                continue
            }
            let action = state.withLock { state -> (@Sendable () -> Void)? in
                guard state.first == nil else { return nil }
                state.first = number
                return state.onSignal
            }
            guard let action else {
                for clean in state.withLock({ $0.beforeExit }) { clean() }
                _exit(128 + number)
            }
            action()
        }
    }
}
