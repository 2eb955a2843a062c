internal import CCurl

/// One session's libcurl: a multi handle with its connections, a share with its names and TLS sessions, and the easy
/// handles that run its requests.
///
/// It belongs to an actor whose executor is the loop, and is used only from there. The actor passes on what the loop
/// tells it, and afterwards collects what has finished with ``takeFinished()``. It must be closed before it is dropped:
/// `curl_multi_cleanup` calls the socket functions, which reach back into the engine.
@safe
package final class TransferEngine {
    /// What all its transfers have in common.
    package let options: EngineOptions
    /// What it has counted.
    package internal(set) var counters = EngineCounters()

    let loop: CurlEventLoop
    /// Added to the tags of its timers, so that two engines of an actor can be told apart.
    let tagBase: UInt64
    unowned let client: any LoopClient

    var multi: MultiHandle?
    private var share: SharedState?
    private let identity: AnyHashable?
    /// Whether the next session of the identity may go on with this one's TLS sessions.
    package var keepsShare = true
    private let configuredIdleTimeout: Int
    /// How old a connection may be that libcurl uses again, in seconds since its last use.
    private var idleTimeout: Int
    private var transfers: [Transfer] = []
    private var idleTransfers: [Int] = []
    private let numbering: TransferNumbering
    private var finished = Backlog<Transfer>()
    private var changedSinks = Backlog<StreamSink>()
    /// When the engine was last driven: what libcurl tells from inside a call happens at one time.
    package private(set) var now = MonotonicTime.now

    var sockets: [Int32: SocketRecord] = [:]
    /// How many of them a transfer uses.
    var busySockets = 0
    /// Local ports of HTTP/2 connections that libcurl has closed before their peer did, the latest last.
    var livePortsClosed: [Int32] = []
    /// How old the sockets were that have been closed since the client last looked.
    var closedAges: [Int64?] = []
    /// Whether sockets have been opened or closed since the client last looked.
    package var socketsHaveChanged = false
    /// When libcurl wants to be called, by its own word.
    var multiDeadline: MonotonicTime?
    /// The loop's timer for libcurl; it may be earlier than `multiDeadline`, never later.
    var multiTimer: (token: LoopReactor.TimerToken, deadline: MonotonicTime)?
    var isKicked = false
    private var servesHTTP1 = false
    var isClosed = false

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
        self.client = client
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
        precondition(isClosed || multi == nil, "A transfer engine was dropped before it was closed.")
    }

    /// Stops reusing connections sooner: the server has said how long it keeps them.
    package func limitIdleTimeout(to timeout: Duration) {
        idleTimeout = min(configuredIdleTimeout, Self.wholeSeconds(timeout))
    }

    /// How long a connection may be idle, by the configuration and the server.
    package var currentIdleTimeout: Duration { .seconds(idleTimeout) }

    /// For `MAXAGE_CONN`, where 0 would mean libcurl's own default.
    private static func wholeSeconds(_ duration: Duration) -> Int { max(1, Int(clamping: duration.components.seconds)) }

    /// Transfers that run.
    package var running: Int { transfers.count - idleTransfers.count }

    // MARK: Transfers

    /// Starts a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - sink: Where its body goes; `nil` buffers it in the transfer.
    ///   - now: The time.
    /// - Returns: The transfer, which is handed back with ``recycle(_:)``.
    /// - Throws: ``TransferFailure`` when libcurl refuses it; nothing was sent then.
    package func start(
        _ request: TransferRequest,
        sink: StreamSink? = nil,
        at now: MonotonicTime
    ) throws(TransferFailure) -> Transfer {
        guard !isClosed else { throw TransferFailure(.closed, wasSent: false) }
        let transfer = try checkOut()
        do {
            try transfer.prepare(request, options: options, idleTimeout: idleTimeout, sink: sink)
        } catch {
            recycle(transfer)
            throw TransferFailure(.setup(error), detail: error.message, wasSent: false)
        }
        self.now = max(self.now, now)
        transfer.state.deadlines.started(at: now)
        let code = multi?.add(transfer.easy) ?? CURLM_BAD_HANDLE
        guard code == CURLM_OK else {
            recycle(transfer)
            throw TransferFailure(.curl(CURLE_FAILED_INIT.rawValue), detail: Self.words(code), wasSent: false)
        }
        transfer.state.isRunning = true
        rearmTimer(of: transfer)
        return transfer
    }

    /// The running transfer of this number; `nil` when it has ended.
    package func transfer(_ id: UInt64) -> Transfer? {
        let slot = Int(id & (1 << Self.slotBits - 1)) - 1
        guard transfers.indices.contains(slot), transfers[slot].id == id, transfers[slot].isRunning else { return nil }
        return transfers[slot]
    }

    /// Takes a finished transfer back.
    package func recycle(_ transfer: Transfer) {
        let slot = Int(transfer.id & (1 << Self.slotBits - 1)) - 1
        transfer.state.clear()
        transfer.state.id += 1 << Self.slotBits
        if transfer.id >= Self.tagMask { transfer.state.id = UInt64(slot + 1) }
        idleTransfers.append(slot)
    }

    /// The transfer of a timer's tag, whatever it runs now.
    func transfer(ofTimer tag: UInt64) -> Transfer? {
        let slot = Int(tag & (1 << Self.slotBits - 1)) - 1
        return transfers.indices.contains(slot) ? transfers[slot] : nil
    }

    /// A transfer that has ended and was not asked for yet, the first to end first.
    package func nextFinished() -> Transfer? { finished.next() }

    /// Notes what time it is, before libcurl is called.
    func setNow() {
        now = .now
    }

    /// Lets a paused stream go on, after its reader has caught up.
    package func resume(_ transfer: Transfer) {
        guard transfer.isRunning, transfer.isPaused else { return }
        setNow()
        transfer.state.deadlines.resumed(at: now)
        // Calls the body function at once with what libcurl kept, and may fail like any other step.
        let code = transfer.easy.unpause()
        if code != CURLE_OK, transfer.isRunning { finish(transfer, code) }
        rearmTimer(of: transfer)
    }

    /// Sets until when the reader of a stream will wait; `nil` for as long as it takes.
    package func setReaderDeadline(_ deadline: MonotonicTime?, of transfer: Transfer) {
        guard transfer.isRunning else { return }
        transfer.state.deadlines.setReaderDeadline(deadline)
        rearmTimer(of: transfer)
    }

    // MARK: Ends

    /// Ends everything: transfers fail as `closed`, connections close, handles are freed in the order libcurl asks for.
    package func close() {
        guard !isClosed else { return }
        for transfer in transfers where transfer.isRunning { fail(transfer, .closed) }
        isClosed = true
        loop.reactor.withValue { reactor in
            if let multiTimer { reactor.cancelTimer(multiTimer.token) }
            for transfer in transfers {
                if let timer = transfer.state.timer { reactor.cancelTimer(timer.token) }
                transfer.state.timer = nil
            }
        }
        multiTimer = nil
        // libcurl calls the close function for every connection from inside the multi handle's clean-up. The easy handles
        // are out of it by then; somebody may still hold a transfer, so the share is taken from them first.
        for transfer in transfers {
            let code = transfer.easy.detachShare()
            assert(code == CURLE_OK, "An easy handle does not let go of its share.")
        }
        idleTransfers = []
        transfers = []
        multi = nil
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
        guard !isClosed, !sockets.isEmpty else { return }
        multi = nil
        forgetSockets()
        do {
            try openMulti()
        } catch {
            // Without a multi handle every further start fails with a clear error; nothing is lost by it.
            multi = nil
        }
    }

    /// Connections that libcurl may open at once.
    ///
    /// On HTTP/1.1 only a belt: our own queue never lets more through. An HTTP/2 session keeps to one before libcurl 8.1,
    /// which opens more than it needs, overruns the stream limit of each new one, and gives up after five refusals.
    private var connectionLimit: Int { keepsToOneConnection ? 1 : max(1, options.maxConnections) }

    /// Whether all requests share one connection, so that none can open another.
    package var keepsToOneConnection: Bool {
        options.httpVersion != .http1 && !servesHTTP1 && !CurlGlobal.shared.isAtLeast(8, 1)
    }

    /// The server was asked for HTTP/2 and speaks HTTP/1.1: every request needs a connection of its own.
    package func fallBackToHTTP1() {
        servesHTTP1 = true
        let code = multi?.set(CURLMOPT_MAX_HOST_CONNECTIONS, connectionLimit)
        assert(code == nil || code == CURLM_OK, "libcurl refuses a limit that it took before.")
    }

    private func openMulti() throws(CurlSetupError) {
        guard let made = MultiHandle() else { throw CurlSetupError(option: 0, code: CURLE_FAILED_INIT.rawValue) }
        multi = consume made
        multiDeadline = nil
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let codes = [
            unsafe multi?.setFunctions(socket: engineSocketFunction, timer: engineTimerFunction, context: context),
            // By default libcurl keeps four times as many connections as there are handles, and closes the rest.
            multi?.set(CURLMOPT_MAXCONNECTS, max(1, options.maxConnections)),
            multi?.set(CURLMOPT_MAX_HOST_CONNECTIONS, connectionLimit),
        ]
        guard codes.allSatisfy({ $0 == CURLM_OK }) else {
            throw CurlSetupError(option: 0, code: CURLE_FAILED_INIT.rawValue)
        }
    }

    private func checkOut() throws(TransferFailure) -> Transfer {
        if let slot = idleTransfers.popLast() { return transfers[slot] }
        do throws(CurlSetupError) {
            guard let easy = EasyHandle() else {
                throw CurlSetupError(option: 0, code: CURLE_OUT_OF_MEMORY.rawValue)
            }
            try options.apply(to: easy)
            try unsafe easy.setPointer(CURLOPT_SHARE, share?.handle.pointer)
            try unsafe easy.setSocketFunctions(
                open: engineOpenFunction,
                close: engineCloseFunction,
                context: Unmanaged.passUnretained(self).toOpaque()
            )
            let transfer = try Transfer(
                id: UInt64(transfers.count + 1),
                number: numbering.next(),
                easy: easy,
                engine: self
            )
            transfers.append(transfer)
            return transfer
        } catch {
            throw TransferFailure(.setup(error), detail: error.message, wasSent: false)
        }
    }

    func finish(_ transfer: Transfer, _ code: CURLcode) {
        let metrics = transfer.metrics()
        if code == CURLE_OK, transfer.state.isHeadComplete {
            conclude(transfer, .success(metrics))
        } else if code == CURLE_OK {
            // libcurl takes a connection that closes in the middle of the header section for the end of the answer.
            let failure = TransferFailure(
                .curl(CURLE_RECV_ERROR.rawValue),
                detail: "half a header section",
                wasSent: true
            )
            conclude(transfer, .failure(failure))
        } else {
            let cause = transfer.state.refusal ?? cause(of: code, for: transfer)
            let detail = transfer.errorDetail
            let words = detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail
            conclude(transfer, .failure(TransferFailure(cause, detail: words, wasSent: transfer.wasSent)))
        }
    }

    func fail(_ transfer: Transfer, _ cause: TransferFailure.Cause) {
        guard transfer.isRunning else { return }
        setNow()
        conclude(transfer, .failure(TransferFailure(cause, wasSent: transfer.wasSent)))
    }

    private func cause(of code: CURLcode, for transfer: Transfer) -> TransferFailure.Cause {
        switch code {
        case CURLE_OPERATION_TIMEDOUT where !transfer.wasSent: .timeout(.connect)
        // libcurl has a limit of its own for a single line, and says that it is out of memory.
        case CURLE_OUT_OF_MEMORY where transfer.wasSent && !transfer.state.isHeadComplete:
            .headersTooLarge(limit: Self.longestHeaderLine)
        default: .curl(code.rawValue)
        }
    }

    /// libcurl's `CURL_MAX_HTTP_HEADER`.
    private static let longestHeaderLine = 100 * 1_024

    private func conclude(_ transfer: Transfer, _ outcome: Result<TransferMetrics, TransferFailure>) {
        guard transfer.isRunning else { return }
        transfer.state.isRunning = false
        // Its timer stays: the handle's next request most likely needs none that is earlier.
        _ = multi?.remove(transfer.easy)
        transfer.state.outcome = outcome
        if let sink = transfer.sink {
            sink.outcome = outcome
            mark(sink)
        }
        finished.append(transfer)
    }

    /// Notes that the reader of a stream has something to look at.
    func mark(_ sink: StreamSink) {
        guard !sink.isMarked else { return }
        sink.isMarked = true
        changedSinks.append(sink)
    }

    /// A sink that has got a head, bytes or an end, and was not asked for yet.
    package func nextChangedSink() -> StreamSink? {
        guard let sink = changedSinks.next() else { return nil }
        sink.isMarked = false
        return sink
    }

    static func words(_ code: CURLMcode) -> String {
        unsafe String(cString: curl_multi_strerror(code))
    }
}
