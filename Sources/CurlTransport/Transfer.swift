internal import CCurl

/// One easy handle and the request that it is running, used again for the next.
///
/// It belongs to its engine and so to the session's actor. libcurl calls back through unretained pointers, which are
/// valid because the engine keeps every transfer until its handle has been taken out of the multi handle and freed, and
/// on the right thread because libcurl calls back only from inside calls that the actor makes.
@safe
package final class Transfer {
    /// Its own number, which it keeps for life.
    package let number: Int

    let easy: EasyHandle
    private let errorText: ErrorText
    private let context: UnsafeMutablePointer<TransferContext>
    /// What libcurl was last told of names; it reads the list when the transfer begins.
    private var nameList = HeaderList()

    /// Makes a transfer whose handle has the engine's constant options.
    init(
        id: UInt64,
        number: Int,
        easy: consuming EasyHandle,
        engine: TransferEngine
    ) throws(CurlSetupError) {
        self.number = number
        self.easy = easy
        errorText = ErrorText()
        unsafe context = .allocate(capacity: 1)
        unsafe context.initialize(
            to: TransferContext(
                state: TransferState(id: id),
                engine: .passUnretained(engine),
                transfer: .passUnretained(self)
            )
        )
        try unsafe self.easy.setPointer(CURLOPT_ERRORBUFFER, errorText.pointer)
        try unsafe self.easy.setSink(
            header: transferHeaderFunction,
            body: transferBodyFunction,
            beforeSending: transferPrereqFunction,
            progress: transferProgressFunction,
            context: context,
            owner: Unmanaged.passUnretained(self).toOpaque()
        )
        try unsafe self.easy.setResolver(transferResolverFunction, context: context)
        // Its words cost several microseconds a request, and nothing on HTTP/1.1 depends on them.
        guard engine.options.httpVersion != .http1 else { return }
        try unsafe self.easy.setDebug(transferDebugFunction, context: context)
    }

    /// Tells libcurl the addresses of names, or makes it forget them, when the transfer begins; see CURLOPT_RESOLVE(3).
    func setNames(_ lines: [String]) throws(CurlSetupError) {
        var list = HeaderList()
        guard lines.allSatisfy({ list.append($0) }) else {
            throw CurlSetupError(option: CURLOPT_RESOLVE.rawValue, code: CURLE_OUT_OF_MEMORY.rawValue)
        }
        try easy.setNames(list)
        // The old list is freed only now that libcurl has the new one.
        nameList = list
    }

    deinit {
        unsafe context.deinitialize(count: 1)
        unsafe context.deallocate()
    }

    /// What changes while it runs.
    var state: TransferState {
        get { unsafe context.pointee.state }
        _modify { yield unsafe &context.pointee.state }
    }

    // Read one by one: a copy of the whole state would count references.

    /// Names this use of the transfer; another use has another number.
    package var id: UInt64 { unsafe context.pointee.state.id }
    /// How it ended, if it has.
    package var outcome: TransferOutcome { unsafe context.pointee.state.outcome }
    /// Where the body of a streamed response goes.
    package var sink: StreamSink? { unsafe context.pointee.state.sink }
    /// The status code; 0 before the head.
    package var status: Int { unsafe context.pointee.state.status }
    /// The status and the header lines.
    package var head: TransferHead { unsafe context.pointee.state.copyHead() }
    var isRunning: Bool { unsafe context.pointee.state.isRunning }
    var wasSent: Bool { unsafe context.pointee.state.wasSent }
    /// Whether the server may have acted on the request.
    var mayBeProcessed: Bool { unsafe context.pointee.state.wasSent && !context.pointee.state.http2.isUnprocessed }
    /// Whether its request is out on a connection that it has not been taken from.
    var isOnConnection: Bool { unsafe context.pointee.state.isRunning && context.pointee.state.sentFromPort > 0 }
    /// Whether it is out of libcurl's hands until a name has been looked up.
    var isLookingUp: Bool { unsafe context.pointee.state.names?.current != nil }
    var isPaused: Bool { unsafe context.pointee.state.deadlines.isPaused }

    /// When the timers of the state next run out, if that is before the loop's timer fires.
    var deadlineBeforeTimer: MonotonicTime? {
        guard unsafe context.pointee.state.isTimerLate else { return nil }
        return unsafe context.pointee.state.deadlines.nextDeadline
    }

    /// Sets what differs from the request that the handle ran before.
    func prepare(
        _ request: TransferRequest,
        options: EngineOptions,
        idleTimeout: Int,
        sink: StreamSink?
    ) throws(CurlSetupError) {
        unsafe context.pointee.state.begin(request, sink: sink)
        errorText.clear()
        let isStreamed = sink != nil
        try unsafe context.pointee.state.applied.apply(
            request,
            isStreamed: isStreamed,
            options: options,
            idleTimeout: idleTimeout,
            to: easy
        )
    }

    /// Whether its answer, of which the head has come, is one of HTTP/1.1.
    package var speaksHTTP1: Bool { easy.long(CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_1_1) }

    /// Ends the transfer if it runs: its connection is closed (HTTP/1.1) or its stream reset (HTTP/2), now.
    package func cancel() {
        unsafe context.pointee.engine._withUnsafeGuaranteedRef { $0.fail(self, .cancelled) }
    }

    /// Calls `body` with the engine, without counting its references.
    func withEngine(_ body: (TransferEngine) -> Void) {
        unsafe context.pointee.engine._withUnsafeGuaranteedRef { body($0) }
    }

    /// The body of a buffered response, which the transfer gives away.
    package func takeBody() -> [UInt8] {
        unsafe context.pointee.state.takeBody()
    }

    /// What libcurl says of a failure, such as a proxy's answer; empty when it says nothing.
    var errorDetail: String { errorText.text }

    /// Before another try, of whose failure libcurl has more to say.
    func clearErrorDetail() { errorText.clear() }

    /// Whether all of the answer has come, though libcurl has not ended the transfer: it still sends.
    ///
    /// Known by its length only; of chunks libcurl does not tell which is the last.
    var hasWholeAnswer: Bool {
        guard !isPaused, let length = unsafe context.pointee.state.answerLength else { return false }
        return easy.offset(CURLINFO_SIZE_DOWNLOAD_T) >= length
    }

    /// Whether the proxy has refused the way to the host for good: its answer to `CONNECT` is of the client's making
    /// (RFC 9110, section 15.5), or SOCKS will not have the user.
    ///
    /// What SOCKS said is asked of its own failures only: libcurl keeps it for the life of the handle (`info.pxcode`, which
    /// nothing resets up to 8.22).
    func isRefusedByProxy(_ code: CURLcode) -> Bool {
        let refusals = [CURLPX_NO_AUTH, CURLPX_USER_REJECTED, CURLPX_REPLY_NOT_ALLOWED].map { Int($0.rawValue) }
        if code == CURLE_PROXY, refusals.contains(easy.long(CURLINFO_PROXY_ERROR)) { return true }
        // Those that say themselves that another time may do: 408, 421, 425 and 429.
        let status = easy.long(CURLINFO_HTTP_CONNECTCODE)
        return (400..<500).contains(status) && ![408, 421, 425, 429].contains(status)
    }

    /// What libcurl measured, until the handle runs another request.
    package func metrics() -> TransferMetrics {
        var metrics = TransferMetrics()
        metrics.connectionsOpened = easy.long(CURLINFO_NUM_CONNECTS)
        // A kept connection took no time to be made.
        if metrics.connectionsOpened > 0 {
            metrics.nameLookup = easy.microseconds(CURLINFO_NAMELOOKUP_TIME_T)
            metrics.connect = easy.microseconds(CURLINFO_CONNECT_TIME_T)
            metrics.tlsHandshake = easy.microseconds(CURLINFO_APPCONNECT_TIME_T)
        }
        metrics.firstByte = easy.microseconds(CURLINFO_STARTTRANSFER_TIME_T)
        metrics.total = easy.microseconds(CURLINFO_TOTAL_TIME_T)
        if let names = unsafe context.pointee.state.names { names.addWaiting(to: &metrics) }
        metrics.httpVersion = easy.long(CURLINFO_HTTP_VERSION)
        metrics.sendAttempts = unsafe context.pointee.state.sendAttempts
        metrics.headerBytes = unsafe context.pointee.state.headerSectionBytes
        metrics.bodyBytes = easy.offset(CURLINFO_SIZE_DOWNLOAD_T)
        return metrics
    }
}

