import CLinux
import Glibc

/// What an event loop's thread does, turn after turn.
///
/// The thread holds the loop weakly: a loop that nobody refers to any more ends it.
final class LoopThread {
    /// Rounds of jobs and kicks before the sockets are looked at again, so that busy tasks cannot starve them.
    private static let roundsPerTurn = 16

    private let name: String
    private let mailbox: LoopMailbox
    private let identity: LoopThreadIdentity
    private let reactor: LoopConfined<LoopReactor>
    private weak let loop: CurlEventLoop?

    private var entries: [LoopMailbox.Entry] = []
    private var kicks: [any LoopClient] = []
    private var events: [EpollPoller.Event] = []

    init(
        name: String,
        mailbox: LoopMailbox,
        identity: LoopThreadIdentity,
        reactor: LoopConfined<LoopReactor>,
        loop: CurlEventLoop
    ) {
        self.name = name
        self.mailbox = mailbox
        self.identity = identity
        self.reactor = reactor
        self.loop = loop
    }

    /// Starts the thread, which owns this object from then on.
    ///
    /// - Returns: The thread, which somebody joins or detaches.
    consuming func start() throws(CurlEventLoopError) -> pthread_t {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        // The thread inherits the mask: the host's signal handlers stay on the host's threads.
        var (all, old) = (sigset_t(), sigset_t())
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &old)
        let code = unsafe pthread_create(&thread, nil, loopThreadMain, context.toOpaque())
        unsafe pthread_sigmask(SIG_SETMASK, &old, nil)
        guard code == 0 else {
            unsafe context.release()
            throw CurlEventLoopError(call: "pthread_create", code: code)
        }
        return thread
    }

    fileprivate func run() {
        unsafe name.prefix(15).withCString { unsafe clinux_name_current_thread($0) }
        identity.adopt()
        while true {
            runTurn()
            switch mailbox.rest() {
            case .none: poll(sleep: false)
            case .sleep: poll(sleep: !reactor.withValue { $0.hasKicks })
            case .end: return
            }
        }
    }

    /// Jobs, timers and kicks until there are no more, or sockets have waited long enough.
    private func runTurn() {
        for _ in 0..<Self.roundsPerTurn {
            mailbox.take(into: &entries)
            runEntries()
            fireTimers()
            runKicks()
            guard !mailbox.isEmpty else { return }
        }
    }

    private func runEntries() {
        guard !entries.isEmpty else { return }
        // Whoever enqueued a job refers to the loop until the job has run.
        guard let loop else { return entries.removeAll() }
        let serial = unsafe loop.asUnownedSerialExecutor()
        let task = unsafe loop.asUnownedTaskExecutor()
        for entry in entries {
            switch entry {
            case .actorJob(let job): unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: task)
            // Not as the serial executor's: after every `await` of its own the task would be enqueued once more.
            case .taskJob(let job): unsafe job.runSynchronously(on: task)
            case .call(let call): call()
            }
        }
        entries.removeAll(keepingCapacity: true)
    }

    private func fireTimers() {
        guard let deadline = reactor.withValue({ $0.nextTimer }) else { return }
        let now = MonotonicTime.now
        guard deadline <= now else { return }
        while let timer = reactor.withValue({ $0.popDueTimer(at: now) }) {
            timer.client.timerFired(timer.tag)
        }
    }

    private func runKicks() {
        reactor.withValue { $0.takeKicks(into: &kicks) }
        for client in kicks { client.kicked() }
        kicks.removeAll(keepingCapacity: true)
    }

    private func poll(sleep: Bool) {
        let now = MonotonicTime.now
        reactor.withValue { $0.poll(sleep: sleep, now: now, into: &events) }
        mailbox.awake()
        for event in events {
            guard let (client, isIdle) = reactor.withValue({ $0.claim(event) }) else { continue }
            if isIdle {
                client.idleSocketReady(event.descriptor, event.events)
            } else {
                client.socketReady(event.descriptor, event.events)
            }
        }
        events.removeAll(keepingCapacity: true)
    }
}

private nonisolated func loopThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<LoopThread>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
