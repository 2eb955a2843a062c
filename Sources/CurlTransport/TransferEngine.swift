internal import CCurl

/// One session's libcurl: a multi handle with its connections, a share with its names and TLS sessions, and the easy
/// handles that run its requests.
///
/// It belongs to an actor whose executor is the loop, and is used only from there. The actor passes on what the loop
/// tells it, and afterwards collects what has finished with ``nextFinished()``. It must be closed before it is dropped:
/// `curl_multi_cleanup` calls the socket functions, which reach back into the engine.
@safe
package final class TransferEngine {
    /// What all its transfers have in common.
    package let options: EngineOptions
    let loop: CurlEventLoop
    let behavior = CurlBehavior.current
    /// Added to the tags of its timers, so that two engines of an actor can be told apart.
    package let tagBase: UInt64
    /// Not counted, for it is named in every request; it owns the engine.
    unowned(unsafe) let client: any LoopClient

    let numbering: TransferNumbering
    var share: SharedState?
    private let identity: AnyHashable?
    /// Whether the next session of the identity may go on with this one's TLS sessions.
    package var keepsShare = true
    private let configuredIdleTimeout: Int
    /// How old a connection may be that libcurl uses again, in seconds since its last use.
    var idleTimeout: Int
    private(set) var servesHTTP1 = false
    /// Connections that the client allows, which may be fewer than the options do.
    private var connectionBound = Int.max
    /// Connections that another engine of the client has and that will not be used again when their requests have ended.
    private var leavingConnections = 0

    private let memory = LoopMemory(EngineState())
    private let multiMemory = LoopMemory<MultiHandle?>(nil)

    /// What changes with every request.
    var state: EngineState {
        @inline(__always) _read { yield memory.value }
        @inline(__always) _modify { yield &memory.value }
    }

    var multi: MultiHandle? {
        @inline(__always) _read { yield multiMemory.value }
        @inline(__always) _modify { yield &multiMemory.value }
    }

    /// Bits of a tag that name a transfer's slot; the bits above name its use.
    static let slotBits: UInt64 = 20
    /// The tag of the timer that libcurl asked for.
    static let multiTag: UInt64 = 0
    static let tagMask: UInt64 = 1 << 60 - 1

    /// Makes the handles.
    ///
    /// - Parameters:
    ///   - options: What all transfers have in common.
    ///   - loop: The loop that drives it.
    ///   - client: The actor that owns it; it outlives the engine.
    ///   - identity: Whose TLS sessions it may go on with, and leaves behind; `nil` for nobody's.
    ///   - tagBase: Added to the tags of timers; a multiple of 2^60.
    ///   - numbering: Where its transfers get their numbers.
    /// - Throws: ``CurlSetupError`` when libcurl is out of memory.
    package init(
        options: EngineOptions,
        loop: CurlEventLoop,
        client: any LoopClient,
        identity: AnyHashable? = nil,
        tagBase: UInt64 = 0,
        numbering: TransferNumbering = TransferNumbering()
    ) throws(CurlSetupError) {
        configuredIdleTimeout = Self.wholeSeconds(options.idleTimeout)
        idleTimeout = configuredIdleTimeout
        self.loop = loop
        unsafe self.client = client
        self.tagBase = tagBase
        self.identity = identity
        self.numbering = numbering
        let kept = identity.flatMap { identity in
            loop.shares.withValue { $0.take(identity, roots: options.roots) }
        }
        // libcurl finds a TLS session by its CA file's name too: the same roots must keep their file.
        var options = options
        if let kept { options.roots = kept.roots }
        self.options = options
        guard CurlGlobal.shared.isUsable, let share = kept ?? SharedState(roots: options.roots) else {
            throw CurlSetupError(option: 0, code: CURLE_FAILED_INIT.rawValue)
        }
        self.share = share
        try openMulti()
    }

    deinit {
        precondition(state.isClosed || multi == nil, "A transfer engine was dropped before it was closed.")
    }

    /// Stops reusing connections sooner: the server has said how long it keeps them.
    package func limitIdleTimeout(to timeout: Duration) {
        idleTimeout = min(configuredIdleTimeout, Self.wholeSeconds(timeout))
    }

    /// How long a connection may be idle, by the configuration and the server.
    package var currentIdleTimeout: Duration { .seconds(idleTimeout) }

    /// For `MAXAGE_CONN` and `MAXLIFETIME_CONN`: 0 would mean libcurl's own default, and some versions count in 32 bits.
    static func wholeSeconds(_ duration: Duration) -> Int { Int(min(max(1, duration.wholeSeconds), Int64(Int32.max))) }

    /// What it has counted.
    package var counters: EngineCounters { state.counters }
    /// When it was last driven.
    package var now: MonotonicTime { state.now }
    /// Transfers that run.
    package var running: Int { state.transfers.count - state.idleTransfers.count }

    /// Notes what time it is, before libcurl is called.
    func setNow() { state.now = .now }

    // MARK: Ends

    /// Ends everything: transfers fail as `closed`, connections close, handles are freed in the order libcurl asks for.
    package func close() {
        guard !state.isClosed else { return }
        for transfer in state.transfers where transfer.isRunning { fail(transfer, .closed) }
        state.isClosed = true
        loop.reactor.withValue { reactor in
            if let timer = state.multiTimer { reactor.cancelTimer(timer.token) }
            for transfer in state.transfers {
                if let timer = transfer.state.timer { reactor.cancelTimer(timer.token) }
                transfer.state.timer = nil
            }
        }
        state.multiTimer = nil
        // libcurl calls the close function for every connection from inside the multi handle's clean-up. The easy handles
        // are out of it by then; somebody may still hold a transfer, so the share is taken from them first.
        for transfer in state.transfers {
            let code = transfer.easy.detachShare()
            assert(code == CURLE_OK, "An easy handle does not let go of its share.")
        }
        state.idleTransfers = []
        // Out of the state before they are freed: libcurl's clean-up may call back, which must not find it being changed.
        var freed: [Transfer] = []
        swap(&freed, &state.transfers)
        for transfer in freed { numbering.giveBack(transfer.number) }
        freed = []
        dropMulti()
        forgetSockets()
        if keepsShare, let share, let identity { loop.shares.withValue { $0.put(share, for: identity) } }
        share = nil
    }

    /// Drops every connection by making a new multi handle; TLS sessions and names stay in the share.
    ///
    /// libcurl before 8.16 has no call that closes an idle connection.
    ///
    /// - Precondition: No transfer runs.
    package func dropConnections() {
        precondition(running == 0, "Connections dropped under a running transfer.")
        guard !state.isClosed, !state.sockets.isEmpty else { return }
        dropMulti()
        forgetSockets()
        do {
            try openMulti()
        } catch {
            // The next start tries again.
            dropMulti()
        }
    }

    /// Makes the multi handle that could not be made when the one before was dropped.
    func reopenIfNeeded() {
        guard multi == nil, !state.isClosed else { return }
        do { try openMulti() } catch { dropMulti() }
    }

    /// Closes all connections; the socket functions are called meanwhile, when there is no multi handle any more.
    private func dropMulti() { _ = multi.take() }

    /// Connections that libcurl may open at once.
    ///
    /// On HTTP/1.1 only a belt: our own queue never lets more through. An HTTP/2 session keeps to one before libcurl 8.1,
    /// which opens more than it needs, overruns the stream limit of each new one, and gives up after five refusals.
    private var connectionLimit: Int {
        keepsToOneConnection ? 1 : totalLimit
    }

    /// Whether all requests share one connection, so that none can open another.
    ///
    /// So it is too while the client bounds them: it books one for all requests of HTTP/2.
    package var keepsToOneConnection: Bool {
        guard options.httpVersion != .http1, !servesHTTP1 else { return false }
        return connectionBound < Int.max || !CurlBehavior.current.sharesHTTP2Well
    }

    /// How many connections so many transfers use.
    package func connectionsNeeded(by transfers: Int) -> Int {
        keepsToOneConnection ? min(1, transfers) : transfers
    }

    /// The server was asked for HTTP/2 and speaks HTTP/1.1: every request needs a connection of its own.
    package func fallBackToHTTP1() {
        servesHTTP1 = true
        applyConnectionLimits()
    }

    /// Opens no more connections than so many at once, and never more than the options allow.
    ///
    /// Transfers that have none wait inside libcurl: those that were started before it was known that each needs its own,
    /// and on HTTP/2 those that a connection has no stream for.
    package func limitConnections(to count: Int) {
        connectionBound = max(1, count)
        applyConnectionLimits()
    }

    /// Leaves so many of the connections that the options allow to those that are about to end.
    package func leaveRoom(for count: Int) {
        guard count != leavingConnections else { return }
        leavingConnections = count
        applyConnectionLimits()
    }

    private func applyConnectionLimits() {
        let codes = [
            multi?.set(CURLMOPT_MAX_HOST_CONNECTIONS, connectionLimit),
            multi?.set(CURLMOPT_MAX_TOTAL_CONNECTIONS, totalLimit),
        ]
        assert(codes.allSatisfy { $0 == nil || $0 == CURLM_OK }, "libcurl refuses a limit that it took before.")
    }

    /// Connections to all hosts: a redirect may lead to another, and then an idle connection is closed for its sake.
    private var totalLimit: Int { max(1, min(options.maxConnections - leavingConnections, connectionBound)) }

    private func openMulti() throws(CurlSetupError) {
        guard let made = MultiHandle() else { throw CurlSetupError(option: 0, code: CURLE_FAILED_INIT.rawValue) }
        multi = consume made
        state.multiDeadline = nil
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let codes = [
            unsafe multi?.setFunctions(socket: engineSocketFunction, timer: engineTimerFunction, context: context),
            // By default libcurl keeps four times as many connections as there are handles, and closes the rest.
            multi?.set(CURLMOPT_MAXCONNECTS, max(1, options.maxConnections)),
            multi?.set(CURLMOPT_MAX_HOST_CONNECTIONS, connectionLimit),
            multi?.set(CURLMOPT_MAX_TOTAL_CONNECTIONS, totalLimit),
            // By default it puts no more than a hundred on a connection, however many its server takes.
            multi?.set(CURLMOPT_MAX_CONCURRENT_STREAMS, max(1, min(options.maxStreams, Int(Int32.max)))),
        ]
        guard codes.allSatisfy({ $0 == CURLM_OK }) else {
            throw CurlSetupError(option: 0, code: CURLE_FAILED_INIT.rawValue)
        }
    }
}