/// What libcurl's callbacks are given: the state, and who is told of it.
@unsafe
private struct TransferContext {
    var state: TransferState
    /// The engine outlives its transfers.
    let engine: Unmanaged<TransferEngine>
    /// Frees this context when it ends.
    let transfer: Unmanaged<Transfer>
}

/// Calls `body` with those whose context it is, without counting the references.
@unsafe
private func withOwners<Value>(
    _ context: UnsafeMutablePointer<TransferContext>,
    _ body: (TransferEngine, Transfer) -> Value
) -> Value {
    let (engine, transfer) = unsafe (context.pointee.engine, context.pointee.transfer)
    return unsafe engine._withUnsafeGuaranteedRef { engine in
        unsafe transfer._withUnsafeGuaranteedRef { body(engine, $0) }
    }
}

/// Moves the timer when it is too late for what the state has become: most often it is not, and nothing is called.
@unsafe
private func rearm(
    _ context: UnsafeMutablePointer<TransferContext>,
    _ engine: TransferEngine,
    _ transfer: Transfer
) {
    if unsafe context.pointee.state.isTimerLate { engine.rearmTimer(of: transfer) }
}

// MARK: - C callbacks

// Top-level functions: a closure of a main.swift would be isolated to the main actor and trap on the loop's thread.

