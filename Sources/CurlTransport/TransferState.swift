internal import CCurl

/// What changes in a transfer while it runs.
///
/// It lies in memory of its own, to which libcurl's callbacks lead: one is called for every header line, and reaching a
/// class's properties there would cost reference counts and checks of exclusive access that the loop's thread does not
/// need.
struct TransferState {
    /// Names this use of the transfer; another use has another number.
    var id: UInt64
    var isRunning = false
    /// How it ended, if it has.
    var outcome = TransferOutcome.running
    var deadlines = TransferDeadlines(limits: .init())
    var timer: (token: LoopReactor.TimerToken, deadline: MonotonicTime)?
    var applied = AppliedOptions()
    /// The names that were looked up for it; `nil` for most, whose names libcurl knows.
    var names: TransferNames?
    /// The socket that it was begun on.
    var socket = SocketUse.none
    /// Whether sockets were opened for it that have not been looked at since.
    var opensSockets = false
    /// The system's error number when a socket could not be opened for it; 0 when all could.
    var openError: Int32 = 0
    /// The latest descriptor that was opened for it, or -1.
    var lastOpened: Int32 = -1
    /// Bytes that the connection had brought before the request was sent, if some of them were unread; -1 otherwise.
    var bytesBeforeSending: Int64 = -1
    /// Whether what libcurl hands over is for nobody.
    var isDiscarding = false
    /// Whether libcurl still has pieces of an earlier request of the handle, which it would hand over with this one's.
    var hasForeignPieces = false
    /// Whether the request goes over TLS, to its server or a proxy.
    private(set) var isSecure = false
    /// What the server speaks, once it has answered.
    private(set) var spoken: SpokenProtocol?

    /// The status code; 0 before the head.
    private(set) var status = 0
    /// Where the body of a streamed response goes.
    private(set) var sink: StreamSink?
    /// Times that libcurl was about to send the request.
    private(set) var sendAttempts = 0
    /// Why a callback told libcurl to stop.
    private(set) var refusal: TransferFailure.Cause?
    /// Whether the empty line at the end of the header section has arrived.
    private(set) var isHeadComplete = false
    private(set) var headerSectionBytes = 0

    private var body: [UInt8] = []
    private let headerSection = HeaderSection()
    private var grammar = HeaderGrammar()
    /// Whether a status line has come, and not yet the empty line after its fields.
    private var isInSection = false
    private var isHeadRequest = false
    private var hasBodyBegun = false
    /// The local port of the connection that the request was last sent on; 0 while it is on none.
    var sentFromPort: Int32 = 0
    /// What is known of the stream that the request goes out as; 0 on HTTP/1.1.
    var http2 = HTTP2Attempt()
    /// Bytes of the request's body that the kernel has taken, as far as libcurl reports it; see `AppliedOptions`.
    private var uploaded: curl_off_t = 0
    private(set) var mayResend = false
    private var stopsWhenConnected = false
    private var maxHeaderBytes = 0
    private var maxBodyBytes = 0

    init(id: UInt64) {
        self.id = id
    }

    /// Whether any of the request may have been sent.
    var wasSent: Bool { sendAttempts > 0 }

    /// Whether any of the answer has come.
    var hasHeaderBytes: Bool { headerSectionBytes > 0 }

    /// Whether the loop's timer, if there is one, fires after one of the state's own has run out.
    var isTimerLate: Bool {
        mutating get {
            guard let deadline = deadlines.nextDeadline else { return false }
            guard let timer else { return true }
            return deadline < timer.deadline
        }
    }

    /// How long the body of the answer is; `nil` while or when nobody knows.
    var answerLength: Int64? {
        guard isHeadComplete else { return nil }
        return isHeadRequest || status == 204 || status == 304 ? 0 : grammar.bodyLength
    }

    /// The status and the header lines.
    mutating func copyHead() -> TransferHead {
        TransferHead(status: status, headerBytes: headerSection.bytes)
    }

    /// Begins another request.
    mutating func begin(_ request: TransferRequest, sink: StreamSink?) {
        mayResend = request.mayResend
        stopsWhenConnected = request.stopsWhenConnected
        maxHeaderBytes = request.maxHeaderBytes
        maxBodyBytes = request.maxBodyBytes
        deadlines = TransferDeadlines(limits: request.limits)
        self.sink = sink
        (status, sendAttempts, headerSectionBytes) = (0, 0, 0)
        (isHeadComplete, hasBodyBegun, uploaded) = (false, false, 0)
        (isInSection, isHeadRequest) = (false, request.head.method == "HEAD")
        (sentFromPort, http2) = (0, HTTP2Attempt())
        (outcome, refusal, spoken, names) = (.running, nil, nil, nil)
        (bytesBeforeSending, openError, lastOpened) = (-1, 0, -1)
        isSecure = request.head.isSecure
        body = []
    }

    /// Forgets an attempt that has brought nothing, before another.
    mutating func beginAgain() {
        (status, headerSectionBytes, isHeadComplete, isInSection) = (0, 0, false, false)
        (refusal, spoken, bytesBeforeSending) = (nil, nil, -1)
        headerSection.removeAll()
    }

    /// The connection is no good for the request.
    mutating func refuseConnection() { refusal = .staleConnection }

    /// Lets go of what the finished request brought.
    mutating func clear() {
        body = []
        headerSection.removeAll()
        sink = nil
        outcome = .running
        applied.releaseLargeBody()
    }

    /// The body of a buffered response, given away.
    mutating func takeBody() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &body)
        return taken
    }
}

