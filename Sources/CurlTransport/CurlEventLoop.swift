import CLinux
import Glibc
import Synchronization

/// A thread that waits for sockets and timers, and runs the tasks and actors whose executor it is.
///
/// A session's actor lives on its loop, so libcurl's callbacks, the session's state and - if they ask for it - the
/// callers' tasks share one thread: no lock, no hop. The thread ends when the last reference to the loop is dropped,
/// which cannot happen while an actor or a task still has it as its executor.
///
/// As a `TaskExecutor` it runs the tasks that prefer it; actors live on its ``ActorExecutor``. Both are the one thread and
/// the one queue: they are two only because a job does not say which of them it was given to, and has to be run as such.
package final class CurlEventLoop: TaskExecutor {
    private let mailbox: LoopMailbox
    private let thread: LoopThreadIdentity
    /// What `pthread_create` gave, and the process that it was given to.
    private let handle = Atomic<pthread_t>(0)
    private let process = getpid()
    /// The loop's descriptors and timers, for the actors that live on it.
    package let reactor: LoopConfined<LoopReactor>
    /// What closed sessions have left for their successors.
    package let shares: LoopConfined<ShareStore>
    /// The look-ups of names under way.
    let lookups: LoopConfined<NameLookups>
    private let actorExecutor: ActorExecutor

    /// Starts a loop.
    ///
    /// - Parameter name: The thread's name, cut to the kernel's 15 bytes.
    /// - Throws: ``CurlEventLoopError`` when the system has no more descriptors or threads.
    package init(name: String = "curl-loop") throws(CurlEventLoopError) {
        let thread = LoopThreadIdentity()
        let reactor = try LoopReactor()
        mailbox = LoopMailbox(wakeDescriptor: reactor.wakeDescriptor)
        self.thread = thread
        actorExecutor = ActorExecutor(mailbox: mailbox, thread: thread)
        self.reactor = LoopConfined(reactor, to: thread)
        shares = LoopConfined(ShareStore(), to: thread)
        lookups = LoopConfined(NameLookups(), to: thread)
        let made = LoopThread(name: name, mailbox: mailbox, identity: thread, reactor: self.reactor, loop: self)
        handle.store(try made.start(), ordering: .relaxed)
    }

    deinit {
        mailbox.stop()
        let handle = handle.load(ordering: .relaxed)
        // The parent's thread does not exist in a forked child.
        guard handle != 0, getpid() == process else { return }
        if isCurrent {
            pthread_detach(handle)
        } else {
            // It sleeps, because whatever it could be running refers to the loop: this waits for its last few
            // instructions, so that nothing of the loop is left when its last reference is.
            pthread_join(handle, nil)
        }
    }

    /// Whether the caller runs on the loop's thread.
    package var isCurrent: Bool { thread.isCurrent }

    /// Runs a short call on the loop's thread, after everything that was asked for before it; never inline.
    ///
    /// For what must not wait for a task: cancellation handlers and `deinit`.
    package func submit(_ call: @escaping @Sendable () -> Void) {
        mailbox.push(.call(call))
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        mailbox.push(.taskJob(UnownedJob(job)))
    }

    package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    /// The executor of actors that live on the loop; they keep the loop alive.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe actorExecutor.asUnownedSerialExecutor()
    }

    /// The loop as actors see it.
    private final class ActorExecutor: SerialExecutor {
        private let mailbox: LoopMailbox
        private let thread: LoopThreadIdentity

        init(mailbox: LoopMailbox, thread: LoopThreadIdentity) {
            self.mailbox = mailbox
            self.thread = thread
        }

        func enqueue(_ job: consuming ExecutorJob) {
            mailbox.push(.actorJob(UnownedJob(job)))
        }

        func asUnownedSerialExecutor() -> UnownedSerialExecutor {
            unsafe UnownedSerialExecutor(ordinary: self)
        }

        func checkIsolated() {
            precondition(thread.isCurrent, "This code runs outside the event loop that it is isolated to.")
        }

        func isIsolatingCurrentContext() -> Bool? {
            thread.isCurrent
        }
    }
}
