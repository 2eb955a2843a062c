/// The descriptors and timers of one event loop.
///
/// libcurl takes a descriptor out of the set after every transfer and puts it back for the next: two system calls that
/// change nothing. Here a descriptor stays registered and is let go lazily, when an event comes that nobody wants.
package struct LoopReactor: ~Copyable {
    /// One registered descriptor.
    private struct Watch {
        var client: (any LoopClient)?
        var generation: UInt32 = 0
        var wanted: PollEvents = []
        var registered: PollEvents?
    }

    /// What a due timer calls.
    private struct Timer {
        let client: any LoopClient
        let tag: UInt64
    }

    package typealias TimerToken = TimerHeap<Int>.Token

    private let poller: EpollPoller
    private var watches: [Watch] = []
    private var timers = TimerHeap<(client: any LoopClient, tag: UInt64)>()
    private var kicked: [any LoopClient] = []
    private var kickedBatch: [any LoopClient] = []

    init() throws(CurlEventLoopError) {
        poller = try EpollPoller()
    }

    var wakeDescriptor: Int32 { poller.wakeDescriptor }
}
