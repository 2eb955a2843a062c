internal import CMicroHTTPDShim

/// What a server tells its application; every call comes from a thread of the server.
protocol ServerApplication: AnyObject, Sendable {
    func connectionOpened()
    func connectionClosed()
    func handshakeDone(resumed: Bool)
    func receive(_ request: HTTPRequest) -> Exchange
}

/// How one server listens.
struct ServerOptions: Sendable {
    var port: UInt16 = 0
    var threads = 1
    var connectionLimit = 16_384
    var idleTimeoutSeconds = 0
    var bodyLimit = 64 << 20
}

/// The servers of a simulator, the clock that ends their waits and the certificates they show.
///
/// The only file that touches the C side's pointers. `stop` frees all of it and is called exactly once: by the
/// simulator, behind its lock, or by `deinit`.
@safe final class ServerEngine {
    private let clock: OpaquePointer
    private var servers: [OpaquePointer] = unsafe []
    private var contexts: [Unmanaged<ServerContext>] = unsafe []
    private var credentials: OpaquePointer?
    private var isStopped = false

    init() throws(SimulatorError) {
        var error: CInt = 0
        guard let clock = unsafe cmhd_clock_create(&error) else {
            throw SimulatorError(.serverFailed, "the clock's thread did not start (errno \(error)); free some threads")
        }
        unsafe self.clock = clock
    }

    deinit {
        stop()
        unsafe cmhd_clock_destroy(clock)
    }

    /// Makes the certificates that every server started from now on shows.
    func makeCredentials(_ options: SimulatorTLS) throws(SimulatorError) {
        var error: CInt = 0
        let created = unsafe cmhd_credentials_create(options.shimOptions, &error)
        guard let created = unsafe created else {
            let text = unsafe String(cString: cmhd_tls_error_text(error))
            throw SimulatorError(.certificateFailed, "GnuTLS could not make the certificates: \(text)")
        }
        unsafe credentials = created
    }

    /// The CA's certificate, and the client's certificate and key, as PEM text.
    var certificateTexts: (root: String, clientCertificate: String, clientKey: String)? {
        guard let credentials = unsafe credentials else { return nil }
        return unsafe (
            String(cString: cmhd_credentials_root(credentials)),
            String(cString: cmhd_credentials_client_certificate(credentials)),
            String(cString: cmhd_credentials_client_key(credentials))
        )
    }

    /// Starts a server and returns its port.
    func start(
        _ options: ServerOptions,
        application: any ServerApplication
    ) throws(SimulatorError) -> UInt16 {
        let context = unsafe Unmanaged.passRetained(ServerContext(application))
        var error: CInt = 0
        let started = unsafe cmhd_server_start(
            options.shimOptions,
            serverCallbacks(context.toOpaque()),
            clock,
            credentials,
            &error
        )
        guard let server = unsafe started else {
            unsafe context.release()
            throw Self.startError(port: options.port, errno: error)
        }
        unsafe servers.append(server)
        unsafe contexts.append(context)
        return unsafe cmhd_server_port(server)
    }

    /// Ends the waits for a release of this or an earlier number.
    func release(_ number: Int) {
        unsafe cmhd_clock_release(clock, Int64(number))
    }

    /// Ends every wait and closes every connection; nothing calls the applications afterwards.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        unsafe cmhd_clock_stop(clock)
        unsafe servers.forEach { unsafe cmhd_server_stop($0) }
        unsafe contexts.forEach { unsafe $0.release() }
        unsafe servers = unsafe []
        unsafe contexts = unsafe []
        if let credentials = unsafe credentials { unsafe cmhd_credentials_destroy(credentials) }
        unsafe credentials = nil
    }

    private static func startError(port: UInt16, errno error: CInt) -> SimulatorError {
        error == 0
            ? SimulatorError(.serverFailed, "the HTTP server on port \(port) did not start; check the descriptor limit")
            : SimulatorError(
                .portUnavailable,
                "cannot listen on 127.0.0.1:\(port) (errno \(error)); choose another port"
            )
    }
}

// Created, used and stopped behind the simulator's lock; the C side synchronises its own threads.
extension ServerEngine: @unchecked Sendable {}

/// Time as the C side tells it.
enum SystemClock {
    /// Nanoseconds since 1970.
    static var wall: Int64 { cmhd_wall_now() }
    /// Nanoseconds of the monotonic clock.
    static var monotonic: Int64 { cmhd_monotonic_now() }
}

/// Private files on disk, for certificates that other programs read.
enum PrivateFiles {
    /// Makes a directory that only this user may enter.
    static func makeDirectory() throws(SimulatorError) -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let error = unsafe path.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return CInt(0) }
            return unsafe cmhd_private_directory_create(base, buffer.count)
        }
        guard error == 0 else {
            throw SimulatorError(.fileFailed, "cannot make a private directory (errno \(error)); set TMPDIR")
        }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file that only this user may read.
    static func write(_ text: String, to path: String) throws(SimulatorError) {
        let error = unsafe cmhd_private_file_write(path, text)
        guard error == 0 else {
            throw SimulatorError(.fileFailed, "cannot write \(path) (errno \(error)); set TMPDIR")
        }
    }

    /// Removes a file or an empty directory; one that is gone already is fine.
    static func remove(_ path: String) {
        _ = unsafe cmhd_private_path_remove(path)
    }
}