/// What libcurl hands over.
extension TransferState {
    /// A connection is there and the request is about to be sent.
    ///
    /// Returns whether it may be.
    mutating func willSend(from localPort: Int32, on engine: TransferEngine) -> Bool {
        guard sendAttempts == 0 || mayResend || http2.isUnprocessed else {
            // libcurl 7.88.1 repeats any request, a POST too, when a kept connection closes without an answer
            // (`Curl_retry_request`): a paid completion bought twice, and no option against it (curl/curl#18417).
            refusal = .resendRefused
            return false
        }
        guard !stopsWhenConnected else {
            refusal = .connected
            return false
        }
        sendAttempts += 1
        isInSection = false
        sentFromPort = localPort
        http2 = HTTP2Attempt()
        deadlines.connected(at: engine.now)
        return true
    }

    /// So many bytes of a large body have been handed to the kernel.
    mutating func noteUploaded(_ count: curl_off_t, at now: MonotonicTime) {
        guard count != uploaded else { return }
        uploaded = count
        // Later than the timer is set for: it looks again when it fires.
        deadlines.sent(at: now)
    }

    /// libcurl goes on without an error: what it has read so far has refused nothing.
    mutating func noteProgress() {
        guard http2.stream > 0, !mayResend, !hasHeaderBytes, CurlBehavior.current.endsHTTP2WithoutError else { return }
        http2.bytesReadAtProgress = SocketProbe.bytesRead(on: socket.descriptor) ?? -1
    }

    enum HeaderVerdict {
        case taken, endOfHead, stop
    }

    /// One line of a header section, or of the trailers.
    mutating func receiveHeaderLine(_ line: UnsafeRawBufferPointer) -> HeaderVerdict {
        guard !isDiscarding else { return .taken }
        headerSectionBytes += line.count
        guard headerSectionBytes <= maxHeaderBytes else { return refuse(.headersTooLarge(limit: maxHeaderBytes)) }
        if unsafe Self.isEmpty(line) { return isInSection ? endSection() : .taken }
        guard isInSection else {
            guard !isHeadComplete else { return takeTrailer(unsafe grammar.take(line, isTrailer: true)) }
            return unsafe beginSection(line)
        }
        if let fault = unsafe grammar.take(line) { return refuse(.malformedHead(fault)) }
        unsafe headerSection.append(line)
        return .taken
    }

    private mutating func beginSection(_ line: UnsafeRawBufferPointer) -> HeaderVerdict {
        guard unsafe Self.isStatusLine(line) else { return refuse(.malformedHead(.statusLine)) }
        spoken = unsafe line[5] == 0x31 ? .http1 : .http2
        guard bytesBeforeSending < 0 || !wasAnsweredBefore else { return refuse(.unaskedAnswer) }
        bytesBeforeSending = -1
        if let fault = unsafe HeaderGrammar.faultOfStatusLine(line) { return refuse(.malformedHead(fault)) }
        status = unsafe Self.statusCode(line)
        headerSection.removeAll()
        grammar.begin()
        isInSection = true
        return .taken
    }

    private mutating func endSection() -> HeaderVerdict {
        isInSection = false
        if let fault = grammar.faultOfSection(status: status, isHead: isHeadRequest) {
            return refuse(.malformedHead(fault))
        }
        guard status >= 200 else { return .taken }  // 100 Continue: another section follows
        grammar.beginTrailers()
        return .endOfHead
    }

    private mutating func takeTrailer(_ fault: HeadFault?) -> HeaderVerdict {
        guard let fault else { return .taken }
        return refuse(.malformedHead(fault))
    }

    private mutating func refuse(_ cause: TransferFailure.Cause) -> HeaderVerdict {
        refusal = cause
        return .stop
    }

    /// The empty line after the header section of the answer itself; those before it, of 1xx, are no answer.
    mutating func endHead(on engine: TransferEngine) {
        // Once a section is enough for the timers, which count in seconds: headers come in one packet.
        deadlines.received(at: engine.now)
        isHeadComplete = true
        guard let sink else { return }
        sink.head = copyHead()
        engine.mark(sink)
    }

    /// Whether the answer whose status line was just read had come before the request was sent.
    ///
    /// TLS hands out no byte of a record before all of it has been read.
    private var wasAnsweredBefore: Bool {
        guard spoken == .http1, let read = SocketProbe.bytesRead(on: socket.descriptor) else { return false }
        return read <= bytesBeforeSending
    }

    private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count >= 6, unsafe line[0] == 0x48, unsafe line[1] == 0x54 else { return false }  // HT
        return unsafe line[2] == 0x54 && line[3] == 0x50 && line[4] == 0x2f  // TP/
    }

    /// RFC 9112, section 2.2, lets a recipient take a line feed alone for the end of a line; libcurl does.
    private static func isEmpty(_ line: UnsafeRawBufferPointer) -> Bool {
        switch line.count {
        case 1: unsafe line[0] == 0x0a
        case 2: unsafe line[0] == 0x0d && line[1] == 0x0a
        default: false
        }
    }

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

    enum Verdict {
        case taken, pause, stop
    }

    /// A piece of the body, decompressed.
    mutating func receiveBody(_ piece: UnsafeRawBufferPointer, of transfer: Transfer, on engine: TransferEngine)
        -> Verdict
    {
        guard !isDiscarding else { return .taken }
        if let sink {
            guard !sink.isFull else {
                deadlines.paused(at: engine.now)
                return .pause
            }
            deadlines.received(at: engine.now)
            unsafe sink.append(piece)
            engine.mark(sink)
            return .taken
        }
        deadlines.received(at: engine.now)
        if !hasBodyBegun {
            hasBodyBegun = true
            // Content-Length counts compressed bytes: more than the limit is too much either way.
            let announced = transfer.easy.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
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
