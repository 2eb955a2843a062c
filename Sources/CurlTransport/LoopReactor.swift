/// The descriptors and timers of one event loop.
///
/// libcurl takes a descriptor out of the set after every transfer and puts it back for the next: two system calls that
/// change nothing. Here a descriptor stays registered and is let go lazily, when an event comes that nobody wants.
package struct LoopReactor: ~Copyable {
    /// A descriptor, who wants it, and what the kernel knows of it.
    private struct Watch {
        var client: (any LoopClient)?
        var generation: UInt32 = 0
        var wanted: PollEvents = []
        var registered: PollEvents?
    }

    fileprivate struct Timer {
        let client: any LoopClient
        let tag: UInt64
    }

    /// Names a timer that was set.
    package struct TimerToken: Hashable, Sendable {
        fileprivate let token: TimerHeap<LoopReactor.Timer>.Token
    }

    private let poller: EpollPoller
    private var watches: [Watch] = []
    private var timers = TimerHeap<Timer>()
    private var kicks: [any LoopClient] = []

    init() throws(CurlEventLoopError) {
        poller = try EpollPoller()
    }

    var wakeDescriptor: Int32 { poller.wakeDescriptor }

    // MARK: Descriptors

    /// Waits for `events` of a descriptor on behalf of `client`; with no events, keeps an eye on the peer's hang-up.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor.
    ///   - events: What it is waited for.
    ///   - client: Who is told.
    ///   - isForeign: Whether somebody else opens and closes it without a word, so that what is known of its number says nothing.
    /// - Returns: Whether the kernel took it.
    package mutating func watch(
        _ descriptor: Int32,
        for events: PollEvents,
        client: any LoopClient,
        isForeign: Bool = false
    ) -> Bool {
        let index = Int(descriptor)
        while watches.count <= index { watches.append(Watch()) }
        // Most often it is the same, and comparing is cheaper than counting references.
        if watches[index].client !== client {
            watches[index].client = client
            // What another client had registered went with its file.
            watches[index].registered = nil
        }
        watches[index].wanted = events
        guard let registered = watches[index].registered, !isForeign else { return register(descriptor, for: events) }
        // A descriptor that is registered for more than is wanted stays as it is; see `claim`.
        guard !registered.isSuperset(of: events) || registered.contains(.writable) != events.contains(.writable) else {
            return true
        }
        watches[index].registered = events
        return poller.modify(descriptor, generation: watches[index].generation, for: events)
    }

    /// Registers a descriptor of which nothing is known.
    private mutating func register(_ descriptor: Int32, for events: PollEvents) -> Bool {
        let index = Int(descriptor)
        watches[index].generation &+= 1
        watches[index].registered = events
        return poller.add(descriptor, generation: watches[index].generation, for: events)
    }

    /// Stops waiting for a descriptor of a client, which stays registered: the next transfer will want it again.
    package mutating func rest(_ descriptor: Int32, of client: any LoopClient) {
        guard isWatched(descriptor, by: client) else { return }
        watches[Int(descriptor)].wanted = []
    }

    /// Tells the client of a descriptor at rest once more of its bytes and its hang-up.
    package mutating func watchIdle(_ descriptor: Int32, of client: any LoopClient) {
        guard isWatched(descriptor, by: client), watches[Int(descriptor)].wanted.isEmpty else { return }
        _ = register(descriptor, for: .readable)
    }

    /// Forgets a descriptor that is about to be closed.
    package mutating func forget(_ descriptor: Int32) {
        guard watches.indices.contains(Int(descriptor)) else { return }
        if watches[Int(descriptor)].registered != nil { poller.remove(descriptor) }
        watches[Int(descriptor)].registered = nil
        watches[Int(descriptor)].client = nil
        watches[Int(descriptor)].wanted = []
        watches[Int(descriptor)].generation &+= 1
    }

    /// Forgets a descriptor that has been closed, unless its number belongs to another client by now.
    package mutating func forget(_ descriptor: Int32, of client: any LoopClient) {
        guard isWatched(descriptor, by: client) else { return }
        forget(descriptor)
    }

    /// A descriptor of a client has just been opened: what was known of its number died with its predecessor.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor.
    ///   - client: Whose it is.
    ///   - wasOpen: Whether the client was not told that the predecessor was closed, and goes by what it waited for.
    package mutating func opened(_ descriptor: Int32, by client: any LoopClient, wasOpen: Bool) {
        let index = Int(descriptor)
        guard watches.indices.contains(index) else { return }
        if wasOpen, watches[index].client === client, !watches[index].wanted.isEmpty {
            _ = register(descriptor, for: watches[index].wanted)
        } else {
            watches[index].registered = nil
            watches[index].wanted = []
            watches[index].generation &+= 1
        }
    }

    private func isWatched(_ descriptor: Int32, by client: any LoopClient) -> Bool {
        watches.indices.contains(Int(descriptor)) && watches[Int(descriptor)].client === client
    }

    /// Whether all these events of a descriptor are waited for.
    package func waits(for events: PollEvents, of descriptor: Int32) -> Bool {
        watches.indices.contains(Int(descriptor)) && watches[Int(descriptor)].wanted.isSuperset(of: events)
    }

    /// Who is to be called for an event, and whether the descriptor is one that is at rest; `nil` when nobody is.
    ///
    /// A descriptor at rest is told of once: of its bytes, and of its hang-up. ``watchIdle(_:of:)`` asks for more.
    mutating func claim(_ event: EpollPoller.Event) -> (client: any LoopClient, isIdle: Bool)? {
        let index = Int(event.descriptor)
        guard watches.indices.contains(index), watches[index].generation == event.generation,
            let client = watches[index].client
        else { return nil }
        if !watches[index].wanted.isEmpty { return (client, false) }
        if event.events.contains(.hungUp) {
            poller.remove(event.descriptor)
            watches[index].registered = nil
        } else {
            watches[index].registered = []
            _ = poller.modify(event.descriptor, generation: event.generation, for: [])
        }
        return (client, true)
    }

    // MARK: Timers

    /// Calls `client.timerFired(tag)` at `deadline`, once.
    package mutating func setTimer(_ deadline: MonotonicTime, for client: any LoopClient, tag: UInt64) -> TimerToken {
        TimerToken(token: timers.insert(Timer(client: client, tag: tag), at: deadline))
    }

    /// Moves a timer; false when it has fired or was cancelled.
    package mutating func moveTimer(_ token: TimerToken, to deadline: MonotonicTime) -> Bool {
        timers.update(token.token, to: deadline)
    }

    /// Cancels a timer; one that has fired is no mistake.
    package mutating func cancelTimer(_ token: TimerToken) {
        _ = timers.remove(token.token)
    }

    /// The next timer that is due, taken out.
    mutating func popDueTimer(at now: MonotonicTime) -> (client: any LoopClient, tag: UInt64)? {
        timers.popDue(at: now).map { ($0.client, $0.tag) }
    }

    // MARK: Turns

    /// Calls `client.kicked()` before the loop sleeps.
    package mutating func kick(_ client: any LoopClient) {
        kicks.append(client)
    }

    /// Those who asked to be called before the loop sleeps.
    mutating func takeKicks(into batch: inout [any LoopClient]) {
        swap(&kicks, &batch)
    }

    var hasKicks: Bool { !kicks.isEmpty }

    var nextTimer: MonotonicTime? { timers.nextDeadline }

    /// Waits for events, no longer than until the next timer, or not at all.
    func poll(sleep: Bool, now: MonotonicTime, into events: inout [EpollPoller.Event]) {
        poller.wait(milliseconds: sleep ? millisecondsUntilNextTimer(from: now) : 0) { events.append($0) }
    }

    /// Rounded up, so that a timer is due when the loop looks; -1 without a timer.
    private func millisecondsUntilNextTimer(from now: MonotonicTime) -> Int32 {
        guard let deadline = timers.nextDeadline else { return -1 }
        guard deadline > now else { return 0 }
        let nanoseconds = deadline.nanoseconds - now.nanoseconds
        return Int32(clamping: (nanoseconds - 1) / 1_000_000 + 1)
    }
}