/// Carries an application through the C side's context pointer.
private final class ServerContext {
    let application: any ServerApplication

    init(_ application: any ServerApplication) {
        self.application = application
    }
}

extension ServerOptions {
    fileprivate var shimOptions: cmhd_server_options {
        cmhd_server_options(
            port: port,
            threads: UInt32(clamping: threads),
            connection_limit: UInt32(clamping: connectionLimit),
            idle_timeout: UInt32(clamping: idleTimeoutSeconds),
            body_limit: bodyLimit
        )
    }
}

extension SimulatorTLS {
    fileprivate var shimOptions: cmhd_credentials_options {
        let certificates =
            switch clientCertificates {
            case .ignored: CMHD_CLIENT_CERTIFICATES_IGNORED
            case .requested: CMHD_CLIENT_CERTIFICATES_REQUESTED
            case .required: CMHD_CLIENT_CERTIFICATES_REQUIRED
            }
        return cmhd_credentials_options(
            client_certificates: certificates,
            session_tickets: allowsSessionResumption,
            expired: certificate == .expired,
            wrong_host: certificate == .wrongHost
        )
    }
}

// MARK: - Callbacks

/// The context's application.
///
/// SAFETY: the engine holds a reference until its servers have stopped.
private func application(_ context: UnsafeMutableRawPointer) -> any ServerApplication {
    unsafe Unmanaged<ServerContext>.fromOpaque(context).takeUnretainedValue().application
}

/// The exchange of an answer pointer.
///
/// SAFETY: retained by `request_received`, released by `finished`, the last call.
private func exchange(_ answer: UnsafeMutableRawPointer) -> Exchange {
    unsafe Unmanaged<Exchange>.fromOpaque(answer).takeUnretainedValue()
}

private func serverCallbacks(_ context: UnsafeMutableRawPointer) -> cmhd_callbacks {
    unsafe cmhd_callbacks(
        context: context,
        connection_opened: { unsafe application($0).connectionOpened() },
        connection_closed: { unsafe application($0).connectionClosed() },
        handshake_done: { unsafe application($0).handshakeDone(resumed: $1) },
        request_received: { context, request in
            let exchange = unsafe application(context).receive(HTTPRequest(request.pointee))
            return unsafe Unmanaged.passRetained(exchange).toOpaque()
        },
        before_head: { answer, wait in unsafe result(of: exchange(answer).nextBeforeHead(), wait) },
        head: { answer, handle in unsafe beginAnswer(exchange(answer), handle) },
        body: { answer, buffer, capacity, wait in unsafe continueAnswer(exchange(answer), buffer, capacity, wait) },
        finished: { answer in unsafe Unmanaged<Exchange>.fromOpaque(answer).takeRetainedValue().finish() }
    )
}

private func beginAnswer(_ exchange: Exchange, _ handle: OpaquePointer) {
    let plan = exchange.plan
    unsafe cmhd_exchange_begin(handle, UInt32(clamping: plan.status), plan.length.map(Int64.init) ?? -1)
    for field in plan.fields {
        let isAccepted = unsafe cmhd_exchange_add_field(handle, field.name, field.value)
        assert(isAccepted, "libmicrohttpd refused the field \(field.name)")
    }
    exchange.beginBody()
}

private func continueAnswer(
    _ exchange: Exchange,
    _ buffer: UnsafeMutablePointer<UInt8>,
    _ capacity: Int,
    _ wait: UnsafeMutablePointer<Int64>
) -> Int64 {
    let next = exchange.next(capacity: capacity)
    guard case .write(let bytes) = next else { return unsafe result(of: next, wait) }
    for (offset, byte) in bytes.enumerated() { unsafe buffer[offset] = byte }
    return Int64(bytes.count)
}

/// The C side's code for what is next, unless that is a write.
private func result(of next: Exchange.Next, _ wait: UnsafeMutablePointer<Int64>) -> Int64 {
    switch next {
    case .wait(let duration):
        unsafe wait.pointee = max(duration.nanoseconds, 0)
        return CMHD_WAIT
    case .waitForRelease(let number):
        unsafe wait.pointee = -1 - Int64(number)
        return CMHD_WAIT
    case .close: return CMHD_ABORT
    case .reset: return CMHD_RESET
    case .head: return CMHD_HEAD
    case .end, .write: return CMHD_END
    }
}

extension HTTPRequest {
    /// Copies the request out of the C side's memory, which lives only during the call.
    fileprivate init(_ request: cmhd_request) {
        var fields: [HTTPField] = []
        if let first = unsafe request.fields {
            // By index: swift-format mangles `for unsafe field in`.
            for index in unsafe 0..<request.field_count {
                let field = unsafe first[index]
                unsafe fields.append(HTTPField(String(cString: field.name), String(cString: field.value)))
            }
        }
        let body = unsafe [UInt8](UnsafeBufferPointer(start: request.body, count: request.body_length))
        self.init(
            method: unsafe String(cString: request.method),
            target: unsafe String(cString: request.target),
            fields: fields,
            body: body
        )
        isBodyTooLong = unsafe request.body_too_long
        hasClientCertificate = unsafe request.has_client_certificate
    }
}

extension Duration {
    /// The duration in nanoseconds, saturated.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }
}