private nonisolated func transferContext(_ context: UnsafeMutableRawPointer) -> UnsafeMutablePointer<TransferContext> {
    unsafe context.assumingMemoryBound(to: TransferContext.self)
}

private nonisolated func transferPrereqFunction(
    context: UnsafeMutableRawPointer,
    remote: UnsafeMutablePointer<CChar>?,
    local: UnsafeMutablePointer<CChar>?,
    remotePort: Int32,
    localPort: Int32
) -> Int32 {
    let context = unsafe transferContext(context)
    return unsafe withOwners(context) { engine, transfer in
        guard engine.willSend(transfer, from: localPort) else {
            return Int32(CURL_PREREQFUNC_ABORT)
        }
        engine.noteNewConnection()
        unsafe rearm(context, engine, transfer)
        return Int32(CURL_PREREQFUNC_OK)
    }
}

/// libcurl is about to look up a name; any other number than 0 fails the transfer.
private nonisolated func transferResolverFunction(
    resolver: UnsafeMutableRawPointer?,
    reserved: UnsafeMutableRawPointer?,
    context: UnsafeMutableRawPointer
) -> Int32 {
    let context = unsafe transferContext(context)
    return unsafe withOwners(context) { engine, transfer in engine.mayLookUp(for: transfer) ? 0 : 1 }
}

private nonisolated func transferProgressFunction(
    context: UnsafeMutableRawPointer,
    toDownload: curl_off_t,
    downloaded: curl_off_t,
    toUpload: curl_off_t,
    uploaded: curl_off_t
) -> Int32 {
    let context = unsafe transferContext(context)
    unsafe withOwners(context) { engine, _ in
        unsafe context.pointee.state.noteProgress()
        unsafe context.pointee.state.noteUploaded(uploaded, at: engine.now)
    }
    return 0
}

private nonisolated func transferHeaderFunction(
    bytes: UnsafeMutablePointer<CChar>,
    size: Int,
    count: Int,
    context: UnsafeMutableRawPointer
) -> Int {
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    let context = unsafe transferContext(context)
    switch unsafe context.pointee.state.receiveHeaderLine(line) {
    case .taken: break
    case .endOfHead:
        unsafe withOwners(context) { engine, transfer in
            unsafe context.pointee.state.endHead(on: engine)
            unsafe rearm(context, engine, transfer)
        }
    case .stop: return 0
    }
    return line.count
}

private nonisolated func transferDebugFunction(
    handle: UnsafeMutableRawPointer,
    type: curl_infotype,
    bytes: UnsafeMutablePointer<CChar>,
    count: Int,
    context: UnsafeMutableRawPointer
) -> Int32 {
    guard type == CURLINFO_TEXT,
        let notice = unsafe HTTP2Notice(UnsafeRawBufferPointer(start: bytes, count: count))
    else { return 0 }
    unsafe withOwners(unsafe transferContext(context)) { engine, transfer in engine.noticed(notice, by: transfer) }
    return 0
}

private nonisolated func transferBodyFunction(
    bytes: UnsafeMutablePointer<CChar>,
    size: Int,
    count: Int,
    context: UnsafeMutableRawPointer
) -> Int {
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    let context = unsafe transferContext(context)
    return unsafe withOwners(context) { engine, transfer in
        switch unsafe context.pointee.state.receiveBody(piece, of: transfer, on: engine) {
        case .taken:
            unsafe rearm(context, engine, transfer)
            return piece.count
        case .pause:
            unsafe rearm(context, engine, transfer)
            return Int(CURL_WRITEFUNC_PAUSE)
        // Any other number than the count ends the transfer; 0 would not, for an empty piece.
        case .stop: return piece.count ^ 1
        }
    }
}
