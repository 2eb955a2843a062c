internal import CCurl

/// One easy handle and the request that it is running, used again for the next.
///
/// It belongs to its engine and so to the session's actor. libcurl calls it back through an unretained pointer, which is
/// valid because the engine keeps every transfer until its handle has been taken out of the multi handle and freed, and
/// on the right thread because libcurl calls back only from inside calls that the actor makes.
package final class Transfer {
    /// Names this use of the transfer; another use has another number.
    package internal(set) var id: UInt64
    /// The status code; 0 before the head.
    package private(set) var status = 0
    /// The body of a buffered response.
    package private(set) var body: [UInt8] = []
    /// How it ended; `nil` while it runs.
    package internal(set) var outcome: Result<TransferMetrics, TransferFailure>?
    /// Its own number, which it keeps for life.
    package let number: Int
    /// Where the body of a streamed response goes.
    package internal(set) var sink: StreamSink?

    let easy: EasyHandle
    /// Collects the sinks that have changed; the engine outlives its transfers.
    private unowned let engine: TransferEngine
    var deadlines = TransferDeadlines(limits: .init())
    var timer: (token: LoopReactor.TimerToken, deadline: MonotonicTime)?
    var isRunning = false
    /// Times that libcurl was about to send the request.
    private(set) var sendAttempts = 0
    /// Why a callback told libcurl to stop.
    private(set) var refusal: TransferFailure.Cause?

    private var headerBytes: [UInt8] = []
    private var headerSectionBytes = 0
    /// Whether the empty line at the end of the header section has arrived.
    private(set) var isHeadComplete = false
    private var hasBodyBegun = false
    /// The local port of the connection that the request was last sent on.
    private var sentFromPort: Int32 = 0
    /// Bytes of the request's body that the kernel has taken, as far as libcurl reports it; see `AppliedOptions`.
    private var uploaded: curl_off_t = 0
    private var mayResend = false
    private var maxHeaderBytes = 0
    private var maxBodyBytes = 0
    private var applied = AppliedOptions()
    private let errorText: ErrorText

    /// Makes a transfer whose handle has the engine's constant options.
    init(
        id: UInt64,
        number: Int,
        easy: consuming EasyHandle,
        engine: TransferEngine
    ) throws(CurlSetupError) {
        self.id = id
        self.number = number
        self.easy = easy
        self.engine = engine
        errorText = ErrorText()
        try unsafe self.easy.setPointer(CURLOPT_ERRORBUFFER, errorText.pointer)
        try unsafe self.easy.setSink(
            header: transferHeaderFunction,
            body: transferBodyFunction,
            beforeSending: transferPrereqFunction,
            progress: transferProgressFunction,
            context: Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// Sets what differs from the request that the handle ran before.
    func prepare(_ request: TransferRequest, options: EngineOptions, sink: StreamSink?) throws(CurlSetupError) {
        mayResend = request.mayResend
        maxHeaderBytes = request.maxHeaderBytes
        maxBodyBytes = request.maxBodyBytes
        deadlines = TransferDeadlines(limits: request.limits)
        self.sink = sink
        (status, sendAttempts, headerSectionBytes) = (0, 0, 0)
        (isHeadComplete, hasBodyBegun, uploaded) = (false, false, 0)
        (outcome, refusal) = (nil, nil)
        headerBytes.removeAll(keepingCapacity: true)
        body = []
        errorText.clear()
        try applied.apply(request, isStreamed: sink != nil, options: options, to: easy)
    }

    /// Lets go of what the finished request brought.
    func clear() {
        body = []
        sink = nil
        outcome = nil
        applied.releaseLargeBody()
    }

    /// Ends the transfer if it runs: its connection is closed (HTTP/1.1) or its stream reset (HTTP/2), now.
    package func cancel() {
        engine.fail(self, .cancelled)
    }

    /// The body of a buffered response, which the transfer gives away.
    package func takeBody() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &body)
        return taken
    }

    /// The status and the header lines.
    package var head: TransferHead { TransferHead(status: status, headerBytes: headerBytes) }

    /// Whether any of the request may have been sent.
    var wasSent: Bool { sendAttempts > 0 }

    /// What libcurl says of a failure, such as a proxy's answer; empty when it says nothing.
    var errorDetail: String { errorText.text }

    /// What libcurl measured.
    func metrics() -> TransferMetrics {
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
        metrics.httpVersion = easy.long(CURLINFO_HTTP_VERSION)
        metrics.sendAttempts = sendAttempts
        metrics.headerBytes = headerSectionBytes
        metrics.bodyBytes = easy.offset(CURLINFO_SIZE_DOWNLOAD_T)
        return metrics
    }

    // MARK: What libcurl hands over

    /// A connection is there and the request is about to be sent.
    ///
    /// Returns whether it may be.
    fileprivate func willSend(from localPort: Int32) -> Bool {
        guard sendAttempts == 0 || mayResend || engine.refusedStream(from: sentFromPort) else {
            // libcurl 7.88.1 repeats any request, a POST too, when a kept connection closes without an answer
            // (`Curl_retry_request`): a paid completion bought twice, and no option against it (curl/curl#18417).
            refusal = .resendRefused
            return false
        }
        sendAttempts += 1
        sentFromPort = localPort
        deadlines.connected(at: engine.now)
        engine.rearmTimer(of: self)
        return true
    }

    /// So many bytes of a large body have been handed to the kernel.
    fileprivate func noteUploaded(_ count: curl_off_t) {
        guard count != uploaded else { return }
        uploaded = count
        // Later than the timer is set for: it looks again when it fires.
        deadlines.sent(at: engine.now)
    }

    /// One line of the header section.
    ///
    /// Returns whether to go on.
    fileprivate func receiveHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
        headerSectionBytes += line.count
        guard headerSectionBytes <= maxHeaderBytes else {
            refusal = .headersTooLarge(limit: maxHeaderBytes)
            return false
        }
        guard !isHeadComplete else { return true }  // a trailer
        if unsafe line.starts(with: Self.statusLinePrefix) {
            status = unsafe Self.statusCode(line)
            headerBytes.removeAll(keepingCapacity: true)
        } else if unsafe line.elementsEqual(Self.endOfLine) || line.elementsEqual(Self.bareEndOfLine) {
            // Once a section is enough for the timers, which count in seconds: headers come in one packet.
            deadlines.received(at: engine.now)
            engine.rearmTimer(of: self)
            guard status >= 200 else { return true }  // 100 Continue: another section follows
            isHeadComplete = true
            if let sink {
                sink.head = head
                engine.mark(sink)
            }
        } else {
            unsafe headerBytes.append(contentsOf: line)
        }
        return true
    }

    private static let statusLinePrefix: [UInt8] = Array("HTTP/".utf8)
    private static let endOfLine: [UInt8] = Array("\r\n".utf8)
    /// RFC 9112, section 2.2, lets a recipient take a line feed alone for the end of a line; libcurl does.
    private static let bareEndOfLine: [UInt8] = Array("\n".utf8)

    /// The three digits after the first space of `HTTP/1.1 200 OK`; 0 when there are none.
    private static func statusCode(_ line: UnsafeRawBufferPointer) -> Int {
        guard let space = unsafe line.firstIndex(of: 0x20) else { return 0 }
        var code = 0
        var digits = unsafe line[(space + 1)...].prefix(3)
        while let byte = unsafe digits.popFirst() {
            guard byte &- 0x30 < 10 else { return 0 }
            code = code * 10 + Int(byte - 0x30)
        }
        return code
    }

    fileprivate enum Verdict {
        case taken, pause, stop
    }

    /// A piece of the body, decompressed.
    fileprivate func receiveBody(_ piece: UnsafeRawBufferPointer) -> Verdict {
        if let sink {
            guard !sink.isFull else {
                deadlines.paused(at: engine.now)
                return .pause
            }
            deadlines.received(at: engine.now)
            engine.rearmTimer(of: self)
            unsafe sink.append(piece)
            engine.mark(sink)
            return .taken
        }
        deadlines.received(at: engine.now)
        if !hasBodyBegun {
            hasBodyBegun = true
            // Content-Length counts compressed bytes: more than the limit is too much either way.
            let announced = easy.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
            guard announced <= maxBodyBytes else {
                refusal = .bodyTooLarge(limit: maxBodyBytes)
                return .stop
            }
            // What a server announces is believed up to a point: memory for more is found as the bytes arrive.
            if announced > 0 { body.reserveCapacity(min(announced, 1 << 20)) }
        }
        // libcurl's own limit looks at Content-Length only: a chunked or compressed body has none to look at.
        guard body.count + piece.count <= maxBodyBytes else {
            refusal = .bodyTooLarge(limit: maxBodyBytes)
            return .stop
        }
        unsafe body.append(contentsOf: piece)
        return .taken
    }
}

