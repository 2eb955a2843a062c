import Glibc
import Synchronization

/// Notices that the process was forked.
///
/// A child has the parent's sockets but not its event loops' threads: a request would wait for ever, and whatever wrote
/// to a socket would mix its bytes into the parent's. So everything is refused in a child before it touches anything.
enum ForkGuard {
    private static let isChild = Atomic<Bool>(false)

    /// Registers the handler, once.
    private static let isRegistered: Bool =
        pthread_atfork(nil, nil, { ForkGuard.isChild.store(true, ordering: .relaxed) }) == 0

    /// Called before anything of a pool is made.
    static func register() {
        _ = isRegistered
    }

    /// Throws in a forked child, as long as the parent had used a pool.
    static func check(origin: @autoclosure () -> String) throws(SessionError) {
        guard !isChild.load(ordering: .relaxed) else {
            throw SessionError(
                .usedAfterFork,
                "The process was forked after the pool was made; use exec in the child, or make the pool after the fork.",
                origin: origin()
            )
        }
    }
}