// MARK: - C callbacks

// Top-level functions: a closure of a main.swift would be isolated to the main actor and trap on the loop's thread.

private nonisolated func transfer(_ context: UnsafeMutableRawPointer) -> Transfer {
    unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
}

private nonisolated func transferPrereqFunction(
    context: UnsafeMutableRawPointer,
    remote: UnsafeMutablePointer<CChar>?,
    local: UnsafeMutablePointer<CChar>?,
    remotePort: Int32,
    localPort: Int32
) -> Int32 {
    unsafe transfer(context).willSend(from: localPort) ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
}

private nonisolated func transferProgressFunction(
    context: UnsafeMutableRawPointer,
    toDownload: curl_off_t,
    downloaded: curl_off_t,
    toUpload: curl_off_t,
    uploaded: curl_off_t
) -> Int32 {
    unsafe transfer(context).noteUploaded(uploaded)
    return 0
}

private nonisolated func transferHeaderFunction(
    bytes: UnsafeMutablePointer<CChar>,
    size: Int,
    count: Int,
    context: UnsafeMutableRawPointer
) -> Int {
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer(context).receiveHeaderLine(line) ? line.count : 0
}

private nonisolated func transferBodyFunction(
    bytes: UnsafeMutablePointer<CChar>,
    size: Int,
    count: Int,
    context: UnsafeMutableRawPointer
) -> Int {
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return switch unsafe transfer(context).receiveBody(piece) {
    case .taken: piece.count
    case .pause: Int(CURL_WRITEFUNC_PAUSE)
    case .stop: piece.count ^ 1  // any other number than the count ends the transfer, 0 for an empty piece included
    }
}
